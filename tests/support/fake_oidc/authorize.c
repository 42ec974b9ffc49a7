/* authorize.c: the browser's visit. Nobody has to press anything: who signs in, and how, a test has
 * said before (play.c). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/mem.h"
#include "tests/support/fake_oidc/api.h"

#define LOCATION_MAX 8000
#define CHALLENGE_LEN 43 /* of SHA-256 in base64url */
#define FIRST_MEMBER "sub000001"

/* ---- Back to the client. */

static void s_add(sb_buf_t *url, const char *name, const char *value)
{
    sb_buf_putc(url, strchr(sb_buf_text(url), '?') ? '&' : '?');
    sb_buf_puts(url, name);
    sb_buf_putc(url, '=');
    for (; *value; value++) {
        const unsigned char c = (unsigned char)*value;
        if (isalnum(c) || strchr("-._~", c)) {
            sb_buf_putc(url, (char)c);
        } else {
            sb_buf_printf(url, "%%%02X", c);
        }
    }
}

static void s_send_back(call_t *call, const char *name, const char *value)
{
    const char *state = args_str(call->args, "state");
    sb_buf_t url = sb_buf(LOCATION_MAX);
    sb_buf_puts(&url, args_str(call->args, "redirect_uri"));
    s_add(&url, name, value);
    if (state && !fault_quirk(call->fault, "no_state")) {
        s_add(&url, "state", fault_quirk(call->fault, "wrong_state") ? "another" : state);
    }
    s_add(&url, "iss",
          fault_quirk(call->fault, "wrong_iss") ? "https://elsewhere.example"
                                                : web_url(call->oidc->web));
    if (url.overflow) {
        api_refuse(call, 400, "invalid_request", "the way back is too long");
    } else {
        call->reply->status = 302;
        reply_header(call->reply, "location", "%s", sb_buf_text(&url));
    }
    sb_buf_free(&url);
}

static void s_send_back_error(call_t *call, const char *error)
{
    call->refused = true;
    s_send_back(call, "error", error);
}

/* ---- What was asked for. */

static bool s_word(const char *list, const char *word)
{
    const size_t len = strlen(word);
    for (const char *at = list; at && *at; at += strspn(at, " ")) {
        const size_t size = strcspn(at, " ");
        if (size == len && strncmp(at, word, len) == 0) {
            return true;
        }
        at += size;
    }
    return false;
}

static bool s_is(call_t *call, const char *name, const char *value)
{
    const char *text = args_str(call->args, name);
    return text && strcmp(text, value) == 0;
}

/* NULL, or what is so wrong that nobody may be sent anywhere. */
static const char *s_judge_client(call_t *call)
{
    const char *uri = args_str(call->args, "redirect_uri");
    const char *known = call->oidc->redirect_uri;
    if (call->bad_args) {
        return "the query can't be read";
    }
    if (!s_is(call, "client_id", call->oidc->options.client_id)) {
        return "client_id: unknown";
    }
    if (!uri || strchr(uri, '#') ||
        (strncmp(uri, "https://", 8) != 0 && strncmp(uri, "http://", 7) != 0)) {
        return "redirect_uri: is needed, by http or https, without a fragment";
    }
    return known && strcmp(uri, known) != 0 ? "redirect_uri: is not the client's" : NULL;
}

/* NULL, or the error to send back. */
static const char *s_judge_request(call_t *call)
{
    const char *challenge = args_str(call->args, "code_challenge");
    if (!s_is(call, "response_type", "code")) {
        return "unsupported_response_type";
    }
    if (!s_word(args_str(call->args, "scope"), "openid")) {
        return "invalid_scope";
    }
    if (!challenge || strlen(challenge) != CHALLENGE_LEN ||
        !s_is(call, "code_challenge_method", "S256")) {
        return "invalid_request";
    }
    if (args_has(call->args, "max_age") && args_int(call->args, "max_age", -1) < 0) {
        return "invalid_request";
    }
    if (call->oidc->session.error) {
        return call->oidc->session.error;
    }
    return NULL;
}

/* ---- Who signs in. */

static const person_t *s_person(call_t *call)
{
    const char *hint = args_str(call->args, "login_hint");
    const person_t *person = call->oidc->session.person;
    person = !person && hint ? people_find(call->oidc->people, hint) : person;
    return person ? person : people_find(call->oidc->people, FIRST_MEMBER);
}

/* When the person signed in: now, unless an older session does. */
static int64_t s_auth_time(call_t *call)
{
    const session_t *session = &call->oidc->session;
    const int64_t max_age = args_int(call->args, "max_age", INT64_MAX);
    if (session->auth_time_s == 0) {
        return call->now_s;
    }
    const bool anew = s_word(args_str(call->args, "prompt"), "login") ||
                      call->now_s - session->auth_time_s > max_age;
    return anew && session->fresh_if_asked ? call->now_s : session->auth_time_s;
}

static char *s_acr(call_t *call)
{
    const char *asked = args_str(call->args, "acr_values");
    if (call->oidc->session.acr) {
        return sb_strdup(call->oidc->session.acr);
    }
    return asked && *asked ? sb_strndup(asked, strcspn(asked, " ")) : NULL;
}

static void s_remember(call_t *call)
{
    static const char *const names[] = {
        "client_id", "redirect_uri", "response_type",  "scope",
        "state",     "nonce",        "code_challenge", "code_challenge_method",
        "max_age",   "prompt",       "acr_values",     "login_hint",
    };
    cJSON *asked = sb_json_object();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = args_str(call->args, names[i]);
        if (value) {
            sb_json_add_str(asked, names[i], value);
        }
    }
    cJSON_Delete(call->oidc->asked);
    call->oidc->asked = asked;
}

void api_authorize(call_t *call)
{
    oidc_t *oidc = call->oidc;
    s_remember(call);
    const char *wrong = s_judge_client(call);
    if (wrong) {
        api_refuse(call, 400, "invalid_request", wrong);
        return;
    }
    wrong = s_judge_request(call);
    const person_t *person = s_person(call);
    if (wrong || !person) {
        s_send_back_error(call, wrong ? wrong : "login_required");
        return;
    }
    code_t code = {
        .person = person,
        .redirect_uri = sb_strdup(args_str(call->args, "redirect_uri")),
        .challenge = sb_strdup(args_str(call->args, "code_challenge")),
        .scope = sb_strdup(args_str(call->args, "scope")),
        .nonce = sb_strdup(args_str(call->args, "nonce")),
        .acr = s_acr(call),
        .amr = oidc->session.amr ? sb_json_copy(oidc->session.amr) : NULL,
        .auth_time_s = s_auth_time(call),
        .expires_s = call->now_s + oidc->options.code_s,
    };
    oidc->codes_made++;
    s_send_back(call, "code", codes_add(oidc->codes, &code)->code);
}
