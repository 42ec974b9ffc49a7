/* effect.c */
#include "services/botd/effect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/botd/span.h"

static bool s_is_any(const alert_t *alerts, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (alerts[i].effect.kind != EFFECT_NONE) {
            return true;
        }
    }
    return false;
}

/* One at a time: nobody fills their own queue. */
static bool s_waits(const step_t *step)
{
    const item_t *item = step->item;
    return step->effect_asked || (step->open && step->open->effect.kind != EFFECT_NONE) ||
           s_is_any(item->queued, item->queued_len) || s_is_any(item->news, item->news_len) ||
           item->queued_more;
}

/* The texts of an effect name what is to be muted, and for how long. */
static fields_t s_fields(step_t *step, const alert_t *alert, const effect_t *effect)
{
    if (effect->kind != EFFECT_MUTE) {
        return step_team_fields(step, alert, NULL);
    }
    char time[SPAN_WORDS_SIZE];
    span_words(effect->for_ms, time);
    alert_t muted = {.hash = alert ? alert->hash : "",
                     .title = effect->title,
                     .description = "",
                     .reason = "",
                     .url = "",
                     .place = ""};
    fields_t fields = step_team_fields(step, &muted, NULL);
    fields.time = step_keep(step, sb_strdup(time));
    return fields;
}

bool effect_ask(step_t *step, const effect_t *effect, const char *word)
{
    assert(step);
    assert(effect && effect->kind != EFFECT_NONE);
    if (s_waits(step)) {
        return false;
    }
    const bool mute = effect->kind == EFFECT_MUTE;
    const fields_t fields = s_fields(step, NULL, effect);
    char *description = messages_render(step->policy->messages,
                                        mute ? MSG_EFFECT_MUTE : MSG_EFFECT_EXEMPT, &fields);
    char *reason = sb_format("`%s` was said to the bot.", word);
    char hash[SB_HASH_HEX + 1];
    transition_create(step->out, mute ? EFFECT_TITLE_MUTE : EFFECT_TITLE_EXEMPT, description,
                      reason, step->now_ms, effect, hash);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "text", description);
    transition_audit(step->out, hash, step->item->id, mute ? "ignore asked" : "stop asked", detail);
    step->effect_asked = true;
    free(description);
    free(reason);
    return true;
}

/* ---- Its confirmation. */

static void s_tell(step_t *step, const alert_t *alert, message_t message, const fields_t *fields)
{
    char *text = messages_render(step->policy->messages, message, fields);
    step_tell(step, alert, text);
    free(text);
}

/* As the command says that it is done. */
static void s_say(step_t *step, command_fn_t fn, const fields_t *fields)
{
    const command_t *command;
    for (size_t i = 0; (command = commands_at(step->policy->commands, i)) != NULL; i++) {
        if (command->fn == fn) {
            step_say_text(step, step_keep(step, commands_render(command->success_msg, fields)));
            return;
        }
    }
    step_say(step, MSG_GOOD_AUTH, NULL);
}

static void s_mute(step_t *step, const alert_t *alert)
{
    effect_t effect = alert->effect;
    const int64_t most_ms = step->policy->ignore_max_ms; /* may be less by now */
    effect.for_ms = effect.for_ms < most_ms ? effect.for_ms : most_ms;
    step_mute_for(step, effect.title, NULL, effect.reason, effect.for_ms);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "title", effect.title);
    sb_json_add_int(detail, "until_ms", step->now_ms + effect.for_ms);
    step_audit(step, alert, step->item->id, "ignore", detail);
    fields_t fields = s_fields(step, alert, &effect);
    s_tell(step, alert, MSG_TEAM_IGNORE, &fields);
    fields.name = step_fields(step, NULL).name;
    s_say(step, COMMAND_IGNORE, &fields);
}

static void s_exempt(step_t *step, const alert_t *alert)
{
    step->exempt = true;
    transition_exempt(step->out, true);
    step_audit(step, alert, step->item->id, "stop", NULL);
    fields_t fields = s_fields(step, alert, &alert->effect);
    s_tell(step, alert, MSG_TEAM_STOP, &fields);
    fields.name = step_fields(step, NULL).name;
    s_say(step, COMMAND_STOP, &fields);
}

void effect_apply(step_t *step, const alert_t *alert)
{
    assert(step);
    assert(alert && alert->effect.kind != EFFECT_NONE);
    if (alert->effect.kind == EFFECT_MUTE) {
        s_mute(step, alert);
    } else {
        s_exempt(step, alert);
    }
}
