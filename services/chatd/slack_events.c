/* slack_events.c: the core's side. */
#include "services/chatd/slack_events.h"

#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>

#include "lib/lws.h"
#include "lib/mem.h"
#include "lib/pipe.h"
#include "services/chatd/slack_ack.h"
#include "services/chatd/slack_events_mail.h"

#define MAILS_PER_WAKE 256 /* then the core looks after others */

struct slack_events {
    zloop_t *loop;
    slack_envelope_fn *fn;
    void *ctx;
    slack_acks_t *acks;
    zactor_t *actor; /* NULL once stopped */
    events_shared_t shared;
    char url[SB_LWS_URL_MAX];
    uint64_t envelopes;
    uint64_t retried;
    uint64_t acked;
    uint64_t not_acked;
};

void events_mail_destroy(events_mail_t **self_p)
{
    events_mail_t *self = *self_p;
    if (!self) {
        return;
    }
    cJSON_Delete(self->payload);
    free(self);
    *self_p = NULL;
}

/* ---- To the server. */

static void s_answer(slack_events_t *self, uint64_t id, int code)
{
    if (!self->actor) {
        return;
    }
    events_mail_t *mail = sb_alloc(sizeof *mail);
    mail->kind = EVENTS_ANSWER;
    mail->id = id;
    mail->code = code;
    /* If it does not fit, the server answers 503 when the time is over. */
    (void)sb_pipe_send(zactor_sock(self->actor), &mail);
    events_mail_destroy(&mail);
    lws_cancel_service(self->shared.lws);
}

static void s_on_decided(void *owner, uint64_t request, const char *id, int code)
{
    slack_events_t *self = owner;
    (void)id;
    self->acked += code ? 0 : 1;
    self->not_acked += code ? 1 : 0;
    s_answer(self, request, code);
}

/* ---- From the server. */

static void s_envelope(slack_events_t *self, const events_mail_t *mail)
{
    slack_envelope_t envelope = {.kind = mail->envelope_kind,
                                 .payload = mail->payload,
                                 .retry = mail->retry,
                                 .ack = slack_acks_add(self->acks, mail->id, "")};
    if (!envelope.ack) {
        atomic_fetch_add(&self->shared.busy, 1);
        s_answer(self, mail->id, SB_EBUSY);
        return;
    }
    memcpy(envelope.retry_reason, mail->reason, sizeof envelope.retry_reason);
    self->envelopes++;
    self->retried += mail->retry > 0 ? 1 : 0;
    self->fn(self->ctx, &envelope);
}

static int s_on_mail(zloop_t *loop, zsock_t *reader, void *arg)
{
    slack_events_t *self = arg;
    (void)loop;
    (void)reader;
    for (size_t i = 0; i < MAILS_PER_WAKE && self->actor; i++) {
        events_mail_t *mail = sb_pipe_receive(zactor_sock(self->actor), false, NULL);
        if (!mail) {
            break;
        }
        s_envelope(self, mail);
        events_mail_destroy(&mail);
    }
    return 0;
}

/* ---- Life. */

static void s_free(slack_events_t *self)
{
    slack_acks_destroy(&self->acks);
    if (self->shared.signing_secret) {
        sb_wipe(self->shared.signing_secret, strlen(self->shared.signing_secret));
        free(self->shared.signing_secret);
    }
    free(self);
}

slack_events_t *slack_events_new(zloop_t *loop, const slack_events_config_t *config,
                                 slack_envelope_fn *fn, void *ctx, sb_err_t *err)
{
    slack_events_t *self = sb_alloc(sizeof *self);
    self->loop = loop;
    self->fn = fn;
    self->ctx = ctx;
    if (sb_listen_parse(config->listen, self->shared.host, &self->shared.port, err)) {
        s_free(self);
        return NULL;
    }
    self->acks = slack_acks_new(s_on_decided, self);
    self->shared.signing_secret = sb_strdup(config->signing_secret);
    sb_lws_log_open();
    self->actor = zactor_new(slack_events_run, &self->shared);
    if (!self->actor || self->shared.port < 0) {
        (void)sb_fail(err, SB_EINTERNAL, "can't listen on %.100s", config->listen);
        zactor_destroy(&self->actor);
        s_free(self);
        return NULL;
    }
    sb_lws_url(self->shared.host, self->shared.port, SLACK_EVENTS_PATH, self->url);
    (void)zloop_reader(loop, zactor_sock(self->actor), s_on_mail, self);
    return self;
}

/* Reads until the server's last mail, so that none is left in the pipe. */
static void s_await_stopped(slack_events_t *self)
{
    bool stopped = false;
    while (!stopped) {
        events_mail_t *mail = sb_pipe_receive(zactor_sock(self->actor), true, NULL);
        stopped = mail && mail->kind == EVENTS_STOPPED;
        events_mail_destroy(&mail);
    }
}

void slack_events_stop(slack_events_t *self)
{
    if (!self->actor) {
        return;
    }
    zloop_reader_end(self->loop, zactor_sock(self->actor));
    events_mail_t *mail = sb_alloc(sizeof *mail);
    mail->kind = EVENTS_STOP;
    do {
        lws_cancel_service(self->shared.lws);
    } while (!sb_pipe_send(zactor_sock(self->actor), &mail));
    lws_cancel_service(self->shared.lws);
    s_await_stopped(self);
    zactor_destroy(&self->actor);
}

void slack_events_destroy(slack_events_t **self_p)
{
    slack_events_t *self = *self_p;
    if (!self) {
        return;
    }
    slack_events_stop(self);
    s_free(self);
    *self_p = NULL;
}

const char *slack_events_url(const slack_events_t *self)
{
    return self->url;
}

void slack_events_stats(const slack_events_t *self, cJSON *object)
{
    const events_shared_t *shared = &self->shared;
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"events_requests",     atomic_load(&shared->requests)  },
        {"events_forged",       atomic_load(&shared->forged)    },
        {"events_stale",        atomic_load(&shared->stale)     },
        {"events_bad",          atomic_load(&shared->bad)       },
        {"events_challenges",   atomic_load(&shared->challenges)},
        {"events_limited",      atomic_load(&shared->limited)   },
        {"events_busy",         atomic_load(&shared->busy)      },
        {"events_late",         atomic_load(&shared->late)      },
        {"envelopes",           self->envelopes                 },
        {"envelopes_retried",   self->retried                   },
        {"envelopes_acked",     self->acked                     },
        {"envelopes_not_acked", self->not_acked                 },
        {"envelopes_open",      slack_acks_open(self->acks)     },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_json_add_int(object, rows[i].name, (int64_t)rows[i].value);
    }
}
