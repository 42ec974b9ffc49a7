/* slack_line.c: the core's side. */
#include "services/chatd/slack_line.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libwebsockets.h>

#include "lib/lws.h"
#include "lib/mem.h"
#include "lib/pipe.h"
#include "services/chatd/slack_line_mail.h"

#define MAILS_PER_WAKE 256 /* then the core looks after others */

struct slack_line {
    zloop_t *loop;
    slack_line_fn *fn;
    void *ctx;
    char *ca_file;
    zactor_t *actor; /* NULL once stopped */
    line_shared_t shared;
};

void line_mail_destroy(line_mail_t **self_p)
{
    line_mail_t *self = *self_p;
    if (!self) {
        return;
    }
    free(self->address);
    free(self->host);
    free(self->path);
    free(self->data);
    free(self);
    *self_p = NULL;
}

/* ---- From the actor. */

/* False if nothing was there. */
static bool s_take(slack_line_t *self)
{
    line_mail_t *mail = sb_pipe_receive(zactor_sock(self->actor), false, NULL);
    if (!mail) {
        return false;
    }
    const slack_line_news_t news = {.kind = mail->news,
                                    .gen = mail->gen,
                                    .data = mail->data,
                                    .size = mail->size,
                                    .why = mail->why};
    atomic_fetch_sub(&self->shared.waiting, mail->size);
    self->fn(self->ctx, &news);
    line_mail_destroy(&mail);
    return true;
}

static int s_on_mail(zloop_t *loop, zsock_t *reader, void *arg)
{
    slack_line_t *self = arg;
    (void)loop;
    (void)reader;
    for (size_t i = 0; i < MAILS_PER_WAKE && s_take(self); i++) {
    }
    return 0;
}

void slack_line_drain(slack_line_t *self)
{
    while (self->actor && s_take(self)) {
    }
}

/* ---- To the actor. */

static void s_send(slack_line_t *self, line_mail_t *mail)
{
    if (!self->actor || !sb_pipe_send(zactor_sock(self->actor), &mail)) {
        atomic_fetch_add(&self->shared.lost, 1);
        line_mail_destroy(&mail);
    }
    if (self->actor) {
        lws_cancel_service(self->shared.lws);
    }
}

static line_mail_t *s_mail(line_kind_t kind, uint64_t gen)
{
    line_mail_t *mail = sb_alloc(sizeof *mail);
    mail->kind = kind;
    mail->gen = gen;
    return mail;
}

void slack_line_connect(slack_line_t *self, uint64_t gen, const slack_line_target_t *target)
{
    line_mail_t *mail = s_mail(LINE_CONNECT, gen);
    mail->address = sb_strdup(target->address);
    mail->host = sb_strdup(target->host);
    mail->path = sb_strdup(target->path);
    mail->port = target->port;
    mail->tls = target->tls;
    s_send(self, mail);
}

void slack_line_say(slack_line_t *self, uint64_t gen, const char *text)
{
    line_mail_t *mail = s_mail(LINE_SAY, gen);
    mail->data = sb_strdup(text);
    mail->size = strlen(text);
    s_send(self, mail);
}

void slack_line_ping(slack_line_t *self, uint64_t gen)
{
    s_send(self, s_mail(LINE_PING, gen));
}

void slack_line_close(slack_line_t *self, uint64_t gen)
{
    s_send(self, s_mail(LINE_CLOSE, gen));
}

void slack_line_kill(slack_line_t *self, uint64_t gen)
{
    s_send(self, s_mail(LINE_KILL, gen));
}

/* ---- Life. */

slack_line_t *slack_line_new(zloop_t *loop, const char *ca_file, slack_line_fn *fn, void *ctx,
                             sb_err_t *err)
{
    if (ca_file[0] && access(ca_file, R_OK) != 0) {
        (void)sb_fail(err, SB_EINVALID, "%.200s: %s", ca_file, strerror(errno));
        return NULL;
    }
    slack_line_t *self = sb_alloc(sizeof *self);
    self->loop = loop;
    self->fn = fn;
    self->ctx = ctx;
    self->ca_file = sb_strdup(ca_file);
    self->shared.ca_file = self->ca_file;
    sb_lws_log_open();
    self->actor = zactor_new(slack_line_run, &self->shared);
    if (!self->actor || !self->shared.lws) {
        (void)sb_fail(err, SB_EINTERNAL, "libwebsockets can't begin");
        zactor_destroy(&self->actor);
        free(self->ca_file);
        free(self);
        return NULL;
    }
    (void)zloop_reader(loop, zactor_sock(self->actor), s_on_mail, self);
    return self;
}

/* Reads until the actor's last mail, so that none is left in the pipe. */
static void s_await_stopped(slack_line_t *self)
{
    bool stopped = false;
    while (!stopped) {
        line_mail_t *mail = sb_pipe_receive(zactor_sock(self->actor), true, NULL);
        stopped = mail && mail->kind == LINE_STOPPED;
        line_mail_destroy(&mail);
    }
}

void slack_line_stop(slack_line_t *self)
{
    if (!self->actor) {
        return;
    }
    zloop_reader_end(self->loop, zactor_sock(self->actor));
    line_mail_t *mail = s_mail(LINE_STOP, 0);
    do {
        lws_cancel_service(self->shared.lws);
    } while (!sb_pipe_send(zactor_sock(self->actor), &mail));
    lws_cancel_service(self->shared.lws);
    s_await_stopped(self);
    zactor_destroy(&self->actor);
}

void slack_line_destroy(slack_line_t **self_p)
{
    slack_line_t *self = *self_p;
    if (!self) {
        return;
    }
    slack_line_stop(self);
    free(self->ca_file);
    free(self);
    *self_p = NULL;
}

void slack_line_stats(const slack_line_t *self, cJSON *object)
{
    sb_json_add_int(object, "frames", (int64_t)atomic_load(&self->shared.frames));
    sb_json_add_int(object, "frames_bad", (int64_t)atomic_load(&self->shared.bad));
    sb_json_add_int(object, "frames_lost", (int64_t)atomic_load(&self->shared.lost));
    sb_json_add_int(object, "reads_paused", (int64_t)atomic_load(&self->shared.paused));
}
