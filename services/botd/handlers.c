/* handlers.c. Each handler says whether it is done; the command's own texts follow from that. */
#include "services/botd/handlers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "services/botd/effect.h"
#include "services/botd/proof.h"
#include "services/botd/question.h"
#include "services/botd/span.h"
#include "services/botd/text.h"

#define TEST_DESCRIPTION "A test that you asked for"
#define TEST_REASON "You said `test` to the bot."

typedef enum {
    DONE,    /* success_msg */
    FAILED,  /* failure_msg */
    MISUSED, /* failure_msg and the usage */
    SAID     /* all was said */
} done_t;

/* fields: for the command's texts; the handler may add to them. */
typedef done_t(handler_fn)(step_t *step, const command_t *command, const words_t *words,
                           fields_t *fields);

static done_t s_hi(step_t *step, const command_t *command, const words_t *words, fields_t *fields)
{
    (void)command;
    (void)words;
    step_say(step, MSG_HI, fields);
    return SAID;
}

/* ---- help */

static char *s_plain(step_t *step, message_t message)
{
    const fields_t none = {0};
    return messages_render(step->policy->messages, message, &none);
}

static void s_add_usage(step_t *step, sb_buf_t *out, const command_t *command)
{
    if (command->usage_len == 0) {
        return;
    }
    char *head = s_plain(step, MSG_HELP_USAGE);
    sb_buf_printf(out, "\n> %s:", head);
    free(head);
    for (size_t i = 0; i < command->usage_len; i++) {
        char *line = text_line(command->usage[i], COMMANDS_LINE_MAX);
        sb_buf_printf(out, "\n> %s", line);
        free(line);
    }
}

static done_t s_help(step_t *step, const command_t *command, const words_t *words, fields_t *fields)
{
    (void)command;
    (void)fields;
    bool all = false;
    for (size_t i = 0; i < words->args_len; i++) {
        all = all || strcmp(words->args[i], "-a") == 0 || strcmp(words->args[i], "--a") == 0;
    }
    sb_buf_t out = sb_buf(4 * SB_TEXT_MAX);
    char *header = s_plain(step, MSG_HELP_HEADER);
    char *footer = s_plain(step, MSG_HELP_FOOTER);
    sb_buf_printf(&out, "%s\n", header);
    const command_t *row;
    for (size_t i = 0; (row = commands_at(step->policy->commands, i)) != NULL; i++) {
        if (!row->hidden || all) {
            sb_buf_printf(&out, "\n`%s`: %s", row->name, row->info);
            s_add_usage(step, &out, row);
        }
    }
    sb_buf_printf(&out, "\n\n%s", footer);
    const char *text = sb_buf_text(&out) + strspn(sb_buf_text(&out), "\n");
    step_say_text(step, step_keep(step, text_cut(text, strlen(text), SB_TEXT_MAX)));
    sb_buf_free(&out);
    free(header);
    free(footer);
    return SAID;
}

/* ---- stop, start */

/* What weakens the watch over the person waits for their proof. */
static done_t s_ask_first(step_t *step, const command_t *command, const effect_t *effect)
{
    step_say(step, effect_ask(step, effect, command->name) ? MSG_EFFECT_ASKED : MSG_EFFECT_WAITS,
             NULL);
    return SAID;
}

static done_t s_stop(step_t *step, const command_t *command, const words_t *words, fields_t *fields)
{
    (void)words;
    (void)fields;
    if (step->exempt) {
        return FAILED;
    }
    const effect_t effect = {.kind = EFFECT_EXEMPT};
    return s_ask_first(step, command, &effect);
}

static done_t s_start(step_t *step, const command_t *command, const words_t *words,
                      fields_t *fields)
{
    (void)command;
    (void)words;
    (void)fields;
    if (!step->exempt) {
        return FAILED;
    }
    step->exempt = false;
    transition_exempt(step->out, false);
    step_audit(step, NULL, step->item->id, "start", NULL);
    const fields_t team = step_team_fields(step, NULL, NULL);
    char *text = messages_render(step->policy->messages, MSG_TEAM_START, &team);
    step_tell(step, NULL, text);
    free(text);
    return DONE;
}

/* ---- ignore */

/* last|current XhYm, the time perhaps in two words. */
static bool s_ignore_args(const words_t *words, bool *current_r, int64_t *ms_r)
{
    if (words->over || words->args_len < 2 || words->args_len > 3) {
        return false;
    }
    *current_r = strcasecmp(words->args[0], "current") == 0;
    if (!*current_r && strcasecmp(words->args[0], "last") != 0) {
        return false;
    }
    char *time = sb_format("%s%s", words->args[1], words->args_len == 3 ? words->args[2] : "");
    const bool ok = span_parse(time, ms_r);
    free(time);
    return ok;
}

static done_t s_ignore(step_t *step, const command_t *command, const words_t *words,
                       fields_t *fields)
{
    bool current;
    int64_t ms;
    if (!s_ignore_args(words, &current, &ms)) {
        return MISUSED;
    }
    const alert_t *last = step->has_last ? &step->last : NULL;
    const alert_t *alert = current ? step->open : last;
    if (!alert || alert->effect.kind != EFFECT_NONE || proof_is_ruled(step->policy, alert->title)) {
        return FAILED;
    }
    if (ms == 0) {
        step_say(step, MSG_IGNORE_NO_TIME, NULL);
        return SAID;
    }
    const int64_t most_ms = step->policy->ignore_max_ms;
    if (ms > most_ms) {
        char time[SPAN_WORDS_SIZE];
        span_words(most_ms, time);
        fields->time = step_keep(step, sb_strdup(time));
        step_say(step, MSG_IGNORE_TIME, fields);
        ms = most_ms;
    }
    const effect_t effect = {
        .kind = EFFECT_MUTE,
        .title = alert->title,
        .reason = step_keep(step, sb_format("ignored by %s", step->item->id)),
        .for_ms = ms,
    };
    return s_ask_first(step, command, &effect);
}

/* ---- test */

static bool s_is_test(const alert_t *alert)
{
    return strcmp(alert->title, HANDLERS_TEST_TITLE) == 0;
}

/* One at a time: nobody fills their own queue. */
static bool s_has_test(const step_t *step)
{
    const item_t *item = step->item;
    bool has = step->tested || (step->open && s_is_test(step->open));
    for (size_t i = 0; i < item->queued_len; i++) {
        has = has || s_is_test(&item->queued[i]);
    }
    for (size_t i = 0; i < item->news_len; i++) {
        has = has || s_is_test(&item->news[i]);
    }
    return has;
}

static done_t s_test(step_t *step, const command_t *command, const words_t *words, fields_t *fields)
{
    (void)command;
    (void)words;
    (void)fields;
    if (step->exempt || step_mute(step, HANDLERS_TEST_TITLE, "") || s_has_test(step)) {
        return FAILED;
    }
    step->tested = true;
    char hash[SB_HASH_HEX + 1];
    transition_create(step->out, HANDLERS_TEST_TITLE, TEST_DESCRIPTION, TEST_REASON, step->now_ms,
                      NULL, hash);
    transition_audit(step->out, hash, step->item->id, "test", NULL);
    return DONE;
}

/* ---- All of them. */

static const struct {
    handler_fn *run;
    bool stranger; /* also for those who are not in the directory */
} s_handlers[COMMAND_FNS] = {
    [COMMAND_HI] = {s_hi,     true },
      [COMMAND_HELP] = {s_help,   true },
    [COMMAND_STOP] = {s_stop,   false},
      [COMMAND_START] = {s_start,  false},
    [COMMAND_IGNORE] = {s_ignore, false},
      [COMMAND_TEST] = {s_test,   false},
};

static void s_say_usage(step_t *step, const command_t *command, const char *text)
{
    sb_buf_t out = sb_buf(4 * SB_TEXT_MAX);
    sb_buf_puts(&out, text);
    s_add_usage(step, &out, command);
    step_say_text(step, step_keep(step, text_cut(sb_buf_text(&out), out.len, SB_TEXT_MAX)));
    sb_buf_free(&out);
}

void handlers_run(step_t *step, const command_t *command, const words_t *words)
{
    assert(step);
    assert(command && command->fn < COMMAND_FNS && s_handlers[command->fn].run);
    assert(words);
    if (!step->item->known && !s_handlers[command->fn].stranger) {
        step_say(step, MSG_NOT_KNOWN, NULL);
        return;
    }
    fields_t fields = step_fields(step, NULL);
    const done_t done = s_handlers[command->fn].run(step, command, words, &fields);
    if (done == SAID) {
        return;
    }
    char *text =
        commands_render(done == DONE ? command->success_msg : command->failure_msg, &fields);
    if (done == MISUSED) {
        s_say_usage(step, command, text);
    } else {
        step_say_text(step, text);
    }
    free(text);
}
