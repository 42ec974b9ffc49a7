/* api_login.c: auth and auth_status. */
#include <string.h>

#include "lib/clock.h"
#include "tests/support/fake_duo/api.h"

#define PUSHINFO_MAX 20000 /* bytes, exclusive */

/* ---- Telling and waiting. */

static void s_write_status(call_t *call, login_t *login, bool poll)
{
    out_t *out = &call->reply.body;
    out_begin(out, "response", '{');
    out_str(out, "result", login->result);
    out_str(out, "status", login->status);
    out_str(out, "status_msg", login->message);
    if (poll) {
        out_bool(out, "auth_delayed", false);
        login->told = login->changes;
    }
    out_end(out, '}');
}

static void s_stop_waiting(call_t *call)
{
    login_unwait(&call->waiter);
    call->duo->hanging--;
}

static void s_on_news(waiter_t *waiter)
{
    call_t *call = (call_t *)waiter;
    call->duo->hanging--;
    s_write_status(call, call->told_of, !waiter->end_only);
    api_finish(call);
}

static void s_on_gone(void *arg)
{
    call_t *call = arg;
    s_stop_waiting(call);
    api_abandon(call);
}

static api_when_t s_wait(call_t *call, login_t *login, bool end_only)
{
    duo_t *duo = call->duo;
    call->waiter.fn = s_on_news;
    call->waiter.end_only = end_only;
    call->told_of = login;
    login_wait(login, &call->waiter);
    web_on_gone(call->web, s_on_gone, call);
    duo->hanging++;
    duo->hanging_most = duo->hanging > duo->hanging_most ? duo->hanging : duo->hanging_most;
    return API_LATER;
}

api_when_t api_auth_status(call_t *call)
{
    const char *txid = params_get(&call->params, "txid");
    login_t *login = txid ? logins_find(call->duo->logins, txid) : NULL;
    if (!login) {
        return api_bad(call, "txid");
    }
    login->polls++;
    if (!login_has_news(login)) {
        return s_wait(call, login, false);
    }
    s_write_status(call, login, true);
    return API_DONE;
}

/* ---- auth. */

/* What follows once a login was made: its id, or how it ended. */
static api_when_t s_begun(call_t *call, login_t *login)
{
    if (!login) {
        return api_fail(call, 50301, "Too many logins are open", NULL);
    }
    if (params_on(&call->params, "async")) {
        out_begin(&call->reply.body, "response", '{');
        out_str(&call->reply.body, "txid", login->txid);
        out_end(&call->reply.body, '}');
        return API_DONE;
    }
    if (!login->ended) {
        return s_wait(call, login, true);
    }
    s_write_status(call, login, false);
    return API_DONE;
}

/* Pairs of name=value, encoded, as they are to be encoded once more in the form. */
static bool s_is_pushinfo(const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!*'()+=&";
    if (strlen(text) >= PUSHINFO_MAX) {
        return false;
    }
    const char *pair = text;
    while (*pair) {
        const size_t len = strcspn(pair, "&");
        if (!memchr(pair, '=', len)) {
            return false;
        }
        pair += len + (pair[len] == '&');
    }
    for (const char *at = text; *at; at++) {
        if (*at == '%' && strspn(at + 1, "0123456789ABCDEFabcdef") >= 2) {
            at += 2;
        } else if (!strchr(plain, *at)) {
            return false;
        }
    }
    return true;
}

static api_when_t s_push(call_t *call, person_t *person, login_about_t about)
{
    duo_t *duo = call->duo;
    const char *txid = params_get(&call->params, "txid");
    char code[8] = "";
    about.pushinfo = params_get(&call->params, "pushinfo");
    about.type = params_get(&call->params, "type");
    about.display_username = params_get(&call->params, "display_username");
    const char *wanted = params_get(&call->params, "device");
    const device_t *device = wanted ? person_device(person, wanted) : NULL;
    if (!device || device->kind != DEVICE_PHONE) {
        return api_bad(call, "device");
    }
    if (about.pushinfo && !s_is_pushinfo(about.pushinfo)) {
        return api_bad(call, "pushinfo");
    }
    if (txid && !person_take_offer(person, txid, sb_clock_mono_ms(), code)) {
        return api_bad(call, "txid");
    }
    about.device = device->id;
    about.code = txid ? code : NULL;
    login_t *login = logins_push(duo->logins, person, &about);
    if (login) {
        person->pushes++;
        duo->pushes++;
        person->pushes_verified += txid != NULL;
        duo->pushes_verified += txid != NULL;
    }
    return s_begun(call, login);
}

static api_when_t s_passcode(call_t *call, person_t *person, const login_about_t *about)
{
    static const char *const for_push[] = {"type", "pushinfo", "display_username", "txid"};
    const char *passcode = params_get(&call->params, "passcode");
    for (size_t i = 0; i < sizeof for_push / sizeof for_push[0]; i++) {
        if (params_get(&call->params, for_push[i])) {
            return api_bad(call, for_push[i]);
        }
    }
    if (!passcode || !*passcode) {
        return api_bad(call, "passcode");
    }
    const bool right = person_use_passcode(person, passcode);
    return s_begun(
        call, logins_decided(call->duo->logins, person, about, right ? "allow" : "wrong_code"));
}

api_when_t api_auth(call_t *call)
{
    const char *bad = NULL;
    person_t *person = api_person(call, &bad);
    login_about_t about = {
        .factor = params_get(&call->params, "factor"),
        .ipaddr = params_get(&call->params, "ipaddr"),
    };
    if (!person || person->state == STATE_ENROLLING) {
        return api_bad(call, bad ? bad : "username");
    }
    if (!about.factor) {
        return api_bad(call, "factor");
    }
    if (person->state != STATE_ACTIVE) {
        const char *status = person->state == STATE_BYPASS ? "bypass" : "locked_out";
        return s_begun(call, logins_decided(call->duo->logins, person, &about, status));
    }
    if (strcmp(about.factor, "push") == 0 || strcmp(about.factor, "auto") == 0) {
        return s_push(call, person, about);
    }
    if (strcmp(about.factor, "passcode") == 0) {
        return s_passcode(call, person, &about);
    }
    return api_bad(call, "factor");
}
