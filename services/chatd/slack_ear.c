/* slack_ear.c */
#include "services/chatd/slack_ear.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/log_gate.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "proto/taskd.h"

typedef struct hearing hearing_t;

struct slack_ear {
    slack_ear_config_t config;
    sb_timers_t *timers;
    hearing_t *waiting; /* to be tried again */
    bool stopped;
    char user[SLACK_ID_SIZE];
    char bot[SLACK_ID_SIZE];
    char team[SLACK_ID_SIZE];
    char enterprise[SLACK_ID_SIZE];
    sb_log_gate_t gate;
    uint64_t envelopes, retries, nothings, not_yours, strangers, foreign, again, outsiders,
        unjudged;
};

/* Something that is on its way to the store. */
struct hearing {
    slack_ear_t *ear;
    slack_heard_kind_t kind;
    char event[SLACK_EVENT_SIZE];
    char value[SB_VALUE_MAX + 1];
    char message[SLACK_MESSAGE_SIZE];
    char user[SLACK_ID_SIZE];
    char channel[SLACK_ID_SIZE]; /* "": not known */
    char chosen[SLACK_ID_SIZE];  /* "": nobody */
    int64_t at_ms;               /* when it was said; 0: now */
    char *text;
    char *response_url;
    char *presser; /* of the team: their id in the directory */
    slack_ear_fn *fn;
    void *arg;
    int64_t until_ms; /* so long it is tried again */
    uint64_t timer;
    hearing_t *prev, *next; /* of those that wait */
};

static void s_begin(hearing_t *hearing);

/* ---- To the store. */

/* Takes the hearing. */
static void s_end(hearing_t *hearing, int code)
{
    hearing->fn(hearing->arg, code);
    free(hearing->text);
    free(hearing->response_url);
    free(hearing->presser);
    free(hearing);
}

static void s_unlink(hearing_t *hearing)
{
    hearing_t **from = hearing->prev ? &hearing->prev->next : &hearing->ear->waiting;
    *from = hearing->next;
    if (hearing->next) {
        hearing->next->prev = hearing->prev;
    }
    hearing->prev = NULL;
    hearing->next = NULL;
}

static void s_on_again(void *arg)
{
    hearing_t *hearing = arg;
    hearing->timer = 0;
    s_unlink(hearing);
    s_begin(hearing);
}

/* Ends it without success, or tries it again while Slack waits: the store may only be restarting.
 * Takes the hearing. */
static void s_fail(hearing_t *hearing, int code)
{
    slack_ear_t *self = hearing->ear;
    const bool passing = code == SB_ERETRY || code == SB_ETIMEOUT || code == SB_EBUSY;
    if (!passing || self->stopped || sb_clock_mono_ms() + SLACK_EAR_AGAIN_MS >= hearing->until_ms) {
        s_end(hearing, code);
        return;
    }
    self->again++;
    hearing->next = self->waiting;
    if (hearing->next) {
        hearing->next->prev = hearing;
    }
    self->waiting = hearing;
    hearing->timer = sb_timers_add(self->timers, SLACK_EAR_AGAIN_MS, s_on_again, hearing);
}

/* An event that the store refuses for good would come again and again. */
static void s_on_stored(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    hearing_t *hearing = arg;
    (void)body;
    if (code == SB_EINVALID || code == SB_ENOTFOUND || code == SB_ETOOLARGE) {
        sb_error("event refused by the store", "event", hearing->event, "why", err->text, NULL);
        slack_desk_whisper(hearing->ear->config.desk, hearing->response_url,
                           "I couldn't take that: the alert isn't there any more.");
        code = SB_OK;
    } else if (!code && hearing->kind == SLACK_HEARD_COMMAND) {
        slack_desk_whisper(hearing->ear->config.desk, hearing->response_url,
                           "I'll answer in the messages to me.");
    }
    if (code) {
        s_fail(hearing, code);
    } else {
        s_end(hearing, SB_OK);
    }
}

static void s_store(hearing_t *hearing, chat_event_kind_t kind, const char *person,
                    const char *value)
{
    const bool typed = kind == CHAT_TEXT;
    const chat_event_t event = {
        .event = hearing->event,
        .person = person,
        .kind = kind,
        .text = kind == CHAT_TEAM ? NULL : hearing->text,
        .value = typed ? NULL : value,
        .message = typed || !hearing->message[0] ? NULL : hearing->message,
        .at_ms = hearing->at_ms,
    };
    chat_host_hear(hearing->ear->config.host, &event, s_on_stored, hearing);
}

/* ---- Who it was. */

static void s_on_chosen(void *arg, int code, const char *person, const sb_err_t *err)
{
    hearing_t *hearing = arg;
    (void)err;
    if (code) {
        s_fail(hearing, code);
        return;
    }
    if (!person) {
        slack_desk_whisper(hearing->ear->config.desk, hearing->response_url,
                           "I can't find that person in my directory.");
        s_end(hearing, SB_OK);
        return;
    }
    char *value = sb_format("%s:%s", hearing->value, person);
    s_store(hearing, CHAT_TEAM, hearing->presser, value);
    free(value);
}

static void s_on_stranger(hearing_t *hearing)
{
    slack_ear_t *self = hearing->ear;
    self->strangers++;
    if (hearing->kind == SLACK_HEARD_TEXT) {
        slack_desk_stranger(self->config.desk, hearing->user, hearing->channel);
    } else {
        slack_desk_whisper(self->config.desk, hearing->response_url,
                           "I can't find you in my directory. Please ask the security team.");
    }
    s_end(hearing, SB_OK);
}

/* Whoever isn't known to be of the team does nothing. A press is not tried again by itself then:
 * its doer is told at once, and presses again. */
static void s_on_member(void *arg, int code, bool member, const sb_err_t *err)
{
    hearing_t *hearing = arg;
    slack_ear_t *self = hearing->ear;
    if (code && self->stopped) {
        s_end(hearing, code);
    } else if (code) {
        sb_warn("press not taken: it is not known who is of the team", "user", hearing->user, "why",
                err->text, NULL);
        self->unjudged++;
        slack_desk_whisper(
            self->config.desk, hearing->response_url,
            "I couldn't see just now whether you are in this channel, so nothing was "
            "done. Please press again in a moment.");
        s_end(hearing, SB_OK);
    } else if (!member) {
        self->outsiders++;
        sb_warn("press not taken: not in the reporting channel", "user", hearing->user, "person",
                hearing->presser, NULL);
        slack_desk_whisper(self->config.desk, hearing->response_url,
                           "Only people who are in this channel can do that, so nothing was done. "
                           "If you have just joined it, please press again in a moment.");
        s_end(hearing, SB_OK);
    } else if (hearing->kind == SLACK_HEARD_TEAM) {
        s_store(hearing, CHAT_TEAM, hearing->presser, hearing->value);
    } else {
        slack_people_find(self->config.people, hearing->chosen, s_on_chosen, hearing);
    }
}

/* Those in the directory who are in the reporting channel. */
static void s_on_team(hearing_t *hearing, const char *person)
{
    free(hearing->presser);
    hearing->presser = sb_strdup(person);
    slack_team_ask(hearing->ear->config.team, hearing->user, s_on_member, hearing);
}

static void s_on_person(void *arg, int code, const char *person, const sb_err_t *err)
{
    hearing_t *hearing = arg;
    if (code) {
        sb_warn("event not stored: its person is not known now", "event", hearing->event, "why",
                err->text, NULL);
        s_fail(hearing, code);
    } else if (!person) {
        s_on_stranger(hearing);
    } else if (hearing->kind == SLACK_HEARD_TEAM || hearing->kind == SLACK_HEARD_GIVE) {
        s_on_team(hearing, person);
    } else {
        s_store(hearing, hearing->kind == SLACK_HEARD_ANSWER ? CHAT_BUTTON : CHAT_TEXT, person,
                hearing->value);
    }
}

static void s_begin(hearing_t *hearing)
{
    slack_people_find(hearing->ear->config.people, hearing->user, s_on_person, hearing);
}

static void s_copy_id(char out[SLACK_ID_SIZE], const char *id)
{
    (void)snprintf(out, SLACK_ID_SIZE, "%s", slack_id_valid(id) ? id : "");
}

/* When it was said, of what comes late; 0 for what comes at once, since Slack's clock need not go
 * with ours. */
static int64_t s_said_ms(const slack_heard_t *heard, bool late)
{
    const int64_t said_ms = late ? slack_ts_ms(heard->ts) : 0;
    const int64_t now_ms = sb_clock_wall_ms();
    return said_ms < now_ms ? said_ms : now_ms;
}

/* Takes the text of heard. late: it was said some time ago. patience_ms: so long it is tried. */
static void s_hear(slack_ear_t *self, slack_heard_t *heard, bool late, int64_t patience_ms,
                   slack_ear_fn *fn, void *arg)
{
    hearing_t *hearing = sb_alloc(sizeof *hearing);
    hearing->ear = self;
    hearing->kind = heard->kind;
    memcpy(hearing->event, heard->event, sizeof hearing->event);
    memcpy(hearing->value, heard->value, sizeof hearing->value);
    memcpy(hearing->message, heard->message, sizeof hearing->message);
    s_copy_id(hearing->user, heard->user);
    s_copy_id(hearing->channel, heard->channel);
    s_copy_id(hearing->chosen, heard->chosen);
    hearing->at_ms = s_said_ms(heard, late);
    hearing->until_ms = sb_clock_mono_ms() + patience_ms;
    hearing->text = heard->text;
    heard->text = NULL;
    hearing->response_url = sb_strdup(heard->response_url);
    hearing->fn = fn;
    hearing->arg = arg;
    if (heard->kind == SLACK_HEARD_TEXT) {
        slack_dm_learn(self->config.dm, hearing->user, hearing->channel);
    }
    s_begin(hearing);
}

/* ---- From Slack. */

static void s_ack(void *arg, int code)
{
    slack_ack_t *ack = arg;
    slack_ack(&ack, code);
}

static void s_on_changed(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)body;
    if (code == SB_EINVALID) { /* no username as the store wants it; it would come again */
        sb_warn("member can't be a person", "why", err->text, NULL);
        code = SB_OK;
    }
    s_ack(arg, code);
}

/* What needs no store, and is acknowledged at once. */
static void s_do(slack_ear_t *self, const slack_heard_t *heard)
{
    switch (heard->kind) {
    case SLACK_HEARD_NOT_YOURS:
        self->not_yours++;
        slack_desk_whisper(self->config.desk, heard->response_url,
                           "That question was put to somebody else.");
        break;
    case SLACK_HEARD_DIALOG:
        slack_desk_dialog(self->config.desk, heard);
        break;
    case SLACK_HEARD_HOME:
        slack_pages_look(self->config.pages, heard->user);
        break;
    case SLACK_HEARD_REVOKED:
        sb_error("the app was removed from the workspace", "event", heard->why, NULL);
        break;
    default:
        self->nothings++;
        sb_debug("nothing that was said", "why", heard->why, NULL);
        break;
    }
}

static slack_self_t s_us(const slack_ear_t *self)
{
    return (slack_self_t){.user = self->user,
                          .bot = self->bot,
                          .team = self->team,
                          .enterprise = self->enterprise,
                          .reporting_channel = self->config.reporting_channel};
}

static void s_on_foreign(slack_ear_t *self, const char *team)
{
    int64_t hidden;
    self->foreign++;
    if (sb_log_gate(&self->gate, sb_clock_mono_ms(), &hidden)) {
        sb_warn("delivery ignored: it is for another workspace", "team", team, "ours", self->team,
                NULL);
    }
}

void slack_ear_envelope(void *ctx, const slack_envelope_t *envelope)
{
    slack_ear_t *self = ctx;
    assert(self->user[0]);
    const slack_self_t us = s_us(self);
    slack_heard_t heard;
    slack_ack_t *ack = envelope->ack;
    self->envelopes++;
    self->retries += envelope->retry > 0 ? 1 : 0;
    const char *foreign = slack_input_foreign(envelope->payload, &us);
    if (foreign) {
        s_on_foreign(self, foreign);
        s_ack(ack, SB_OK);
        return;
    }
    slack_input(envelope->kind, envelope->payload, &us, &heard);
    switch (heard.kind) {
    case SLACK_HEARD_TEXT:
    case SLACK_HEARD_ANSWER:
    case SLACK_HEARD_TEAM:
    case SLACK_HEARD_GIVE:
        s_hear(self, &heard, envelope->retry > 0, CHAT_HEAR_MS, s_ack, ack);
        break;
    case SLACK_HEARD_COMMAND:
        if (slack_desk_command(self->config.desk, &heard)) {
            s_ack(ack, SB_OK);
        } else {
            s_hear(self, &heard, false, CHAT_HEAR_MS, s_ack, ack);
        }
        break;
    case SLACK_HEARD_MEMBER:
        slack_people_changed(self->config.people, heard.member, s_on_changed, ack);
        break;
    default:
        s_ack(ack, SB_OK);
        s_do(self, &heard);
        break;
    }
    slack_heard_clear(&heard);
}

void slack_ear_history(slack_ear_t *self, const cJSON *message, const char *channel,
                       slack_ear_fn *fn, void *arg)
{
    const slack_self_t us = s_us(self);
    slack_heard_t heard;
    slack_input_history(message, channel, &us, &heard);
    if (heard.kind == SLACK_HEARD_TEXT) {
        s_hear(self, &heard, true, 0, fn, arg);
    } else {
        fn(arg, SB_OK);
    }
    slack_heard_clear(&heard);
}

/* ---- Life. */

slack_ear_t *slack_ear_new(const slack_ear_config_t *config)
{
    slack_ear_t *self = sb_alloc(sizeof *self);
    self->config = *config;
    self->timers = sb_timers_new(chat_host_loop(config->host));
    return self;
}

void slack_ear_stop(slack_ear_t *self)
{
    hearing_t *all = self->waiting;
    self->stopped = true; /* so none is added */
    self->waiting = NULL;
    while (all) {
        hearing_t *hearing = all;
        all = hearing->next;
        sb_timers_cancel(self->timers, &hearing->timer);
        s_end(hearing, SB_ERETRY);
    }
}

void slack_ear_destroy(slack_ear_t **self_p)
{
    slack_ear_t *self = *self_p;
    if (!self) {
        return;
    }
    slack_ear_stop(self);
    sb_timers_destroy(&self->timers);
    free(self);
    *self_p = NULL;
}

void slack_ear_self(slack_ear_t *self, const char *user, const char *bot)
{
    s_copy_id(self->user, user);
    s_copy_id(self->bot, bot);
}

void slack_ear_place(slack_ear_t *self, const char *team, const char *enterprise)
{
    s_copy_id(self->team, team);
    s_copy_id(self->enterprise, enterprise);
}

void slack_ear_stats(const slack_ear_t *self, cJSON *object)
{
    sb_json_add_int(object, "deliveries", (int64_t)self->envelopes);
    sb_json_add_int(object, "deliveries_again", (int64_t)self->retries);
    sb_json_add_int(object, "deliveries_idle", (int64_t)self->nothings);
    sb_json_add_int(object, "not_theirs", (int64_t)self->not_yours);
    sb_json_add_int(object, "strangers", (int64_t)self->strangers);
    sb_json_add_int(object, "team_outsiders", (int64_t)self->outsiders);
    sb_json_add_int(object, "team_unjudged", (int64_t)self->unjudged);
    sb_json_add_int(object, "hears_again", (int64_t)self->again);
    sb_json_add_int(object, "deliveries_foreign", (int64_t)self->foreign);
}
