/* escalation.c. The line that says why is always the first, whatever a configured report looks
 * like: nobody should have to read to the end to learn that a fraud was reported. */
#include "services/botd/escalation.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "proto/chatd.h"
#include "services/botd/card.h"
#include "services/botd/text.h"

#define STATUS_MAX (4 * SB_TEXT_MAX)

static const struct {
    const char *outcome;
    message_t message;
} s_reports[] = {
    {SB_OUTCOME_DENIED,             MSG_REPORT_DENIED            },
    {SB_OUTCOME_NO_ANSWER,          MSG_REPORT_NO_ANSWER         },
    {SB_OUTCOME_DECLINED,           MSG_REPORT_DECLINED          },
    {SB_OUTCOME_REFUSED,            MSG_REPORT_REFUSED           },
    {SB_OUTCOME_FRAUD,              MSG_REPORT_FRAUD             },
    {SB_OUTCOME_FACTOR_TIMEOUT,     MSG_REPORT_FACTOR_TIMEOUT    },
    {SB_OUTCOME_NO_FACTOR,          MSG_REPORT_NO_FACTOR         },
    {SB_OUTCOME_FACTOR_UNAVAILABLE, MSG_REPORT_FACTOR_UNAVAILABLE},
    {SB_OUTCOME_THROTTLED,          MSG_REPORT_THROTTLED         },
    {SB_OUTCOME_ACCOUNT_DENIED,     MSG_REPORT_ACCOUNT_DENIED    },
    {SB_OUTCOME_SUSPECT,            MSG_REPORT_SUSPECT           },
    {SB_OUTCOME_EXEMPT,             MSG_REPORT_EXEMPT            },
    {SB_OUTCOME_UNKNOWN_PERSON,     MSG_REPORT_UNKNOWN_PERSON    },
    {SB_OUTCOME_UNDELIVERABLE,      MSG_REPORT_UNDELIVERABLE     },
    {SB_OUTCOME_UNSURE,             MSG_REPORT_UNSURE            },
    {SB_OUTCOME_NEEDS_HELP,         MSG_REPORT_NEEDS_HELP        },
};

static const struct {
    const char *disposition;
    message_t label;
} s_dispositions[] = {
    {SB_DISPOSITION_TRUE_POSITIVE,  MSG_TRUE_POSITIVE },
    {SB_DISPOSITION_FALSE_POSITIVE, MSG_FALSE_POSITIVE},
    {SB_DISPOSITION_BENIGN,         MSG_BENIGN        },
    {SB_DISPOSITION_DUPLICATE,      MSG_DUPLICATE     },
};

#define LEN(array) (sizeof(array) / sizeof(array)[0])

/* What another version of us has written is shown as one without an answer. */
static message_t s_report(const char *outcome)
{
    for (size_t i = 0; i < LEN(s_reports); i++) {
        if (outcome && strcmp(s_reports[i].outcome, outcome) == 0) {
            return s_reports[i].message;
        }
    }
    return MSG_REPORT_NO_ANSWER;
}

const char *escalation_disposition(step_t *step, const char *disposition)
{
    assert(step);
    assert(disposition);
    const fields_t none = {0};
    for (size_t i = 0; i < LEN(s_dispositions); i++) {
        if (strcmp(s_dispositions[i].disposition, disposition) == 0) {
            return step_keep(
                step, messages_render(step->policy->messages, s_dispositions[i].label, &none));
        }
    }
    return step_name(step, disposition);
}

/* ---- What was done about it. */

static void s_add_status(step_t *step, sb_buf_t *out, message_t message, const fields_t *fields)
{
    char *line = messages_render(step->policy->messages, message, fields);
    sb_buf_printf(out, "%s%s", out->len > 0 ? "\n" : "", line);
    free(line);
}

/* "" if nothing was done. The caller frees it. */
static char *s_status(step_t *step, const alert_t *alert)
{
    sb_buf_t out = sb_buf(STATUS_MAX);
    sb_buf_puts(&out, "");
    if (alert->acked_by) {
        const fields_t fields = {.actor = step_name(step, alert->acked_by)};
        s_add_status(step, &out, MSG_REPORT_ACKED, &fields);
    }
    if (alert->assigned_to) {
        const fields_t fields = {.actor = step_name(step, alert->assigned_to)};
        s_add_status(step, &out, MSG_REPORT_ASSIGNED, &fields);
    }
    if (alert->disposition) {
        const fields_t fields = {.disposition = escalation_disposition(step, alert->disposition)};
        s_add_status(step, &out, MSG_REPORT_CLOSED, &fields);
    }
    return sb_buf_take(&out);
}

static cJSON *s_buttons(step_t *step, const alert_t *alert)
{
    cJSON *buttons = sb_json_array();
    if (alert->disposition) {
        return buttons;
    }
    if (!alert->acked_by) {
        step_button(step, buttons, MSG_BUTTON_ACK, SB_BUTTON_ACK, alert, NULL, "primary");
    }
    step_button(step, buttons, MSG_BUTTON_ASSIGN, SB_BUTTON_ASSIGN, alert, NULL, "plain");
    for (size_t i = 0; i < LEN(s_dispositions); i++) {
        step_button(step, buttons, s_dispositions[i].label, SB_BUTTON_CLOSE, alert,
                    s_dispositions[i].disposition, "plain");
    }
    return buttons;
}

/* ---- All of it. */

static void s_send(step_t *step, const alert_t *alert, bool again)
{
    const fields_t fields = step_team_fields(step, alert, alert->comment);
    const messages_t *messages = step->policy->messages;
    char *why = messages_render(messages, s_report(alert->outcome), &fields);
    char *report = messages_render(messages, MSG_REPORT, &fields);
    char *status = s_status(step, alert);
    char *text = sb_format("%s\n%s%s%s", why, report, status[0] ? "\n\n" : "", status);
    char *shown = text_cut(text, strlen(text), SB_TEXT_MAX);
    const card_t card = {
        .kind = SB_CARD_ESCALATION, .alert = alert, .deadline_ms = -1, .line = status};
    step_escalation(step, alert, again, shown, s_buttons(step, alert), card_json(step, &card));
    free(why);
    free(report);
    free(status);
    free(text);
    free(shown);
}

void escalation_tell(step_t *step, const alert_t *alert)
{
    assert(step);
    assert(alert && alert->outcome);
    s_send(step, alert, false);
}

void escalation_show(step_t *step, const alert_t *alert)
{
    assert(step);
    assert(alert);
    s_send(step, alert, true);
}
