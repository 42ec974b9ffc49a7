/* api_people.c: who somebody is, and enrolment. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "tests/support/fake_duo/api.h"

#define PORTAL "https://api-fake.duosecurity.com/portal?code="
#define VALID_S 86400
#define VALID_S_MAX (366 * VALID_S)

person_t *api_person(call_t *self, const char **bad_r)
{
    const char *username = params_get(&self->params, "username");
    const char *user_id = params_get(&self->params, "user_id");
    *bad_r = NULL;
    if (!username == !user_id || (username && !*username)) {
        *bad_r = "username";
        return NULL;
    }
    if (username) {
        return people_by_name(self->duo->people, username);
    }
    person_t *person = people_by_id(self->duo->people, user_id);
    *bad_r = person ? NULL : "user_id";
    return person;
}

static api_when_t s_time(call_t *call)
{
    out_begin(&call->reply.body, "response", '{');
    out_int(&call->reply.body, "time", duo_now_s(call->duo));
    out_end(&call->reply.body, '}');
    return API_DONE;
}

api_when_t api_ping(call_t *call)
{
    return s_time(call);
}

api_when_t api_check(call_t *call)
{
    return s_time(call);
}

/* ---- preauth. */

/* A verification code, if the client can show one. */
static void s_offer(call_t *call, person_t *person, out_t *out)
{
    duo_t *duo = call->duo;
    if (person->verified_digits == 0 ||
        !params_on(&call->params, "client_supports_verified_push") ||
        !person_device(person, "auto")) {
        return;
    }
    offer_t *offer = &person->offers[person->offers_made++ % OFFERS_MAX];
    logins_make_txid(duo->logins, offer->txid);
    logins_make_code(duo->logins, person->verified_digits, offer->code);
    offer->until_ms = sb_clock_mono_ms() + duo->options->offer_ms;
    out_str(out, "txid", offer->txid);
    out_str(out, "verification_code", offer->code);
    out_int(out, "expiration", duo->options->offer_ms / 1000);
}

api_when_t api_preauth(call_t *call)
{
    const char *bad = NULL;
    person_t *person = api_person(call, &bad);
    if (bad) {
        return api_bad(call, bad);
    }
    out_t *out = &call->reply.body;
    out_begin(out, "response", '{');
    const state_t state = person ? person->state : STATE_ENROLLING;
    if (person) {
        person->preauths++;
    }
    switch (state) {
    case STATE_ACTIVE:
        out_str(out, "result", "auth");
        out_str(out, "status_msg", "Account is active");
        person_write_devices(person, out);
        s_offer(call, person, out);
        break;
    case STATE_BYPASS:
        out_str(out, "result", "allow");
        out_str(out, "status_msg", "Valid, but not asked for a second factor");
        break;
    case STATE_LOCKED:
        out_str(out, "result", "deny");
        out_str(out, "status_msg", "Your account has been locked out");
        break;
    case STATE_ENROLLING:
        out_str(out, "result", "enroll");
        out_str(out, "status_msg", "Enroll an authentication device to proceed");
        out_str(out, "enroll_portal_url", PORTAL "fake");
        break;
    }
    out_end(out, '}');
    return API_DONE;
}

/* ---- Enrolment. */

api_when_t api_enroll(call_t *call)
{
    duo_t *duo = call->duo;
    const char *username = params_get(&call->params, "username");
    const char *seconds = params_get(&call->params, "valid_secs");
    char *end = NULL;
    const long valid_s = seconds ? strtol(seconds, &end, 10) : VALID_S;
    if (seconds && (end == seconds || *end || valid_s < 1 || valid_s > VALID_S_MAX)) {
        return api_bad(call, "valid_secs");
    }
    char made[USERNAME_SIZE];
    snprintf(made, sizeof made, "enrolled-%zu", people_len(duo->people) + 1);
    person_t *person = people_add(duo->people, username ? username : made);
    if (!person) {
        return api_bad(call, "username");
    }
    person->state = STATE_ENROLLING;
    logins_make_txid(duo->logins, person->activation);
    person->activation_until_s = duo_now_s(duo) + valid_s;
    char url[128];
    out_t *out = &call->reply.body;
    out_begin(out, "response", '{');
    snprintf(url, sizeof url, "https://api-fake.duosecurity.com/frame/qr?value=%s",
             person->activation);
    out_str(out, "activation_barcode", url);
    snprintf(url, sizeof url, "duo://%s", person->activation);
    out_str(out, "activation_code", url);
    snprintf(url, sizeof url, "https://m-fake.duosecurity.com/activate/%s", person->activation);
    out_str(out, "activation_url", url);
    out_int(out, "expiration", person->activation_until_s);
    out_str(out, "user_id", person->user_id);
    out_str(out, "username", person->username);
    out_end(out, '}');
    return API_DONE;
}

api_when_t api_enroll_status(call_t *call)
{
    const char *user_id = params_get(&call->params, "user_id");
    const char *code = params_get(&call->params, "activation_code");
    if (!user_id || !code) {
        return api_bad(call, user_id ? "activation_code" : "user_id");
    }
    const person_t *person = people_by_id(call->duo->people, user_id);
    const bool right = person && *person->activation && strncmp(code, "duo://", 6) == 0 &&
                       strcmp(code + 6, person->activation) == 0;
    const char *said = "invalid";
    if (right && person->state != STATE_ENROLLING) {
        said = "success";
    } else if (right && duo_now_s(call->duo) < person->activation_until_s) {
        said = "waiting";
    }
    out_str(&call->reply.body, "response", said);
    return API_DONE;
}
