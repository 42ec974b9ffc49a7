/* slack_desk.c */
#include "services/chatd/slack_desk.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "services/chatd/slack_blocks.h"
#include "services/chatd/slack_home.h"
#include "services/chatd/slack_modal.h"
#include "services/chatd/slack_whisper.h"

#define DIALOG_PATIENCE_MS 2000 /* of the 3 s for which Slack lets it be opened */
#define SAY_PATIENCE_MS 30000
#define STRANGER_MS (60 * 60 * 1000LL)

static const char s_unknown[] =
    "I can't find you in my directory, so I can't take that. Please ask "
    "the security team.";
static const char s_away[] = "I can't look that up right now. Please try again in a minute.";

struct slack_desk {
    chat_host_t *host;
    slack_api_t *api;
    slack_people_t *people;
    slack_when_t *when;
    zhashx_t *strangers; /* by user: when something was said to them */
};

typedef cJSON *(blocks_fn)(const cJSON *view, slack_when_t *when);

/* A command that waits for what the store knows. */
typedef struct {
    slack_desk_t *desk;
    char *response_url;
    blocks_fn *blocks;
} asked_t;

/* ---- Saying. */

/* Takes the blocks, which may be NULL; else text is not needed. */
static void s_whisper(slack_desk_t *self, const char *response_url, const char *text, cJSON *blocks)
{
    const slack_api_config_t *config = slack_api_config(self->api);
    char *words = blocks ? slack_blocks_fallback(blocks) : sb_strdup(text);
    slack_whisper(slack_api_http(self->api), config->url, config->ca_file, response_url, words,
                  blocks);
    free(words);
}

void slack_desk_whisper(slack_desk_t *self, const char *response_url, const char *text)
{
    s_whisper(self, response_url, text, NULL);
}

static void s_on_said(void *arg, const slack_reply_t *reply)
{
    (void)arg;
    if (reply->class != SLACK_OK) {
        sb_debug("answer not said", "error", reply->error, NULL);
    }
}

static void s_say(slack_desk_t *self, const char *channel, const char *text)
{
    const slack_arg_t args[] = {
        {"channel", channel},
        {"text",    text   }
    };
    slack_api_call(self->api, "chat.postMessage", args, 2, SAY_PATIENCE_MS, s_on_said, NULL);
}

/* ---- The command. */

/* Takes the asked. */
static void s_answer(asked_t *asked, const char *text, cJSON *blocks)
{
    s_whisper(asked->desk, asked->response_url, text, blocks);
    free(asked->response_url);
    free(asked);
}

static void s_on_view(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    asked_t *asked = arg;
    if (code) {
        sb_warn("command not answered", "why", err->text, NULL);
        s_answer(asked, s_away, NULL);
    } else {
        s_answer(asked, NULL, asked->blocks(body, asked->desk->when));
    }
}

static void s_on_person(void *arg, int code, const char *person, const sb_err_t *err)
{
    asked_t *asked = arg;
    if (code) {
        s_on_view(asked, code, NULL, err);
    } else if (!person) {
        s_answer(asked, s_unknown, NULL);
    } else {
        cJSON *body = sb_json_object();
        sb_json_add_str(body, "person", person);
        chat_host_call(asked->desk->host, "person.view", &body, s_on_view, asked);
    }
}

bool slack_desk_command(slack_desk_t *self, const slack_heard_t *heard)
{
    static const struct {
        const char *word;
        blocks_fn *blocks; /* NULL: help */
    } words[] = {
        {"",       NULL             },
        {"help",   NULL             },
        {"status", slack_home_status},
        {"mutes",  slack_home_mutes }
    };
    const char *text = heard->text + strspn(heard->text, " \t\n");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\n", text[len - 1])) {
        len--;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].word) != len || strncasecmp(words[i].word, text, len) != 0) {
            continue;
        }
        if (!words[i].blocks) {
            s_whisper(self, heard->response_url, NULL, slack_home_help());
        } else {
            asked_t *asked = sb_alloc(sizeof *asked);
            *asked = (asked_t){.desk = self,
                               .response_url = sb_strdup(heard->response_url),
                               .blocks = words[i].blocks};
            slack_people_find(self->people, heard->user, s_on_person, asked);
        }
        return true;
    }
    return false;
}

/* ---- The dialog. */

typedef struct {
    slack_desk_t *desk;
    char channel[SLACK_ID_SIZE];
} dialog_t;

static void s_on_opened(void *arg, const slack_reply_t *reply)
{
    dialog_t *dialog = arg;
    if (reply->class != SLACK_OK) {
        sb_info("dialog not opened", "error", reply->error, NULL);
        s_say(dialog->desk, dialog->channel,
              "I couldn't open the dialog. Please write your answer here instead: yes, no or not "
              "sure, and a word about it.");
    }
    free(dialog);
}

void slack_desk_dialog(slack_desk_t *self, const slack_heard_t *heard)
{
    cJSON *view = heard->trigger ? slack_modal_view(heard->shown, heard->message) : NULL;
    if (!view) {
        slack_desk_whisper(self, heard->response_url, "That question is closed already.");
        return;
    }
    dialog_t *dialog = sb_alloc(sizeof *dialog);
    dialog->desk = self;
    (void)snprintf(dialog->channel, sizeof dialog->channel, "%s", heard->channel);
    char *json = sb_json_print(view);
    const slack_arg_t args[] = {
        {"trigger_id", heard->trigger},
        {"view",       json          }
    };
    slack_api_call(self->api, "views.open", args, 2, DIALOG_PATIENCE_MS, s_on_opened, dialog);
    free(json);
    cJSON_Delete(view);
}

/* ---- Strangers. */

static void s_when_free(void **item)
{
    free(*item);
    *item = NULL;
}

void slack_desk_stranger(slack_desk_t *self, const char *user, const char *channel)
{
    const int64_t now_ms = sb_clock_mono_ms();
    const int64_t *said_ms = zhashx_lookup(self->strangers, user);
    if (said_ms && now_ms - *said_ms < STRANGER_MS) {
        return;
    }
    if (zhashx_size(self->strangers) >= SLACK_STRANGERS_MAX) {
        zhashx_purge(self->strangers);
    }
    int64_t *when_ms = sb_alloc(sizeof *when_ms);
    *when_ms = now_ms;
    zhashx_update(self->strangers, user, when_ms);
    s_say(self, channel, s_unknown);
}

/* ---- Life. */

slack_desk_t *slack_desk_new(chat_host_t *host, slack_api_t *api, slack_people_t *people,
                             slack_when_t *when)
{
    slack_desk_t *self = sb_alloc(sizeof *self);
    self->host = host;
    self->api = api;
    self->people = people;
    self->when = when;
    self->strangers = zhashx_new();
    zhashx_set_destructor(self->strangers, s_when_free);
    return self;
}

void slack_desk_destroy(slack_desk_t **self_p)
{
    slack_desk_t *self = *self_p;
    if (!self) {
        return;
    }
    zhashx_destroy(&self->strangers);
    free(self);
    *self_p = NULL;
}
