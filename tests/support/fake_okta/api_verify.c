/* api_verify.c: a factor is verified by a code, or by a push and its polls. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/totp.h"
#include "tests/support/fake_okta/api.h"

#define MS_PER_S 1000

const char *const okta_quirks[] = {
    "foreign_poll",   /* the link to poll leads to another host */
    "no_links",       /* there is none */
    "no_embedded",    /* a number was asked for, but none comes */
    "text_number",    /* the number is a text */
    "no_result",      /* there is no factorResult */
    "unknown_result", /* factorResult is a word nobody knows */
    NULL,
};

/* ---- Writing a transaction. */

static char *s_factor_url(const call_t *call)
{
    return sb_format("%s/api/v1/users/%s/factors/%s", web_url(call->okta->web), call->user->id,
                     call->factor->id);
}

static void s_write_waiting(call_t *call, const push_t *push)
{
    out_t *out = &call->reply->body;
    char *factor = s_factor_url(call);
    char *own = sb_format("%s/transactions/%s", factor, push->id);
    char *foreign =
        sb_format("%s/api/v1/users/%s/factors/%s/transactions/%s", call->okta->options.foreign_url,
                  call->user->id, call->factor->id, push->id);
    out_str(out, "expiresAt", okta_time(push->expires_ms).text);
    if (!fault_quirk(call->fault, "no_links")) {
        out_begin(out, "_links", '{');
        link_write(out, "poll", fault_quirk(call->fault, "foreign_poll") ? foreign : own, "GET");
        link_write(out, "cancel", own, "DELETE");
        out_end(out, '}');
    }
    if (push->number && !fault_quirk(call->fault, "no_embedded")) {
        char number[16];
        snprintf(number, sizeof number, "%d", push->number);
        out_begin(out, "_embedded", '{');
        out_begin(out, "challenge", '{');
        if (fault_quirk(call->fault, "text_number")) {
            out_str(out, "correctAnswer", number);
        } else {
            out_int(out, "correctAnswer", push->number);
        }
        out_end(out, '}');
        out_end(out, '}');
    }
    free(factor);
    free(own);
    free(foreign);
}

static void s_write_refused(call_t *call)
{
    out_t *out = &call->reply->body;
    char *factor = s_factor_url(call);
    char *verify = sb_format("%s/verify", factor);
    out_begin(out, "_links", '{');
    link_write(out, "verify", verify, "POST");
    link_write(out, "factor", factor, "GET");
    out_end(out, '}');
    free(factor);
    free(verify);
}

static void s_write_push(call_t *call, const push_t *push)
{
    out_t *out = &call->reply->body;
    const push_end_t end = push_end(push, call->now_ms);
    out_begin(out, NULL, '{');
    if (fault_quirk(call->fault, "unknown_result")) {
        out_str(out, "factorResult", "PERHAPS");
    } else if (!fault_quirk(call->fault, "no_result")) {
        out_str(out, "factorResult", push_end_name(end));
    }
    if (end == PUSH_WAITING) {
        s_write_waiting(call, push);
    } else if (end != PUSH_SUCCESS) {
        s_write_refused(call);
    }
    out_end(out, '}');
}

/* ---- By push. */

typedef struct {
    push_t *push;
    phone_t phone;
} answer_t;

static void s_phone_due(void *arg)
{
    answer_t *answer = arg;
    static const push_end_t ends[] = {
        [PHONE_APPROVE] = PUSH_SUCCESS,
        [PHONE_WRONG] = PUSH_REJECTED,
        [PHONE_REJECT] = PUSH_REJECTED,
        [PHONE_EXPIRE] = PUSH_TIMEOUT,
    };
    push_t *push = answer->push;
    push->timer = 0;
    push->owner = NULL;
    (void)push_finish(push, ends[answer->phone], 0);
    free(answer);
}

static void s_answer_later(okta_t *okta, push_t *push)
{
    if (push->user->phone == PHONE_NOTHING) {
        return;
    }
    answer_t *answer = sb_alloc(sizeof *answer);
    *answer = (answer_t){.push = push, .phone = push->user->phone};
    push->owner = answer;
    push->timer = web_after(okta->web, push->user->phone_after_ms, s_phone_due, answer);
}

/* A header is any bytes; shown are those that are text. */
static void s_keep(char *out, size_t size, const char *header)
{
    size_t len = 0;
    for (; header[len] && len < size - 1; len++) {
        out[len] = header[len] >= ' ' && header[len] <= '~' ? header[len] : '?';
    }
    out[len] = '\0';
}

static void s_push(call_t *call, args_t *args)
{
    const char *agent = web_header(call->web, "user-agent");
    const char *forwarded = web_header(call->web, "x-forwarded-for");
    if (!agent || !*agent) {
        api_refuse(call->reply, ERR_VALIDATION, "User-Agent: The header is required for a push.");
        return;
    }
    push_t *push = pushes_add(call->okta->pushes, call->user, call->factor,
                              args_bool(args, "useNumberMatchingChallenge", false),
                              call->now_ms + call->okta->options.push_ms);
    s_keep(push->agent, sizeof push->agent, agent);
    s_keep(push->forwarded_for, sizeof push->forwarded_for, forwarded ? forwarded : "");
    s_answer_later(call->okta, push);
    call->reply->status = 201;
    s_write_push(call, push);
}

static push_t *s_transaction(call_t *call)
{
    push_t *push = pushes_find(call->okta->pushes, call->transaction);
    if (!push || push->user != call->user || push->factor != call->factor) {
        api_refuse(call->reply, ERR_NOT_FOUND, "FactorTransaction");
        return NULL;
    }
    return push;
}

void api_poll(call_t *call)
{
    push_t *push = s_transaction(call);
    if (push) {
        push->polls++;
        s_write_push(call, push);
    }
}

void api_cancel(call_t *call)
{
    push_t *push = s_transaction(call);
    if (push) {
        (void)push_finish(push, PUSH_CANCELLED, call->now_ms);
        call->reply->status = 204;
    }
}

/* ---- By code. */

static void s_bad_code(call_t *call, api_error_t error, const char *detail)
{
    call->okta->codes_bad++;
    call->user->bad_codes++;
    if (call->user->bad_codes >= call->okta->options.codes_max) {
        snprintf(call->user->status, sizeof call->user->status, "LOCKED_OUT");
    }
    api_refuse(call->reply, error, detail);
}

static void s_code(call_t *call, args_t *args)
{
    factor_t *factor = call->factor;
    const char *code = args_str(args, "passCode");
    const int64_t now_s = call->now_ms / MS_PER_S;
    int64_t step = -1;
    if (!code) {
        api_refuse(call->reply, ERR_VALIDATION, "passCode: The field cannot be left blank");
        return;
    }
    if (!sb_totp_verify(factor->secret, SECRET_SIZE, code, now_s, -1, &step)) {
        s_bad_code(call, ERR_CODE, "Your passcode doesn't match our records. Please try again.");
        return;
    }
    if (!sb_totp_verify(factor->secret, SECRET_SIZE, code, now_s, factor->last_step, &step)) {
        s_bad_code(call, ERR_REPLAY, NULL);
        return;
    }
    factor->last_step = step;
    call->user->bad_codes = 0;
    call->okta->codes_good++;
    out_t *out = &call->reply->body;
    out_begin(out, NULL, '{');
    out_str(out, "factorResult",
            fault_quirk(call->fault, "unknown_result") ? "PERHAPS" : "SUCCESS");
    out_end(out, '}');
}

void api_verify(call_t *call)
{
    args_t *args = args_new();
    const web_request_t *request = call->request;
    if (request->body_size > 0 && !args_add_json(args, request->body, request->body_size)) {
        api_refuse(call->reply, ERR_BODY, NULL);
    } else if (user_locked(call->user)) {
        api_refuse(call->reply, ERR_LOCKED, NULL);
    } else if (strcmp(call->factor->status, "ACTIVE") != 0 || call->factor->kind == FACTOR_OTHER) {
        api_refuse(call->reply, ERR_FORBIDDEN, "The factor can't be verified.");
    } else if (call->factor->kind == FACTOR_PUSH) {
        s_push(call, args);
    } else {
        s_code(call, args);
    }
    args_destroy(&args);
}
