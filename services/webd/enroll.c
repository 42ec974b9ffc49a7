/* enroll.c. The browser says again which challenge it was given, and taskd compares it with the one
 * that it keeps: so nothing has to be remembered here, and any webd may finish what another began.
 */
#include "services/webd/enroll.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/crypto.h"
#include "lib/log.h"
#include "proto/taskd.h"
#include "services/webd/registration.h"

#define CODE_MAX 64 /* bytes, as typed */
#define CHALLENGE_DIGITS_MAX 64
#define RP_NAME "Securitybot"

/* ---- Beginning. */

static bool s_same_person(const char *typed, const char *person)
{
    return strcasecmp(typed, person) == 0;
}

static cJSON *s_creation(const visit_t *visit, const cJSON *invite)
{
    const cJSON *person = cJSON_GetObjectItemCaseSensitive(invite, "person");
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(person, "id"));
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(person, "name"));
    const cJSON *passkeys = cJSON_GetObjectItemCaseSensitive(invite, "passkeys");
    char *user_id = registration_user_id(id);
    cJSON *creation = sb_json_object();
    cJSON *rp = sb_json_object();
    cJSON *user = sb_json_object();
    sb_json_add_str(rp, "id", visit->store->rp_id);
    sb_json_add_str(rp, "name", RP_NAME);
    sb_json_add_str(user, "id", user_id);
    sb_json_add_str(user, "name", id);
    sb_json_add_str(user, "display_name", name && name[0] ? name : id);
    sb_json_add_str(creation, "challenge",
                    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(invite, "challenge")));
    sb_json_add(creation, "rp", rp);
    sb_json_add(creation, "user", user);
    sb_json_add(creation, "passkeys", passkeys ? sb_json_copy(passkeys) : sb_json_array());
    free(user_id);
    return creation;
}

/* A code that is somebody else's is as wrong as one that is none. */
static void s_on_open(void *arg, int code, const cJSON *invite, const sb_err_t *err)
{
    visit_t *visit = arg;
    (void)err;
    if (code == SB_ENOTFOUND) {
        visit_end_gone(&visit);
        return;
    }
    if (code) {
        visit_end_fault(&visit, reply_fault_of(code));
        return;
    }
    const cJSON *person = cJSON_GetObjectItemCaseSensitive(invite, "person");
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(person, "id"));
    const char *typed =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(visit->body, "username"));
    if (!id || !typed || !s_same_person(typed, id)) {
        visit_end_gone(&visit);
        return;
    }
    cJSON *creation = s_creation(visit, invite);
    visit_end_json(&visit, &creation);
}

static void s_begin(visit_t *visit)
{
    uint8_t challenge[SB_CHALLENGE_SIZE];
    sb_random(challenge, sizeof challenge);
    char *text = sb_base64url(challenge, sizeof challenge);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "code_hash", visit->hash);
    sb_json_add_str(body, "challenge", text);
    free(text);
    visit_ask(visit, "invite.open", &body, s_on_open);
}

/* ---- Finishing. */

static void s_on_redeemed(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    visit_t *visit = arg;
    (void)body;
    if (code == SB_ENOTFOUND) {
        visit_end_gone(&visit);
    } else if (code) {
        sb_info("passkey not enrolled", "why", err->text, NULL);
        visit_end_fault(&visit, reply_fault_of(code));
    } else {
        cJSON *done = sb_json_object();
        visit_end_json(&visit, &done);
    }
}

static void s_finish(visit_t *visit)
{
    sb_err_t err = {0};
    sb_reader_t in = sb_reader(visit->body, "body", &err);
    const char *challenge = sb_read_str(&in, "challenge", 1, CHALLENGE_DIGITS_MAX);
    cJSON *passkey = sb_reader_code(&in) ? NULL
                                         : registration_read(visit->body, visit->store->rp_id,
                                                             visit->store->origin, challenge, &err);
    if (!passkey) {
        sb_info("passkey refused", "why", err.text, NULL);
        visit_end_fault(&visit, REPLY_WRONG);
        return;
    }
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "code_hash", visit->hash);
    sb_json_add_str(body, "challenge", challenge);
    sb_json_add(body, "passkey", passkey);
    visit_ask(visit, "invite.redeem", &body, s_on_redeemed);
}

void enroll_serve(const store_t *store, request_t **request_p, const request_route_t *route)
{
    visit_t *visit = visit_new(store, request_p, route, NULL);
    if (!visit) {
        return;
    }
    const char *code = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(visit->body, "code"));
    if (!visit_admit(&visit, code && strlen(code) <= CODE_MAX ? code : "")) {
        return;
    }
    if (route->route == ROUTE_ENROLL_BEGIN) {
        s_begin(visit);
    } else {
        s_finish(visit);
    }
}
