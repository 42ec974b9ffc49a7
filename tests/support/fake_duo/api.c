/* api.c */
#include "tests/support/fake_duo/api.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "tests/support/fake_duo/sign.h"

#define SKEW_S_MAX 300
#define X_DUO "x-duo-"
#define IKEY_SIZE 128
#define HEADERS_MAX (64u * 1024)

typedef struct {
    const char *verb;
    bool is_signed;
    api_fn *fn;
} method_t;

const char *const api_names[] = {"ping",        "check",  "preauth",       "auth",
                                 "auth_status", "enroll", "enroll_status", NULL};
static const method_t s_methods[METHODS_N] = {
    {"GET",  false, api_ping         },
    {"GET",  true,  api_check        },
    {"POST", true,  api_preauth      },
    {"POST", true,  api_auth         },
    {"GET",  true,  api_auth_status  },
    {"POST", true,  api_enroll       },
    {"POST", true,  api_enroll_status},
};

/* ---- Answers. */

static void s_write_failure(reply_t *reply, int code, const char *message, const char *detail)
{
    reply_clear(reply);
    reply->status = code / 100;
    out_begin(&reply->body, NULL, '{');
    out_int(&reply->body, "code", code);
    out_str(&reply->body, "message", message);
    if (detail) {
        out_str(&reply->body, "message_detail", detail);
    }
    out_str(&reply->body, "stat", "FAIL");
    out_end(&reply->body, '}');
}

api_when_t api_fail(call_t *self, int code, const char *message, const char *detail)
{
    self->duo->methods[self->method].failed++;
    s_write_failure(&self->reply, code, message, detail);
    return API_DONE;
}

api_when_t api_bad(call_t *self, const char *param)
{
    return api_fail(self, 40002, "Invalid request parameters", param);
}

static void s_free(call_t *self)
{
    params_free(&self->params);
    free(self->fault.body);
    free(self);
}

void api_finish(call_t *self)
{
    if (self->reply.status == 200) {
        out_str(&self->reply.body, "stat", "OK");
        out_end(&self->reply.body, '}');
    }
    fault_spoil(self->has_fault ? &self->fault : NULL, &self->reply);
    reply_send(&self->reply, self->duo->web, self->web);
    s_free(self);
}

void api_abandon(call_t *self)
{
    reply_free(&self->reply);
    s_free(self);
}

/* ---- Signatures. */

/* The X-Duo-* headers as version 5 signs them: in order of their names. */
static void s_x_duo(web_call_t *web, sb_buf_t *out)
{
    const char *last = "";
    for (;;) {
        const char *next = NULL;
        const char *next_value = NULL;
        const char *name = NULL;
        const char *value = NULL;
        for (size_t i = 0; web_header_at(web, i, &name, &value); i++) {
            if (strncmp(name, X_DUO, strlen(X_DUO)) == 0 && strcmp(name, last) > 0 &&
                (!next || strcmp(name, next) < 0)) {
                next = name;
                next_value = value;
            }
        }
        if (!next) {
            return;
        }
        if (out->len > 0) {
            sb_buf_add(out, "", 1);
        }
        sb_buf_puts(out, next);
        sb_buf_add(out, "", 1);
        sb_buf_puts(out, next_value);
        last = next;
    }
}

static bool s_is_json(web_call_t *web)
{
    const char *type = web_header(web, "content-type");
    return type && strncmp(type, "application/json", strlen("application/json")) == 0;
}

/* Counts which signature it is, of those that the request can have. False if none. A form is signed
 * in version 2, JSON in version 5, a GET in either. */
static bool s_is_signed(call_t *call, const char *date, const char *hex)
{
    sign_count_t *count = &call->duo->signatures;
    const web_request_t *request = web_request(call->web);
    const bool get = strcmp(request->method, "GET") == 0;
    const bool json = s_is_json(call->web);
    const char *host = web_header(call->web, "host");
    sb_buf_t params = sb_buf(SIZE_MAX / 4);
    sb_buf_t headers = sb_buf(HEADERS_MAX);
    if (get || !json) {
        params_canonical(&call->params, &params);
    }
    s_x_duo(call->web, &headers);
    const sign_what_t what = {
        .date = date,
        .method = request->method,
        .host = host ? host : "",
        .path = request->path,
        .params = sb_buf_text(&params),
        .body = request->body,
        .body_size = request->body_size,
        .headers = sb_buf_text(&headers),
        .headers_size = headers.len,
    };
    const struct {
        sign_kind_t kind;
        bool may_be;
        uint64_t *count;
    } rows[] = {
        {SIGN_SHA512_V2, get || !json, &count->v2  },
        {SIGN_SHA512_V5, get || json,  &count->v5  },
        {SIGN_SHA1_V2,   get || !json, &count->sha1},
    };
    bool good = false;
    bool found = false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && !found; i++) {
        char want[SIGN_HEX_MAX];
        if (rows[i].may_be) {
            sign_hex(&what, rows[i].kind, call->duo->options->skey, want);
            found = strcmp(want, hex) == 0;
        }
        if (found) {
            (*rows[i].count)++;
            good = rows[i].kind != SIGN_SHA1_V2;
        }
    }
    count->bad += !found;
    sb_buf_free(&params);
    sb_buf_free(&headers);
    return good;
}

/* False: it has failed. */
static bool s_check(call_t *call)
{
    sign_count_t *count = &call->duo->signatures;
    const char *authorization = web_header(call->web, "authorization");
    const char *x_date = web_header(call->web, "x-duo-date");
    const char *date = x_date ? x_date : web_header(call->web, "date");
    char ikey[IKEY_SIZE];
    char hex[SIGN_HEX_MAX];
    int64_t at_s = 0;
    if (!authorization || !date ||
        !sign_credentials(authorization, ikey, sizeof ikey, hex, sizeof hex)) {
        count->missing++;
        (void)api_fail(call, 40101, "Missing request credentials", NULL);
        return false;
    }
    if (strcmp(ikey, call->duo->options->ikey) != 0) {
        count->strangers++;
        (void)api_fail(call, 40102, "Invalid integration key in request credentials", NULL);
        return false;
    }
    if (!s_is_signed(call, date, hex)) {
        (void)api_fail(call, 40103, "Invalid signature in request credentials", NULL);
        return false;
    }
    if (!sign_date(date, &at_s) || llabs(at_s - duo_now_s(call->duo)) > SKEW_S_MAX) {
        count->skewed++;
        (void)api_fail(call, 40105, "Bad request timestamp", NULL);
        return false;
    }
    count->x_duo_date += x_date != NULL;
    return true;
}

/* ---- Requests. */

/* False if what came are no parameters. */
static bool s_read(call_t *call)
{
    const web_request_t *request = web_request(call->web);
    if (strcmp(request->method, "GET") == 0) {
        return params_read_form(&call->params, request->query, strlen(request->query)) &&
               request->body_size == 0;
    }
    if (s_is_json(call->web)) {
        return params_read_json(&call->params, request->body, request->body_size) &&
               !*request->query;
    }
    return params_read_form(&call->params, request->body, request->body_size) && !*request->query;
}

static api_when_t s_apply(call_t *call)
{
    const method_t *method = &s_methods[call->method];
    const bool readable = s_read(call);
    if (method->is_signed && !s_check(call)) {
        return API_DONE;
    }
    if (!readable || *call->params.wrong) {
        return api_bad(call, readable ? call->params.wrong : "unreadable");
    }
    out_begin(&call->reply.body, NULL, '{');
    return method->fn(call);
}

/* Looks whether a script is for this call, and keeps a copy. */
static void s_take_fault(call_t *call)
{
    method_count_t *count = &call->duo->methods[call->method];
    const fault_t *fault = faults_next(call->duo->faults, api_names[call->method]);
    const int64_t now_ms = sb_clock_mono_ms();
    count->early += now_ms < count->hold_until_ms;
    if (!fault) {
        return;
    }
    count->scripted++;
    call->has_fault = true;
    call->fault = *fault;
    call->fault.next = NULL;
    call->fault.quirk = NULL;
    call->fault.body = sb_strdup(fault->body);
    if (fault->status == 429 && fault->retry_after_s > 0) {
        count->hold_until_ms = now_ms + fault->retry_after_s * 1000;
    }
}

static void s_refuse(duo_t *duo, web_call_t *web, int code, const char *message)
{
    reply_t reply = reply_new();
    s_write_failure(&reply, code, message, NULL);
    reply_send(&reply, duo->web, web);
}

void api_serve(duo_t *duo, web_call_t *web)
{
    const web_request_t *request = web_request(web);
    const char *name = strncmp(request->path, API_PATH, strlen(API_PATH)) == 0
                           ? request->path + strlen(API_PATH)
                           : "";
    size_t i = 0;
    while (i < METHODS_N && strcmp(api_names[i], name) != 0) {
        i++;
    }
    if (i == METHODS_N) {
        s_refuse(duo, web, 40401, "Resource not found");
        return;
    }
    if (strcmp(request->method, s_methods[i].verb) != 0) {
        s_refuse(duo, web, 40501, "Method not allowed");
        return;
    }
    call_t *call = sb_alloc(sizeof *call);
    call->duo = duo;
    call->web = web;
    call->method = i;
    call->reply = reply_new();
    duo->methods[i].calls++;
    s_take_fault(call);
    const bool applies = fault_applies(call->has_fault ? &call->fault : NULL);
    if (!applies) {
        out_begin(&call->reply.body, NULL, '{');
    }
    if (!applies || s_apply(call) == API_DONE) {
        api_finish(call);
    }
}
