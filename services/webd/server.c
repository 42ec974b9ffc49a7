/* server.c: the core's side. */
#include "services/webd/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/lws.h"
#include "lib/mem.h"
#include "lib/pipe.h"
#include "services/webd/server_mail.h"

#define MAILS_PER_WAKE 256 /* then the core looks after others */

struct server {
    zloop_t *loop;
    server_fn *fn;
    void *ctx;
    zactor_t *actor; /* NULL once stopped */
    server_shared_t shared;
    char url[SB_LWS_URL_MAX + 1];
    uint64_t answers;
};

server_mail_t *server_mail_new(server_mail_kind_t kind)
{
    server_mail_t *self = sb_alloc(sizeof *self);
    self->kind = kind;
    return self;
}

void server_mail_destroy(server_mail_t **self_p)
{
    server_mail_t *self = *self_p;
    if (!self) {
        return;
    }
    request_destroy(&self->request);
    free(self->type);
    free(self->location);
    free(self->cookie);
    free(self->body);
    free(self);
    *self_p = NULL;
}

void server_answer(server_t *self, uint64_t id, const server_answer_t *answer)
{
    if (!self->actor) {
        return;
    }
    server_mail_t *mail = server_mail_new(SERVER_ANSWER);
    mail->id = id;
    mail->status = answer->status;
    mail->type = sb_strdup(answer->type);
    mail->location = sb_strdup(answer->location);
    mail->cookie = sb_strdup(answer->cookie);
    mail->size = answer->size;
    mail->body = sb_alloc(LWS_PRE + SERVER_HEADERS_MAX + answer->size);
    if (answer->size > 0) {
        memcpy(mail->body + LWS_PRE + SERVER_HEADERS_MAX, answer->body, answer->size);
    }
    self->answers++;
    /* If it does not fit, the server answers 503 when the time is over. */
    (void)sb_pipe_send(zactor_sock(self->actor), &mail);
    server_mail_destroy(&mail);
    lws_cancel_service(self->shared.lws);
}

static int s_on_mail(zloop_t *loop, zsock_t *reader, void *arg)
{
    server_t *self = arg;
    (void)loop;
    (void)reader;
    for (size_t i = 0; i < MAILS_PER_WAKE && self->actor; i++) {
        server_mail_t *mail = sb_pipe_receive(zactor_sock(self->actor), false, NULL);
        if (!mail) {
            break;
        }
        self->fn(self->ctx, &mail->request, &mail->route);
        server_mail_destroy(&mail);
    }
    return 0;
}

static void s_free(server_t *self)
{
    free(self->shared.origin);
    free(self->shared.cert_file);
    free(self->shared.key_file);
    free(self);
}

server_t *server_new(zloop_t *loop, const server_config_t *config, server_fn *fn, void *ctx,
                     sb_err_t *err)
{
    server_t *self = sb_alloc(sizeof *self);
    char url[SB_LWS_URL_MAX];
    self->loop = loop;
    self->fn = fn;
    self->ctx = ctx;
    if (sb_listen_parse(config->listen, self->shared.host, &self->shared.port, err)) {
        s_free(self);
        return NULL;
    }
    self->shared.origin = sb_strdup(config->origin);
    self->shared.cert_file = sb_strdup(config->cert_file);
    self->shared.key_file = sb_strdup(config->key_file);
    sb_lws_log_open();
    self->actor = zactor_new(server_run, &self->shared);
    if (!self->actor || self->shared.port < 0) {
        (void)sb_fail(err, SB_EINTERNAL, "can't listen on %.100s%s", config->listen,
                      config->cert_file ? ", or can't use the certificate and its key" : "");
        zactor_destroy(&self->actor);
        s_free(self);
        return NULL;
    }
    sb_lws_url(self->shared.host, self->shared.port, "/", url);
    (void)snprintf(self->url, sizeof self->url, "http%s%s", config->cert_file ? "s" : "",
                   url + strlen("http"));
    (void)zloop_reader(loop, zactor_sock(self->actor), s_on_mail, self);
    return self;
}

/* Reads until the server's last mail, so that none is left in the pipe. */
static void s_await_stopped(server_t *self)
{
    bool stopped = false;
    while (!stopped) {
        server_mail_t *mail = sb_pipe_receive(zactor_sock(self->actor), true, NULL);
        stopped = mail && mail->kind == SERVER_STOPPED;
        server_mail_destroy(&mail);
    }
}

void server_stop(server_t *self)
{
    if (!self->actor) {
        return;
    }
    zloop_reader_end(self->loop, zactor_sock(self->actor));
    server_mail_t *mail = server_mail_new(SERVER_STOP);
    do {
        lws_cancel_service(self->shared.lws);
    } while (!sb_pipe_send(zactor_sock(self->actor), &mail));
    lws_cancel_service(self->shared.lws);
    s_await_stopped(self);
    zactor_destroy(&self->actor);
}

void server_destroy(server_t **self_p)
{
    server_t *self = *self_p;
    if (!self) {
        return;
    }
    server_stop(self);
    s_free(self);
    *self_p = NULL;
}

const char *server_url(const server_t *self)
{
    return self->url;
}

void server_stats(const server_t *self, cJSON *object)
{
    const server_shared_t *shared = &self->shared;
    sb_json_add_int(object, "requests", (int64_t)atomic_load(&shared->requests));
    sb_json_add_int(object, "requests_refused", (int64_t)atomic_load(&shared->refused));
    sb_json_add_int(object, "requests_busy", (int64_t)atomic_load(&shared->busy));
    sb_json_add_int(object, "requests_late", (int64_t)atomic_load(&shared->late));
    sb_json_add_int(object, "answers", (int64_t)self->answers);
}
