/* http.c */
#include "tests/support/fake_slack/http.h"

#include <inttypes.h>

#include "lib/mem.h"

#define HEADERS_MAX 2048

void reply_init(reply_t *self)
{
    *self = (reply_t){
        .status = 200,
        .type = "application/json; charset=utf-8",
        .body = out_new(),
        .retry_after_s = -1,
    };
}

void reply_free(reply_t *self)
{
    out_free(&self->body);
}

static const char *s_reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 303:
        return "See Other";
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 409:
        return "Conflict";
    case 411:
        return "Length Required";
    case 413:
        return "Content Too Large";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 503:
        return "Service Unavailable";
    default:
        return "Status";
    }
}

sb_buf_t reply_print(const reply_t *self)
{
    sb_buf_t text = sb_buf(OUT_SIZE_MAX + HEADERS_MAX);
    sb_buf_printf(&text,
                  "HTTP/1.1 %d %s\r\ncontent-type: %s\r\ncontent-length: %zu\r\n"
                  "cache-control: no-store\r\n",
                  self->status, s_reason(self->status), self->type, self->body.buf.len);
    if (self->retry_after_s >= 0) {
        sb_buf_printf(&text, "retry-after: %" PRId64 "\r\n", self->retry_after_s);
    }
    if (self->scopes) {
        sb_buf_printf(&text, "x-oauth-scopes: %s\r\n", self->scopes);
    }
    if (self->accepted_scopes) {
        sb_buf_printf(&text, "x-accepted-oauth-scopes: %s\r\n", self->accepted_scopes);
    }
    if (*self->location) {
        sb_buf_printf(&text, "location: %s\r\n", self->location);
    }
    sb_buf_puts(&text, "\r\n");
    sb_buf_add(&text, self->body.buf.text, self->body.buf.len);
    return text;
}
