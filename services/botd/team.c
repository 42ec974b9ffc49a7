/* team.c. Each event is an audit entry and a line under the escalation; the escalation itself is
 * shown anew once a step, as it is after all of them. */
#include "services/botd/team.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/button.h"
#include "services/botd/escalation.h"

/* The alert of that hash, if the store has it as escalated, or NULL. */
static team_t *s_find(step_t *step, const char *hash)
{
    for (size_t i = 0; i < step->team_len; i++) {
        if (strcmp(step->team[i].alert.hash, hash) == 0) {
            return &step->team[i];
        }
    }
    for (size_t i = 0; i < step->item->named_len; i++) {
        const alert_t *alert = &step->item->named[i];
        if (strcmp(alert->hash, hash) == 0 && alert->state == ALERT_ESCALATED) {
            team_t *team = &step->team[step->team_len++]; /* no more of them than events */
            *team = (team_t){.alert = *alert};
            return team;
        }
    }
    return NULL;
}

static void s_audit(step_t *step, const alert_t *alert, const char *actor, const char *action,
                    const char *key, const char *value)
{
    cJSON *detail = sb_json_object();
    if (key) {
        sb_json_add_str(detail, key, value);
    }
    step_audit(step, alert, actor, action, detail);
}

static void s_tell(step_t *step, const team_t *team, message_t message, const char *actor,
                   const char *other, const char *disposition)
{
    fields_t fields = step_team_fields(step, &team->alert, NULL);
    fields.actor = actor;
    fields.other = other;
    fields.disposition = disposition;
    char *text = messages_render(step->policy->messages, message, &fields);
    step_tell(step, &team->alert, text);
    free(text);
}

static void s_seen(team_t *team, const char *actor)
{
    if (!team->alert.acked_by) {
        team->alert.acked_by = team->acked_by = actor;
    }
}

/* True if what is there is what is asked for: a button that was pressed twice. */
static bool s_is(const char *there, const char *wanted)
{
    return there && strcmp(there, wanted) == 0;
}

static void s_ack(step_t *step, team_t *team, const char *actor)
{
    const char *first = team->alert.acked_by;
    if (s_is(first, actor)) {
        return;
    }
    s_seen(team, actor);
    s_audit(step, &team->alert, actor, "ack", NULL, NULL);
    s_tell(step, team, first ? MSG_TEAM_ACK_AGAIN : MSG_TEAM_ACK, actor,
           first ? step_name(step, first) : NULL, NULL);
}

static void s_assign(step_t *step, team_t *team, const char *actor, const char *to)
{
    const char *who = to ? step_name(step, to) : actor;
    const bool self = strcmp(who, actor) == 0;
    if (s_is(team->alert.assigned_to, who) && (!self || team->alert.acked_by)) {
        return;
    }
    if (self) {
        s_seen(team, actor);
    }
    team->alert.assigned_to = team->assigned_to = who;
    s_audit(step, &team->alert, actor, "assign", "to", who);
    s_tell(step, team, self ? MSG_TEAM_TAKE : MSG_TEAM_ASSIGN, actor, who, NULL);
}

static void s_close(step_t *step, team_t *team, const char *actor, const char *disposition)
{
    if (s_is(team->alert.disposition, disposition)) {
        return;
    }
    s_seen(team, actor);
    team->alert.disposition = team->disposition = step_name(step, disposition);
    s_audit(step, &team->alert, actor, "close", "disposition", disposition);
    s_tell(step, team, MSG_TEAM_CLOSE, actor, NULL, escalation_disposition(step, disposition));
}

/* Nobody is their own responder, least of all whoever may sit in their account. */
static void s_refuse_own(step_t *step, const team_t *team, const char *actor, const char *value)
{
    s_audit(step, &team->alert, actor, "action refused", "value", value);
    s_tell(step, team, MSG_TEAM_OWN, actor, NULL, NULL);
}

void team_run(step_t *step, const event_t *event)
{
    assert(step);
    assert(event);
    sb_button_t button;
    const char *actor = step_name(step, event->text);
    const bool good = sb_button_parse(event->value, &button) && sb_button_is_team(&button);
    team_t *team = good ? s_find(step, button.hash) : NULL;
    if (!team) { /* not escalated, or not this person's */
        s_audit(step, NULL, actor, "action ignored", "value", event->value);
    } else if (strcasecmp(actor, step->item->id) == 0) {
        s_refuse_own(step, team, actor, event->value);
    } else if (strcmp(button.action, SB_BUTTON_ACK) == 0) {
        s_ack(step, team, actor);
    } else if (strcmp(button.action, SB_BUTTON_ASSIGN) == 0) {
        s_assign(step, team, actor, button.argument);
    } else {
        s_close(step, team, actor, button.argument);
    }
}

void team_finish(step_t *step)
{
    assert(step);
    for (size_t i = 0; i < step->team_len; i++) {
        const team_t *team = &step->team[i];
        if (team->acked_by || team->assigned_to || team->disposition) {
            transition_team(step->out, team->alert.hash, team->acked_by, team->assigned_to,
                            team->disposition);
            escalation_show(step, &team->alert);
        }
    }
}
