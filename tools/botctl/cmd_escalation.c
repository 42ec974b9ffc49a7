/* cmd_escalation.c: what a responder does about an escalated alert, from the shell. What is done is
 * kept by taskd at once; botd takes it up and tells the security channel. */
#include <czmq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/button.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"

#define LOOKS_MAX 20 /* for what botd makes of it */
#define LOOK_MS 100

typedef struct {
    const char *as;
} options_t;

static const opt_t s_opts[] = {
    {"as", 0, OPT_TEXT, offsetof(options_t, as), "NAME", "who does it, if not the user you are", 0,
     0, 0, 0},
};

/* What is to be done. */
typedef struct {
    const char *action;
    const char *argument; /* NULL: none */
    const char *actor;
    char hash[SB_HASH_HEX + 1];
} act_t;

static const char *s_text(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(value) ? value->valuestring : "";
}

static const char *s_actor(const ctl_t *ctl, const options_t *options)
{
    const char *colon = strchr(ctl_actor(ctl), ':');
    return options->as ? options->as : colon ? colon + 1 : ctl_actor(ctl);
}

/* The alert as it is; the caller owns *reply_r. */
static const cJSON *s_look(ctl_t *ctl, const char *hash, cJSON **reply_r, sb_err_t *err)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "hash", hash);
    if (ctl_ask_taskd(ctl, "alert.get", &body, reply_r, err) != SB_OK) {
        return NULL;
    }
    sb_reader_t reader = sb_reader(*reply_r, "alert.get", err);
    return sb_read_object(&reader, "alert");
}

/* Finds the alert and whether this may be done about it. */
static int s_find(ctl_t *ctl, const char *prefix, act_t *act, sb_err_t *err)
{
    cJSON *reply = NULL;
    const cJSON *alert = s_look(ctl, prefix, &reply, err);
    int code = alert ? SB_OK : err->code;
    const char *state = s_text(alert, "state");
    (void)snprintf(act->hash, sizeof act->hash, "%s", s_text(alert, "hash"));
    const char *acked_by = s_text(alert, "acked_by");
    if (code == SB_OK && strcmp(state, "escalated") != 0) {
        code = sb_fail(err, SB_ECONFLICT, "alert %.12s is %s, not escalated", act->hash, state);
    } else if (code == SB_OK && strcasecmp(s_text(alert, "person"), act->actor) == 0) {
        code = sb_fail(err, SB_EFORBIDDEN, "alert %.12s is about %s's own account", act->hash,
                       act->actor);
    } else if (code == SB_OK && strcmp(act->action, SB_BUTTON_ACK) == 0 && acked_by[0]) {
        ctl_note("%s has acknowledged it already", acked_by);
    }
    cJSON_Delete(reply);
    return code;
}

static int s_put(ctl_t *ctl, const act_t *act, sb_err_t *err)
{
    uint8_t random[16];
    char digits[2 * sizeof random + 1];
    sb_random(random, sizeof random);
    sb_hex(random, sizeof random, digits);
    char *event = sb_format("botctl:%s", digits);
    char *value = sb_format("%s:%s%s%s", act->action, act->hash, act->argument ? ":" : "",
                            act->argument ? act->argument : "");
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "event", event);
    sb_json_add_str(body, "value", value);
    sb_json_add_str(body, "actor", act->actor);
    cJSON *reply = NULL;
    const int code = ctl_ask_taskd(ctl, "escalation.act", &body, &reply, err);
    cJSON_Delete(reply);
    free(event);
    free(value);
    return code;
}

static bool s_is_done(const cJSON *alert, const act_t *act)
{
    if (strcmp(act->action, SB_BUTTON_CLOSE) == 0) {
        return strcmp(s_text(alert, "disposition"), act->argument) == 0;
    }
    if (strcmp(act->action, SB_BUTTON_ASSIGN) == 0) {
        const char *to = act->argument ? act->argument : act->actor;
        return strcmp(s_text(alert, "assigned_to"), to) == 0;
    }
    return s_text(alert, "acked_by")[0];
}

/* So that who looks next sees it. */
static void s_await(ctl_t *ctl, const act_t *act)
{
    for (int i = 0; i < LOOKS_MAX; i++) {
        sb_err_t err;
        cJSON *reply = NULL;
        const bool done = s_is_done(s_look(ctl, act->hash, &reply, &err), act);
        cJSON_Delete(reply);
        if (done) {
            return;
        }
        zclock_sleep(LOOK_MS);
    }
    ctl_note("it is kept; botd has not taken it up yet");
}

static exit_code_t s_act(ctl_t *ctl, const options_t *options, const char *prefix,
                         const char *action, const char *argument)
{
    act_t act = {.action = action, .argument = argument, .actor = s_actor(ctl, options)};
    sb_err_t err;
    int code = s_find(ctl, prefix, &act, &err);
    code = code ? code : s_put(ctl, &act, &err);
    if (code) {
        return ctl_fail(ctl, &err);
    }
    s_await(ctl, &act);
    return EXIT_OK;
}

static exit_code_t s_ack(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    (void)words_len;
    return s_act(ctl, options, words[0], SB_BUTTON_ACK, NULL);
}

static exit_code_t s_assign(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    return s_act(ctl, options, words[0], SB_BUTTON_ASSIGN, words_len > 1 ? words[1] : NULL);
}

static exit_code_t s_close(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    (void)words_len;
    if (!sb_button_is_disposition(words[1])) {
        return ctl_usage(ctl, "DISPOSITION is true_positive, false_positive, benign or duplicate");
    }
    return s_act(ctl, options, words[0], SB_BUTTON_CLOSE, words[1]);
}

const command_t cmd_escalation_ack = {
    .name = "escalation ack",
    .summary = "Acknowledge an escalated alert",
    .usage = "HASH",
    .words_min = 1,
    .words_max = 1,
    COMMAND_OPTS(s_opts, options_t),
    .run = s_ack,
    .details = "The first one counts. The security channel is told in any case.",
};
const command_t cmd_escalation_assign = {
    .name = "escalation assign",
    .summary = "Take an escalated alert, or give it to someone",
    .usage = "HASH [PERSON]",
    .words_min = 1,
    .words_max = 2,
    COMMAND_OPTS(s_opts, options_t),
    .run = s_assign,
    .details = "Who takes it has acknowledged it.",
};
const command_t cmd_escalation_close = {
    .name = "escalation close",
    .summary = "Say what an escalated alert was found to be",
    .usage = "HASH DISPOSITION",
    .words_min = 2,
    .words_max = 2,
    COMMAND_OPTS(s_opts, options_t),
    .run = s_close,
    .details =
        "DISPOSITION is true_positive, false_positive, benign or duplicate. Closed anew, the\n"
        "last one holds. Who closes an alert has acknowledged it.",
};
