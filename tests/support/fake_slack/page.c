/* page.c. Plain HTML without a script: what changes is in a frame that loads itself again every two
 * seconds, and where people type is outside of it. */
#include "tests/support/fake_slack/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/json.h"
#include "lib/mem.h"
#include "tests/support/fake_slack/event.h"
#include "tests/support/fake_slack/html.h"
#include "tests/support/fake_slack/interaction.h"
#include "tests/support/fake_slack/mrkdwn.h"

#define SHOWN_MAX 100 /* messages of a conversation, conversations of the list */

extern const unsigned char fake_slack_css[];

/* Who looks at what. */
typedef struct {
    slack_t *slack;
    channel_t *channel;
    user_t *user;
    args_t *args;
    sb_buf_t *out;
} look_t;

static void s_head(sb_buf_t *out, const char *title, bool reload)
{
    sb_buf_printf(out, "<!doctype html><meta charset=utf-8>%s<style>%s</style><title>",
                  reload ? "<meta http-equiv=refresh content=2>" : "",
                  (const char *)fake_slack_css);
    html_text(out, title);
    sb_buf_puts(out, "</title>");
}

static const char *s_name(const channel_t *channel)
{
    return channel->user ? channel->user->real_name : channel->name;
}

/* ---- The list. */

static void s_list(slack_t *slack, sb_buf_t *out)
{
    s_head(out, "Fake Slack", false);
    sb_buf_puts(out, "<h1>Conversations</h1><form>Be <input name=as placeholder=\"id or e-mail "
                     "address\"> <button>Go</button></form><ul>");
    size_t shown = 0;
    for (size_t i = 0; i < channels_len(slack->channels) && shown < SHOWN_MAX; i++) {
        const channel_t *channel = channels_at(slack->channels, i);
        if (channel->is_slackbot) {
            continue;
        }
        sb_buf_printf(out, "<li><a href=\"" PAGE_PATH "/%s\">%s", channel->id,
                      channel->user ? "" : "#");
        html_text(out, s_name(channel));
        sb_buf_printf(out, "</a> %zu", channel->line_len);
        shown++;
    }
    sb_buf_puts(out, "</ul>");
}

/* ---- One conversation. */

/* The beginning of a form whose buttons are on a message or a view. */
static char *s_press(const look_t *look, const char *field, const char *value)
{
    return sb_format("<form method=post action=\"" PAGE_PATH "/%s?do=press&amp;as=%s\">"
                     "<input type=hidden name=%s value=%s>",
                     look->channel->id, look->user->id, field, value);
}

static void s_write_blocks(const look_t *look, const message_t *message)
{
    cJSON *blocks = message->from_app && message->blocks ? json_value(message->blocks) : NULL;
    if (blocks) {
        char *press = look->user ? s_press(look, "ts", message->ts) : NULL;
        html_blocks(look->out, look->slack->people, blocks, press);
        free(press);
    } else {
        html_mrkdwn(look->out, look->slack->people, message->text);
    }
    cJSON_Delete(blocks);
}

static void s_write_message(const look_t *look, const message_t *message)
{
    char when[16] = "";
    const time_t seconds = (time_t)(message->ts_us / 1000000);
    struct tm local;
    if (localtime_r(&seconds, &local)) {
        (void)strftime(when, sizeof when, "%H:%M:%S", &local);
    }
    sb_buf_printf(look->out, "<article class=%s><header><b>", message->parent ? "reply" : "post");
    html_text(look->out, message->username ? message->username : message->user->real_name);
    sb_buf_printf(look->out, "</b>%s <time>%s</time>%s%s</header>",
                  message->from_app ? " <span class=app>APP</span>" : "", when,
                  message->edited_us ? " (edited)" : "",
                  message->seen_by ? " Only one person sees this." : "");
    s_write_blocks(look, message);
    sb_buf_puts(look->out, "</article>");
    for (size_t i = 0; i < message->replies_len; i++) {
        s_write_message(look, message->replies[i]);
    }
}

static void s_write_view(const look_t *look, const view_t *view)
{
    cJSON *tree = NULL;
    const cJSON *blocks = view_blocks(view, &tree);
    if (view->home) {
        char *press = s_press(look, "view_id", view->id);
        sb_buf_puts(look->out, "<section class=home><h1>Home</h1>");
        html_blocks(look->out, look->slack->people, blocks, press);
        free(press);
    } else {
        const cJSON *title = cJSON_GetObjectItemCaseSensitive(tree, "title");
        const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(title, "text"));
        sb_buf_puts(look->out, "<section class=modal><h1>");
        html_text(look->out, text ? text : "");
        sb_buf_printf(look->out,
                      "</h1><form method=post action=\"" PAGE_PATH "/%s?do=submit&amp;as=%s\">"
                      "<input type=hidden name=view_id value=%s>",
                      look->channel->id, look->user->id, view->id);
        html_blocks(look->out, look->slack->people, blocks, NULL);
        sb_buf_puts(look->out, "<button class=primary>Submit</button> "
                               "<button name=cancel value=1>Cancel</button></form>");
    }
    sb_buf_puts(look->out, "</section>");
    cJSON_Delete(tree);
}

static const view_t *s_modal(const look_t *look)
{
    size_t place = 0;
    const view_t *view;
    while ((view = views_next(look->slack->views, &place))) {
        if (!view->home && view->user == look->user) {
            return view;
        }
    }
    return NULL;
}

/* What is in the frame: a dialog alone, which must not be loaded again while someone types. */
static void s_frame(const look_t *look)
{
    const view_t *modal = look->user ? s_modal(look) : NULL;
    s_head(look->out, s_name(look->channel), !modal);
    if (modal) {
        s_write_view(look, modal);
        return;
    }
    const channel_t *channel = look->channel;
    const view_t *home =
        channel->user && look->user ? views_home(look->slack->views, look->user) : NULL;
    if (home) {
        s_write_view(look, home);
    }
    const size_t begin = channel->line_len > SHOWN_MAX ? channel->line_len - SHOWN_MAX : 0;
    for (size_t i = channel->line_len; i > begin; i--) { /* the newest on top: it needs no scroll */
        s_write_message(look, channel->line[i - 1]);
    }
    for (size_t i = 0; i < channel->ephemeral_len; i++) {
        s_write_message(look, channel->ephemeral[i]);
    }
}

static void s_conversation(const look_t *look)
{
    const channel_t *channel = look->channel;
    const char *as = look->user ? look->user->id : "";
    s_head(look->out, s_name(channel), false);
    sb_buf_puts(look->out, "<body class=whole><h1><a href=\"" PAGE_PATH "\">&larr;</a> ");
    html_text(look->out, s_name(channel));
    sb_buf_puts(look->out, "</h1>");
    if (look->user) {
        sb_buf_printf(look->out,
                      "<form method=post action=\"" PAGE_PATH "/%s?do=say&amp;as=%s\">"
                      "<input name=text autofocus autocomplete=off placeholder=\"",
                      channel->id, as);
        html_text(look->out, look->user->real_name);
        sb_buf_puts(look->out, " says ... (/command works too)\"><button>Send</button></form>");
    } else {
        sb_buf_puts(look->out, "<form>As <input name=as placeholder=\"id or e-mail address\">"
                               "<button>Look</button></form>");
    }
    sb_buf_printf(look->out, "<iframe src=\"" PAGE_PATH "/%s?do=frame&amp;as=%s\"></iframe>",
                  channel->id, as);
}

/* ---- What people do there. */

static void s_say(const look_t *look)
{
    const char *text = args_str(look->args, "text");
    if (!look->user || !text || !*text) {
        return;
    }
    if (*text == '/') {
        const size_t size = strcspn(text, " ");
        char *command = sb_strndup(text, size);
        (void)interaction_slash(look->slack, look->user, look->channel, command,
                                text + size + (text[size] ? 1 : 0));
        free(command);
        return;
    }
    message_t *message =
        channel_post(look->slack->channels, look->channel, look->user, NULL, false, false);
    message->text = mrkdwn_typed(text);
    (void)event_posted(look->slack, message);
}

static void s_do_press(const look_t *look)
{
    const char *ts = args_str(look->args, "ts");
    const char *view_id = args_str(look->args, "view_id");
    const char *block_id = args_str(look->args, "block_id");
    const char *action_id = args_str(look->args, "action_id");
    const char *choice = args_str(look->args, "choice");
    message_t *message = ts ? channels_message(look->slack->channels, ts) : NULL;
    view_t *view = view_id ? views_find(look->slack->views, view_id) : NULL;
    if (!look->user || !action_id) {
        return;
    }
    if (message) {
        (void)interaction_press(look->slack, look->user, message, block_id, action_id, choice);
    } else if (view) {
        (void)interaction_press_view(look->slack, look->user, view, block_id, action_id, choice);
    }
}

/* The fields BLOCK/ACTION of a form as {block: {action: text}}. */
static cJSON *s_values(const look_t *look, const cJSON *blocks)
{
    cJSON *values = sb_json_object();
    for (const cJSON *block = blocks ? blocks->child : NULL; block; block = block->next) {
        const cJSON *element = cJSON_GetObjectItemCaseSensitive(block, "element");
        const char *block_id =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(block, "block_id"));
        const char *action_id =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(element, "action_id"));
        char *name = block_id && action_id ? sb_format("%s/%s", block_id, action_id) : NULL;
        const char *text = name ? args_str(look->args, name) : NULL;
        if (text) {
            cJSON *value = sb_json_object();
            sb_json_add_str(value, action_id, text);
            sb_json_add(values, block_id, value);
        }
        free(name);
    }
    return values;
}

static void s_do_submit(const look_t *look)
{
    const char *view_id = args_str(look->args, "view_id");
    view_t *view = view_id ? views_find(look->slack->views, view_id) : NULL;
    if (!view || view->home) {
        return;
    }
    if (args_has(look->args, "cancel")) {
        (void)interaction_close(look->slack, view);
        return;
    }
    cJSON *tree = NULL;
    cJSON *values = s_values(look, view_blocks(view, &tree));
    (void)interaction_submit(look->slack, view, values);
    cJSON_Delete(values);
    cJSON_Delete(tree);
}

/* Does it, and sends the browser back to where it came from. */
static void s_do(const look_t *look, const char *what, reply_t *reply)
{
    const bool say = strcmp(what, "say") == 0;
    if (say) {
        s_say(look);
    } else if (strcmp(what, "press") == 0) {
        s_do_press(look);
    } else {
        s_do_submit(look);
    }
    reply->status = 303;
    snprintf(reply->location, sizeof reply->location, PAGE_PATH "/%s?%sas=%s", look->channel->id,
             say ? "" : "do=frame&", look->user ? look->user->id : "");
}

static user_t *s_who(slack_t *slack, args_t *args, const channel_t *channel)
{
    const char *id = args_str(args, "as");
    user_t *user = id ? people_find(slack->people, id) : NULL;
    user = !user && id ? people_by_email(slack->people, id) : user;
    return channel && channel->user ? channel->user : user;
}

/* One conversation, or what is done there. */
static void s_serve_channel(const look_t *look, const request_t *request, reply_t *reply)
{
    const char *what = args_str(look->args, "do");
    if (request->post && what) {
        s_do(look, what, reply);
    } else if (what) {
        s_frame(look);
    } else {
        s_conversation(look);
    }
}

/* All of them, or the direct messages of the one who comes. */
static void s_serve_list(slack_t *slack, args_t *args, reply_t *reply)
{
    user_t *user = s_who(slack, args, NULL);
    if (!user) {
        s_list(slack, &reply->body.buf);
        return;
    }
    const channel_t *channel = channels_im(slack->channels, user, slack_now_s());
    reply->status = 303;
    snprintf(reply->location, sizeof reply->location, PAGE_PATH "/%s", channel->id);
}

void page_serve(slack_t *slack, const request_t *request, reply_t *reply)
{
    const char *path = request->path + strlen(PAGE_PATH);
    args_t *args = args_new();
    channel_t *channel = *path == '/' ? channels_find(slack->channels, path + 1) : NULL;
    const bool read = args_add_form(args, request->query, strlen(request->query)) &&
                      args_add_form(args, sb_buf_text(&request->body), request->body.len);
    reply->type = "text/html; charset=utf-8";
    if (read && channel) {
        const look_t look = {slack, channel, s_who(slack, args, channel), args, &reply->body.buf};
        s_serve_channel(&look, request, reply);
    } else if (read && !*path) {
        s_serve_list(slack, args, reply);
    } else {
        reply->status = 404;
    }
    args_destroy(&args);
}
