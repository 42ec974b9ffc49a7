/* reply.c */
#include "tests/support/fake/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/mem.h"

#define VALUE_MAX 8192

/* A reply that waits for its time. */
typedef struct {
    reply_t reply;
    web_t *web;
    web_call_t *call;
    uint64_t timer;
} late_t;

reply_t reply_new(void)
{
    return (reply_t){
        .status = 200,
        .type = "application/json",
        .body = out_new(),
        .headers = sb_buf(REPLY_HEADERS_MAX),
    };
}

void reply_header(reply_t *self, const char *name, const char *fmt, ...)
{
    char value[VALUE_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(value, sizeof value, fmt, args);
    va_end(args);
    value[strcspn(value, "\r\n")] = '\0';
    sb_buf_printf(&self->headers, "%s: %s\r\n", name, value);
}

void reply_clear(reply_t *self)
{
    out_clear(&self->body);
}

void reply_free(reply_t *self)
{
    out_free(&self->body);
    sb_buf_free(&self->headers);
}

static void s_date(reply_t *self)
{
    char date[64];
    struct tm tm;
    const time_t now = time(NULL);
    (void)gmtime_r(&now, &tm);
    if (strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0) {
        reply_header(self, "date", "%s", date);
    }
}

static void s_send(reply_t *self, web_call_t *call)
{
    if (self->drop) {
        web_drop(call);
    } else {
        s_date(self);
        if (self->status != 204) {
            reply_header(self, "content-type", "%s", self->type);
        }
        web_answer(call, self->status, sb_buf_text(&self->headers), sb_buf_text(&self->body.buf),
                   self->body.buf.len);
    }
    reply_free(self);
}

static void s_due(void *arg)
{
    late_t *late = arg;
    s_send(&late->reply, late->call);
    free(late);
}

static void s_gone(void *arg)
{
    late_t *late = arg;
    web_cancel(late->web, &late->timer);
    reply_free(&late->reply);
    free(late);
}

void reply_send(reply_t *self, web_t *web, web_call_t *call)
{
    if (self->delay_ms <= 0) {
        s_send(self, call);
        return;
    }
    late_t *late = sb_alloc(sizeof *late);
    *late = (late_t){.reply = *self, .web = web, .call = call};
    late->timer = web_after(web, self->delay_ms, s_due, late);
    web_on_gone(call, s_gone, late);
    *self = (reply_t){0};
}
