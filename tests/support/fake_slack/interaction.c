/* interaction.c */
#include "tests/support/fake_slack/interaction.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/mem.h"
#include "tests/support/fake_slack/ids.h"
#include "tests/support/fake_slack/slack.h"

static const char *s_member(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static void s_write_tree(const cJSON *tree, out_t *out, const char *key)
{
    char *text = tree ? sb_json_print(tree) : NULL;
    out_raw(out, key, text);
    free(text);
}

/* What every interaction begins with. */
static void s_write_begin(const char *type, const user_t *user, const char *trigger_id, out_t *out)
{
    out_begin(out, NULL, '{');
    out_str(out, "type", type);
    out_begin(out, "user", '{');
    out_str(out, "id", user->id);
    out_str(out, "username", user->name);
    out_str(out, "name", user->name);
    out_str(out, "team_id", TEAM_ID);
    out_end(out, '}');
    out_str(out, "api_app_id", APP_ID);
    out_str(out, "token", VERIFICATION_TOKEN);
    out_begin(out, "team", '{');
    out_str(out, "id", TEAM_ID);
    out_str(out, "domain", TEAM_DOMAIN);
    out_end(out, '}');
    out_str(out, "enterprise", NULL);
    out_bool(out, "is_enterprise_install", false);
    if (trigger_id) {
        out_str(out, "trigger_id", trigger_id);
    }
}

static const char *s_send(slack_t *slack, out_t *out)
{
    out_end(out, '}');
    char *payload = sb_buf_take(&out->buf);
    return deliver(slack->deliveries, DELIVERY_INTERACTIVE, NULL, NULL, &payload);
}

/* ---- Elements that were used. */

static const cJSON *s_option(const cJSON *element, const char *value)
{
    const cJSON *options = cJSON_GetObjectItemCaseSensitive(element, "options");
    for (const cJSON *option = options ? options->child : NULL; option; option = option->next) {
        const char *own = s_member(option, "value");
        if (own && value && strcmp(own, value) == 0) {
            return option;
        }
    }
    return NULL;
}

/* NULL, or why this element can't be used so. */
static const char *s_check_use(const cJSON *element, const char *choice)
{
    const char *type = s_member(element, "type");
    if (strcmp(type, "button") == 0) {
        return choice ? "a button takes no choice" : NULL;
    }
    if (strcmp(type, "users_select") == 0) {
        return choice ? NULL : "choice: whom?";
    }
    return s_option(element, choice) ? NULL : "choice: there is no such option";
}

static void s_write_action(const cJSON *element, const cJSON *block, const char *choice,
                           int64_t ts_us, out_t *out)
{
    const char *type = s_member(element, "type");
    out_begin(out, "actions", '[');
    out_begin(out, NULL, '{');
    out_str(out, "action_id", s_member(element, "action_id"));
    out_str(out, "block_id", s_member(block, "block_id"));
    if (strcmp(type, "button") == 0) {
        s_write_tree(cJSON_GetObjectItemCaseSensitive(element, "text"), out, "text");
        const char *value = s_member(element, "value");
        const char *style = s_member(element, "style");
        if (value) {
            out_str(out, "value", value);
        }
        if (style) {
            out_str(out, "style", style);
        }
    } else if (strcmp(type, "users_select") == 0) {
        out_str(out, "selected_user", choice);
    } else {
        s_write_tree(s_option(element, choice), out, "selected_option");
    }
    out_str(out, "type", type);
    out_str(out, "action_ts", stamp(ts_us));
    out_end(out, '}');
    out_end(out, ']');
}

static void s_write_message(const message_t *message, out_t *out)
{
    out_begin(out, "container", '{');
    out_str(out, "type", "message");
    out_str(out, "message_ts", message->ts);
    out_str(out, "channel_id", message->channel->id);
    out_bool(out, "is_ephemeral", message->seen_by != NULL);
    if (message->parent) {
        out_str(out, "thread_ts", message->parent->ts);
    }
    out_end(out, '}');
    out_begin(out, "channel", '{');
    out_str(out, "id", message->channel->id);
    out_str(out, "name", message->channel->name ? message->channel->name : "directmessage");
    out_end(out, '}');
    message_write(message, true, out, "message");
    out_begin(out, "state", '{');
    out_raw(out, "values", "{}");
    out_end(out, '}');
}

interaction_t interaction_press(slack_t *slack, user_t *user, message_t *message,
                                const char *block_id, const char *action_id, const char *choice)
{
    cJSON *blocks = message->blocks ? json_value(message->blocks) : NULL;
    const cJSON *block = NULL;
    const cJSON *element = blocks_element(blocks, block_id, action_id, &block);
    interaction_t done = {.error = element ? s_check_use(element, choice)
                                           : "there is no such element in the message"};
    if (!done.error) {
        done.trigger_id = triggers_add(slack->triggers, user, message->channel, message);
        out_t out = out_new();
        s_write_begin("block_actions", user, done.trigger_id, &out);
        s_write_message(message, &out);
        char *url = triggers_response_url(slack->triggers, done.trigger_id);
        out_str(&out, "response_url", url);
        free(url);
        s_write_action(element, block, choice, channels_stamp(slack->channels), &out);
        done.delivery = s_send(slack, &out);
    }
    cJSON_Delete(blocks);
    return done;
}

interaction_t interaction_press_view(slack_t *slack, user_t *user, view_t *view,
                                     const char *block_id, const char *action_id,
                                     const char *choice)
{
    cJSON *tree;
    const cJSON *block = NULL;
    const cJSON *element = blocks_element(view_blocks(view, &tree), block_id, action_id, &block);
    interaction_t done = {.error = element ? s_check_use(element, choice)
                                           : "there is no such element in the view"};
    if (!done.error) {
        done.trigger_id = triggers_add(slack->triggers, user, NULL, NULL);
        out_t out = out_new();
        s_write_begin("block_actions", user, done.trigger_id, &out);
        out_begin(&out, "container", '{');
        out_str(&out, "type", "view");
        out_str(&out, "view_id", view->id);
        out_end(&out, '}');
        view_write(view, NULL, &out, "view");
        s_write_action(element, block, choice, channels_stamp(slack->channels), &out);
        done.delivery = s_send(slack, &out);
    }
    cJSON_Delete(tree);
    return done;
}

/* ---- Views. */

/* One input's value as Slack tells it. */
static void s_write_value(const cJSON *element, const cJSON *value, out_t *out)
{
    const char *type = s_member(element, "type");
    const char *text = cJSON_GetStringValue(value);
    out_begin(out, s_member(element, "action_id"), '{');
    out_str(out, "type", type);
    if (strcmp(type, "plain_text_input") == 0) {
        out_str(out, "value", text);
    } else if (strcmp(type, "users_select") == 0) {
        out_str(out, "selected_user", text);
    } else {
        s_write_tree(s_option(element, text), out, "selected_option");
    }
    out_end(out, '}');
}

static bool s_optional(const cJSON *block)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(block, "optional"));
}

/* The state of all inputs. NULL with *error_r if one that must be filled in is not. */
static char *s_values(const cJSON *blocks, const cJSON *values, const char **error_r)
{
    out_t out = out_new();
    *error_r = NULL;
    out_begin(&out, NULL, '{');
    for (const cJSON *block = blocks ? blocks->child : NULL; block; block = block->next) {
        const cJSON *element = cJSON_GetObjectItemCaseSensitive(block, "element");
        if (!element) {
            continue;
        }
        const cJSON *given = cJSON_GetObjectItemCaseSensitive(values, s_member(block, "block_id"));
        const cJSON *value =
            cJSON_GetObjectItemCaseSensitive(given, s_member(element, "action_id"));
        if (!value && !s_optional(block)) {
            *error_r = "values: an input that must be filled in is not";
        }
        out_begin(&out, s_member(block, "block_id"), '{');
        s_write_value(element, value, &out);
        out_end(&out, '}');
    }
    out_end(&out, '}');
    if (*error_r) {
        out_free(&out);
        return NULL;
    }
    return sb_buf_take(&out.buf);
}

interaction_t interaction_submit(slack_t *slack, view_t *view, const cJSON *values)
{
    interaction_t done = {0};
    cJSON *tree;
    char *state = s_values(view_blocks(view, &tree), values, &done.error);
    if (!done.error) {
        done.trigger_id = triggers_add(slack->triggers, view->user, NULL, NULL);
        out_t out = out_new();
        s_write_begin("view_submission", view->user, done.trigger_id, &out);
        view_write(view, state, &out, "view");
        out_raw(&out, "response_urls", "[]");
        out_end(&out, '}');
        char *payload = sb_buf_take(&out.buf);
        done.delivery = deliver(slack->deliveries, DELIVERY_INTERACTIVE, view->id, NULL, &payload);
    }
    free(state);
    cJSON_Delete(tree);
    return done;
}

void interaction_submitted(slack_t *slack, const char *view_id, const char *response)
{
    view_t *view = views_find(slack->views, view_id);
    cJSON *answer = response ? json_value(response) : NULL;
    const char *action = s_member(answer, "response_action");
    if (view && (!action || strcmp(action, "clear") == 0)) {
        views_close(slack->views, view);
    } else if (view && strcmp(action, "update") == 0) {
        faults_told_t faults = {0};
        char *shape = NULL;
        const cJSON *next = cJSON_GetObjectItemCaseSensitive(answer, "view");
        if (next && !view_check(next, false, &faults, &shape)) {
            views_change(view, slack->views, &shape);
        }
        faults_told_free(&faults);
    }
    cJSON_Delete(answer);
}

interaction_t interaction_close(slack_t *slack, view_t *view)
{
    interaction_t done = {.delivery = ""};
    cJSON *shape = json_value(view->shape);
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(shape, "notify_on_close"))) {
        out_t out = out_new();
        s_write_begin("view_closed", view->user, NULL, &out);
        view_write(view, NULL, &out, "view");
        out_bool(&out, "is_cleared", false);
        done.delivery = s_send(slack, &out);
    }
    cJSON_Delete(shape);
    views_close(slack->views, view);
    return done;
}

interaction_t interaction_slash(slack_t *slack, user_t *user, channel_t *channel,
                                const char *command, const char *text)
{
    interaction_t done = {.trigger_id = triggers_add(slack->triggers, user, channel, NULL)};
    char *url = triggers_response_url(slack->triggers, done.trigger_id);
    out_t out = out_new();
    out_begin(&out, NULL, '{');
    out_str(&out, "token", VERIFICATION_TOKEN);
    out_str(&out, "team_id", TEAM_ID);
    out_str(&out, "team_domain", TEAM_DOMAIN);
    out_str(&out, "channel_id", channel->id);
    out_str(&out, "channel_name", channel->name ? channel->name : "directmessage");
    out_str(&out, "user_id", user->id);
    out_str(&out, "user_name", user->name);
    out_str(&out, "command", command);
    out_str(&out, "text", text);
    out_str(&out, "api_app_id", APP_ID);
    out_str(&out, "is_enterprise_install", "false");
    out_str(&out, "response_url", url);
    out_str(&out, "trigger_id", done.trigger_id);
    out_end(&out, '}');
    free(url);
    char *payload = sb_buf_take(&out.buf);
    done.delivery = deliver(slack->deliveries, DELIVERY_SLASH, NULL, NULL, &payload);
    return done;
}
