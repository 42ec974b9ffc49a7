/* escalation.c. The line that says why is always the first, whatever a configured report looks
 * like: nobody should have to read to the end to learn that a fraud was reported. */
#include "services/botd/escalation.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/botd/text.h"

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
    {SB_OUTCOME_EXEMPT,             MSG_REPORT_EXEMPT            },
    {SB_OUTCOME_UNKNOWN_PERSON,     MSG_REPORT_UNKNOWN_PERSON    },
    {SB_OUTCOME_UNDELIVERABLE,      MSG_REPORT_UNDELIVERABLE     },
};

static message_t s_report(const char *outcome)
{
    for (size_t i = 0; i < sizeof s_reports / sizeof s_reports[0]; i++) {
        if (strcmp(s_reports[i].outcome, outcome) == 0) {
            return s_reports[i].message;
        }
    }
    assert(false && "an outcome that is no escalation");
    return MSG_REPORT_NO_ANSWER;
}

void escalation_tell(step_t *step, const alert_t *alert, const char *outcome, const char *comment,
                     const char *words)
{
    assert(step);
    assert(alert);
    char *said = sb_format("%s%s%s", comment ? comment : "", comment && words ? "\n" : "",
                           words ? words : "");
    const fields_t fields = step_team_fields(step, alert, said);
    const messages_t *messages = step->policy->messages;
    char *why = messages_render(messages, s_report(outcome), &fields);
    char *report = messages_render(messages, MSG_REPORT, &fields);
    char *text = sb_format("%s\n%s", why, report);
    char *shown = text_cut(text, strlen(text), SB_TEXT_MAX);
    step_tell(step, alert, shown);
    free(said);
    free(why);
    free(report);
    free(text);
    free(shown);
}
