/* late.c */
#include "services/botd/late.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/botd/text.h"

/* What is kept of the words in the audit trail, whose entries have a limit as JSON. */
#define NOTE_MAX 2000

static const char *s_said(answer_kind_t kind)
{
    switch (kind) {
    case ANSWER_YES:
        return "yes";
    case ANSWER_NO:
        return "no";
    case ANSWER_UNSURE:
        return "not sure";
    case ANSWER_HELP:
        return "I need help";
    case ANSWER_NONE:
    case ANSWER_UNCLEAR:
        break;
    }
    assert(false && "no answer");
    return "";
}

static void s_note(step_t *step, const alert_t *alert, const answer_t *answer)
{
    const char *comment = "";
    if (answer->comment) {
        char *words = text_cut(answer->comment, answer->comment_size, NOTE_MAX);
        text_hide_codes(words);
        comment = step_keep(step, words);
    }
    const char *said = s_said(answer->kind);
    cJSON *detail = sb_json_object();
    char *text = sb_format("%s%s%s", said, comment[0] ? ": " : "", comment);
    sb_json_add_str(detail, "text", text);
    free(text);
    step_audit(step, alert, step->item->id, "note", detail);

    fields_t fields = step_team_fields(step, alert, comment);
    fields.answer = said;
    text = messages_render(step->policy->messages, MSG_TEAM_NOTE, &fields);
    step_tell(step, alert, text);
    free(text);
    const fields_t of_alert = step_fields(step, alert);
    step_say(step, MSG_LATE, &of_alert);
}

static bool s_last_is_escalated(const step_t *step)
{
    return step->has_last && step->last.state == ALERT_ESCALATED;
}

void late_typed(step_t *step, const answer_t *answer)
{
    assert(step);
    if (s_last_is_escalated(step)) {
        s_note(step, &step->last, answer);
    } else if (answer->kind == ANSWER_HELP) { /* with what? */
        step_say(step, MSG_BAD_COMMAND, NULL);
    }
}

void late_early(step_t *step, const answer_t *answer)
{
    assert(step);
    if (s_last_is_escalated(step)) {
        s_note(step, &step->last, answer);
    } else {
        step_say(step, MSG_EARLY, NULL);
    }
}

void late_fraud(step_t *step)
{
    assert(step);
    const alert_t *alert = s_last_is_escalated(step) ? &step->last : NULL;
    const fields_t fields = step_team_fields(step, alert, NULL);
    char *text = messages_render(step->policy->messages, MSG_TEAM_FRAUD, &fields);
    step_tell(step, alert, text);
    free(text);
}

/* The person's alert of that hash if the security team has it, by what this step does too. */
static const alert_t *s_escalated(const step_t *step, const char *hash)
{
    if (s_last_is_escalated(step) && strcmp(step->last.hash, hash) == 0) {
        return &step->last;
    }
    for (size_t i = 0; i < step->item->named_len; i++) {
        const alert_t *alert = &step->item->named[i];
        if (strcmp(alert->hash, hash) == 0) {
            alert_state_t state = alert->state;
            (void)transition_alert_state(step->out, hash, &state);
            return state == ALERT_ESCALATED ? alert : NULL;
        }
    }
    return NULL;
}

/* True if that answer is how the alert has ended, and nothing is said with it: a button that was
 * pressed twice. */
static bool s_is_known(const alert_t *alert, const answer_t *answer)
{
    static const struct {
        answer_kind_t kind;
        const char *outcome;
    } rows[] = {
        {ANSWER_YES,    SB_OUTCOME_DECLINED          },
        {ANSWER_YES,    SB_OUTCOME_REFUSED           },
        {ANSWER_YES,    SB_OUTCOME_FRAUD             },
        {ANSWER_YES,    SB_OUTCOME_FACTOR_TIMEOUT    },
        {ANSWER_YES,    SB_OUTCOME_NO_FACTOR         },
        {ANSWER_YES,    SB_OUTCOME_FACTOR_UNAVAILABLE},
        {ANSWER_YES,    SB_OUTCOME_THROTTLED         },
        {ANSWER_YES,    SB_OUTCOME_ACCOUNT_DENIED    },
        {ANSWER_YES,    SB_OUTCOME_SUSPECT           },
        {ANSWER_NO,     SB_OUTCOME_DENIED            },
        {ANSWER_UNSURE, SB_OUTCOME_UNSURE            },
        {ANSWER_HELP,   SB_OUTCOME_NEEDS_HELP        },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (answer->kind == rows[i].kind && !answer->comment && alert->outcome &&
            strcmp(alert->outcome, rows[i].outcome) == 0) {
            return true;
        }
    }
    return false;
}

void late_button(step_t *step, const answer_t *answer, const char *hash)
{
    assert(step);
    assert(answer);
    const alert_t *alert = s_escalated(step, hash);
    if (alert && s_is_known(alert, answer)) {
        return;
    }
    if (alert) {
        s_note(step, alert, answer);
    } else {
        step_say(step, MSG_STALE_BUTTON, NULL);
    }
}
