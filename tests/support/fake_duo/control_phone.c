/* control_phone.c: what a person does with the phone, and what else befalls a push. */
#include <string.h>

#include "tests/support/fake_duo/control.h"
#include "tests/support/fake_duo/duo.h"

/* The login of that txid, or the last of that user, as long as it is open. */
static login_t *s_open(const duo_t *duo, args_t *args, const char **error_r)
{
    const char *txid = args_str(args, "txid");
    const char *user = args_str(args, "user");
    const person_t *person = user ? people_find(duo->people, user) : NULL;
    login_t *login = NULL;
    if (txid) {
        login = logins_find(duo->logins, txid);
    } else if (person) {
        login = person->last;
    }
    *error_r = login && !login->ended ? NULL : "user, txid: no login is open there";
    return *error_r ? NULL : login;
}

static const char *s_act(void *ctx, args_t *args, out_t *out, const char *status)
{
    const char *error = NULL;
    login_t *login = s_open(ctx, args, &error);
    if (login) {
        out_str(out, "txid", login->txid);
        login_set(login, status);
    }
    return error;
}

const char *control_approve(void *ctx, args_t *args, out_t *out)
{
    const char *error = NULL;
    login_t *login = s_open(ctx, args, &error);
    if (!login) {
        return error;
    }
    const char *code = args_str(args, "code");
    const bool accepted = !*login->code || (code && strcmp(code, login->code) == 0);
    out_str(out, "txid", login->txid);
    out_bool(out, "accepted", accepted);
    if (accepted) {
        login_set(login, "allow");
    }
    return NULL;
}

const char *control_deny(void *ctx, args_t *args, out_t *out)
{
    return s_act(ctx, args, out, "deny");
}

const char *control_fraud(void *ctx, args_t *args, out_t *out)
{
    return s_act(ctx, args, out, "fraud");
}

const char *control_push_failed(void *ctx, args_t *args, out_t *out)
{
    return s_act(ctx, args, out, "push_failed");
}

const char *control_timeout(void *ctx, args_t *args, out_t *out)
{
    const char *error = NULL;
    login_t *login = s_open(ctx, args, &error);
    if (!login) {
        return error;
    }
    const char *result = args_str(args, "result");
    out_str(out, "txid", login->txid);
    login_set_raw(login, result ? result : "deny", "timeout", "Login timed out.", true);
    return NULL;
}

const char *control_status(void *ctx, args_t *args, out_t *out)
{
    const char *error = NULL;
    const char *result = args_str(args, "result");
    const char *status = args_str(args, "status");
    const char *message = args_str(args, "status_msg");
    if (!result || !status) {
        return "result, status: are needed";
    }
    login_t *login = s_open(ctx, args, &error);
    if (login) {
        out_str(out, "txid", login->txid);
        login_set_raw(login, result, status, message ? message : "",
                      args_bool(args, "ended", false));
    }
    return error;
}

const char *control_login(void *ctx, args_t *args, out_t *out)
{
    const duo_t *duo = ctx;
    const char *txid = args_str(args, "txid");
    const char *user = args_str(args, "user");
    const person_t *person = user ? people_find(duo->people, user) : NULL;
    const login_t *login = txid ? logins_find(duo->logins, txid) : person ? person->last : NULL;
    if (!login) {
        return "user, txid: no login is known there";
    }
    out_str(out, "txid", login->txid);
    out_str(out, "username", login->person->username);
    out_str(out, "factor", login->factor);
    out_str(out, "device", login->device);
    out_str(out, "type", login->type);
    out_str(out, "pushinfo", login->pushinfo);
    out_str(out, "display_username", login->display_username);
    out_str(out, "ipaddr", login->ipaddr);
    out_str(out, "code", *login->code ? login->code : NULL);
    out_str(out, "result", login->result);
    out_str(out, "status", login->status);
    out_bool(out, "ended", login->ended);
    out_int(out, "polls", (int64_t)login->polls);
    return NULL;
}
