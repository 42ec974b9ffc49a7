/* played_pages KEYS TASKD HINTS RP_ID ORIGIN: a taskd as webd knows it, with an authd behind it:
 * keeps pages and invitations in memory and judges what is answered. For tests of what a browser
 * does.
 *
 * Standard input, one object a line:
 *     {"do": "page", "token": "...", "driver": "...", "person": {...}, "alert": {...}, "data":
 * {...}, "ttl_ms": N, "judge_ms": N}
 *     {"do": "invite", "code": "...", "person": {...}}
 *     {"do": "close", "token": "...", "result": "..."}
 *     {"do": "count"}
 * Each is answered with a line on standard output; so is each answer that was judged, and each
 * passkey that was enrolled. */
#include <czmq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/bus_hint.h"
#include "lib/bus_server.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "lib/webauthn.h"
#include "proto/taskd.h"

#define BODY_MAX 65536
#define LINE_SIZE 65536
#define CODE "123456" /* the code that is right, of everybody */

typedef struct {
    zloop_t *loop;
    sb_server_t *server;
    sb_hints_t *hints;
    sb_timers_t *timers;
    cJSON *pages;    /* by token's hash */
    cJSON *invites;  /* by code's hash */
    cJSON *passkeys; /* those of each person, by username */
    int64_t views, answers;
    const char *rp_id, *origin;
} played_t;

static played_t s_played;

/* ---- Small things. */

static cJSON *s_get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static const char *s_text(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(s_get(object, key));
    return text ? text : "";
}

static void s_set(cJSON *object, const char *key, cJSON *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, key);
    sb_json_add(object, key, value);
}

static void s_say(cJSON *line)
{
    char *text = sb_json_print(line);
    (void)printf("%s\n", text);
    (void)fflush(stdout);
    free(text);
    cJSON_Delete(line);
}

static void s_hash(const char *token, char hash_r[2 * SB_SHA256_SIZE + 1])
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    uint8_t hash[SB_SHA256_SIZE];
    sb_err_t err;
    if (sb_unbase64url(token, &bytes, &size, &err)) {
        (void)fprintf(stderr, "played_pages: %s: %s\n", token, err.text);
        exit(1);
    }
    sb_sha256(bytes, size, hash);
    sb_hex(hash, sizeof hash, hash_r);
    free(bytes);
}

/* Of a person, made when it is first asked for. */
static cJSON *s_passkeys(const char *person)
{
    cJSON *passkeys = s_get(s_played.passkeys, person);
    if (!passkeys) {
        passkeys = sb_json_array();
        sb_json_add(s_played.passkeys, person, passkeys);
    }
    return passkeys;
}

static cJSON *s_passkey_ids(const char *person)
{
    cJSON *ids = sb_json_array();
    const cJSON *passkey;
    cJSON_ArrayForEach(passkey, s_passkeys(person))
    {
        sb_json_push(ids, cJSON_CreateString(s_text(passkey, "id")));
    }
    return ids;
}

/* ---- What an authd does. */

typedef struct {
    uint8_t *data[8];
    size_t n;
} held_t;

static sb_bytes_t s_bytes(held_t *held, const cJSON *object, const char *key)
{
    size_t size = 0;
    sb_err_t err;
    uint8_t *data = NULL;
    if (sb_unbase64url(s_text(object, key), &data, &size, &err)) {
        return (sb_bytes_t){NULL, 0};
    }
    held->data[held->n++] = data;
    return (sb_bytes_t){data, size};
}

static const char *s_judge_passkey(const cJSON *page, const cJSON *answer, char why_r[64])
{
    const char *person = s_text(s_get(page, "person"), "id");
    uint8_t user[SB_SHA256_SIZE];
    cJSON *passkey;
    cJSON *mine = NULL;
    cJSON_ArrayForEach(passkey, s_passkeys(person))
    {
        mine = strcmp(s_text(passkey, "id"), s_text(answer, "id")) == 0 ? passkey : mine;
    }
    if (!mine) {
        (void)snprintf(why_r, 64, "other_credential");
        return "wrong_code";
    }
    sb_sha256(person, strlen(person), user);
    held_t held = {.n = 0};
    sb_err_t err;
    const sb_webauthn_party_t party = {s_played.rp_id, &s_played.origin, 1};
    const sb_webauthn_credential_t credential = {
        .id = s_bytes(&held, mine, "id"),
        .user_handle = {user, sizeof user},
        .algorithm = (int64_t)s_get(mine, "algorithm")->valuedouble,
        .spki = s_bytes(&held, mine, "public_key"),
        .sign_count = (uint32_t)s_get(mine, "count")->valuedouble,
        .backup_eligible = cJSON_IsTrue(s_get(mine, "backup_eligible")),
    };
    const sb_webauthn_assertion_t assertion = {
        .credential_id = credential.id,
        .client_data = s_bytes(&held, answer, "client_data"),
        .auth_data = s_bytes(&held, answer, "auth_data"),
        .signature = s_bytes(&held, answer, "signature"),
        .user_handle = s_bytes(&held, answer, "user_handle"),
    };
    sb_webauthn_news_t news;
    const sb_webauthn_result_t result = sb_webauthn_verify_assertion(
        &party, s_bytes(&held, page, "challenge"), &credential, &assertion, &news, &err);
    while (held.n > 0) {
        free(held.data[--held.n]);
    }
    (void)snprintf(why_r, 64, "%s", sb_webauthn_result_name(result));
    if (result == SB_WEBAUTHN_VERIFIED) {
        s_set(mine, "count", cJSON_CreateNumber(news.sign_count));
        return "approved";
    }
    return result == SB_WEBAUTHN_COUNTER_REGRESSED ? "suspect" : "wrong_code";
}

static const char *s_verdict(const cJSON *page, const cJSON *answer, char why_r[64])
{
    const char *kind = s_text(answer, "kind");
    const char *driver = s_text(page, "driver");
    (void)snprintf(why_r, 64, "%s", kind);
    if (strcmp(kind, "refuse") == 0) {
        return "fraud";
    }
    if (strcmp(driver, "totp") == 0 && strcmp(kind, "code") == 0) {
        return strcmp(s_text(answer, "code"), CODE) == 0 ? "approved" : "wrong_code";
    }
    if (strcmp(driver, "webauthn") == 0 && strcmp(kind, "passkey") == 0) {
        return s_judge_passkey(page, answer, why_r);
    }
    if (strcmp(driver, "oidc") == 0 && strcmp(kind, "oidc") == 0) {
        return strcmp(s_text(answer, "code"), "good") == 0 ? "approved" : "refused";
    }
    return "wrong_code";
}

static void s_close(cJSON *page, const char *result, bool open)
{
    cJSON *body = NULL;
    s_set(page, "state", cJSON_CreateString(open ? "open" : "closed"));
    s_set(page, "result", cJSON_CreateString(result));
    sb_hints_send(s_played.hints, SB_HINT_PAGE, &body);
}

static void s_on_judge(void *arg)
{
    cJSON *page = arg;
    char why[64];
    if (strcmp(s_text(page, "state"), "answered") != 0) {
        return;
    }
    const cJSON *answer = s_get(page, "answer");
    const char *result = s_verdict(page, answer, why);
    const int attempts = (int)s_get(page, "attempts")->valuedouble + 1;
    s_set(page, "attempts", cJSON_CreateNumber(attempts));
    cJSON *line = sb_json_object();
    sb_json_add_str(line, "judged", s_text(page, "token"));
    sb_json_add_str(line, "result", result);
    sb_json_add_str(line, "why", why);
    sb_json_add(line, "answer", sb_json_copy(answer));
    s_say(line);
    s_close(page, result, strcmp(result, "wrong_code") == 0 && attempts < SB_PAGE_ATTEMPTS_MAX);
}

/* ---- What a taskd does. */

static cJSON *s_page(sb_call_t *call)
{
    cJSON *page = s_get(s_played.pages, s_text(sb_call_body(call), "token_hash"));
    return page && (int64_t)s_get(page, "end_ms")->valuedouble > sb_clock_mono_ms() ? page : NULL;
}

static void s_result(sb_call_t *call, cJSON *body)
{
    sb_call_result(&call, &body);
}

static void s_nack(sb_call_t *call, int code, const char *text)
{
    sb_err_t err;
    (void)sb_fail(&err, code, "%s", text);
    sb_call_nack(&call, &err);
}

static void s_on_view(void *ctx, sb_call_t *call)
{
    static const char *const keys[] = {"driver",    "state", "result", "attempts",
                                       "challenge", "data",  "person", "alert"};
    const cJSON *page = s_page(call);
    (void)ctx;
    s_played.views++;
    if (!page) {
        s_nack(call, SB_ENOTFOUND, "no such page");
        return;
    }
    cJSON *view = sb_json_object();
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        sb_json_add(view, keys[i], sb_json_copy(s_get(page, keys[i])));
    }
    sb_json_add_int(view, "left_ms",
                    (int64_t)s_get(page, "end_ms")->valuedouble - sb_clock_mono_ms());
    sb_json_add(view, "passkeys", s_passkey_ids(s_text(s_get(page, "person"), "id")));
    s_result(call, view);
}

static void s_on_answer(void *ctx, sb_call_t *call)
{
    cJSON *page = s_page(call);
    cJSON *body = NULL;
    (void)ctx;
    s_played.answers++;
    if (!page) {
        s_nack(call, SB_ENOTFOUND, "no such page");
        return;
    }
    if (strcmp(s_text(page, "state"), "open") != 0) {
        s_nack(call, SB_ECONFLICT, "not open");
        return;
    }
    s_set(page, "answer", sb_json_copy(s_get(sb_call_body(call), "answer")));
    s_set(page, "state", cJSON_CreateString("answered"));
    (void)sb_timers_add(s_played.timers, (int64_t)s_get(page, "judge_ms")->valuedouble, s_on_judge,
                        page);
    sb_hints_send(s_played.hints, SB_HINT_PAGE, &body);
    s_result(call, sb_json_object());
}

static void s_on_open(void *ctx, sb_call_t *call)
{
    const cJSON *body = sb_call_body(call);
    cJSON *invite = s_get(s_played.invites, s_text(body, "code_hash"));
    (void)ctx;
    if (!invite) {
        s_nack(call, SB_ENOTFOUND, "no such invitation");
        return;
    }
    s_set(invite, "challenge", sb_json_copy(s_get(body, "challenge")));
    cJSON *answer = sb_json_copy(invite);
    sb_json_add(answer, "passkeys", s_passkey_ids(s_text(s_get(invite, "person"), "id")));
    s_result(call, answer);
}

static void s_on_redeem(void *ctx, sb_call_t *call)
{
    const cJSON *body = sb_call_body(call);
    const char *hash = s_text(body, "code_hash");
    const cJSON *invite = s_get(s_played.invites, hash);
    (void)ctx;
    if (!invite) {
        s_nack(call, SB_ENOTFOUND, "no such invitation");
        return;
    }
    if (strcmp(s_text(invite, "challenge"), s_text(body, "challenge")) != 0) {
        s_nack(call, SB_ECONFLICT, "another challenge");
        return;
    }
    const char *person = s_text(s_get(invite, "person"), "id");
    sb_json_push(s_passkeys(person), sb_json_copy(s_get(body, "passkey")));
    cJSON *line = sb_json_object();
    sb_json_add_str(line, "enrolled", person);
    sb_json_add(line, "passkey", sb_json_copy(s_get(body, "passkey")));
    s_say(line);
    cJSON_DeleteItemFromObjectCaseSensitive(s_played.invites, hash);
    s_result(call, sb_json_object());
}

static const sb_route_t s_routes[] = {
    {"page.view",     SB_ROLE_WEBD, BODY_MAX, s_on_view  },
    {"page.answer",   SB_ROLE_WEBD, BODY_MAX, s_on_answer},
    {"invite.open",   SB_ROLE_WEBD, BODY_MAX, s_on_open  },
    {"invite.redeem", SB_ROLE_WEBD, BODY_MAX, s_on_redeem},
};

/* ---- What the test says. */

/* Takes the command. */
static void s_do_page(cJSON *command)
{
    char hash[2 * SB_SHA256_SIZE + 1];
    uint8_t challenge[SB_CHALLENGE_SIZE];
    sb_random(challenge, sizeof challenge);
    char *text = sb_base64url(challenge, sizeof challenge);
    s_hash(s_text(command, "token"), hash);
    const bool passkey = strcmp(s_text(command, "driver"), "webauthn") == 0;
    sb_json_add_str(command, "challenge", passkey ? text : NULL);
    sb_json_add_str(command, "state", "open");
    sb_json_add_str(command, "result", NULL);
    sb_json_add_int(command, "attempts", 0);
    sb_json_add_int(command, "end_ms",
                    sb_clock_mono_ms() + (int64_t)s_get(command, "ttl_ms")->valuedouble);
    s_set(s_played.pages, hash, command);
    free(text);
}

static void s_do_close(const cJSON *command)
{
    char hash[2 * SB_SHA256_SIZE + 1];
    s_hash(s_text(command, "token"), hash);
    s_close(s_get(s_played.pages, hash), s_text(command, "result"), false);
}

static void s_do_invite(const cJSON *command)
{
    char hash[2 * SB_SHA256_SIZE + 1];
    cJSON *invite = sb_json_object();
    s_hash(s_text(command, "code"), hash);
    sb_json_add(invite, "person", sb_json_copy(s_get(command, "person")));
    s_set(s_played.invites, hash, invite);
}

static int s_on_line(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    static char line[LINE_SIZE];
    (void)loop;
    (void)item;
    (void)arg;
    size_t len = 0;
    while (len < sizeof line - 1 && read(STDIN_FILENO, line + len, 1) == 1 && line[len] != '\n') {
        len++;
    }
    if (len == 0) {
        return -1;
    }
    sb_err_t err;
    cJSON *command = sb_json_parse(line, len, 0, &err);
    if (!command) {
        (void)fprintf(stderr, "played_pages: %s\n", err.text);
        return -1;
    }
    cJSON *done = sb_json_object();
    const char *what = s_text(command, "do");
    sb_json_add_str(done, "done", what);
    sb_json_add_int(done, "views", s_played.views);
    sb_json_add_int(done, "answers", s_played.answers);
    if (strcmp(what, "page") == 0) {
        s_do_page(command);
        command = NULL;
    } else if (strcmp(what, "close") == 0) {
        s_do_close(command);
    } else if (strcmp(what, "invite") == 0) {
        s_do_invite(command);
    }
    cJSON_Delete(command);
    s_say(done);
    return 0;
}

int main(int argc, char **argv)
{
    sb_err_t err = {0};
    if (argc != 6) {
        (void)fprintf(stderr, "usage: played_pages KEYS TASKD HINTS RP_ID ORIGIN\n");
        return 2;
    }
    zsys_handler_set(NULL);
    s_played.rp_id = argv[4];
    s_played.origin = argv[5];
    s_played.pages = sb_json_object();
    s_played.invites = sb_json_object();
    s_played.passkeys = sb_json_object();
    s_played.loop = zloop_new();
    s_played.timers = sb_timers_new(s_played.loop);
    sb_keys_t *keys = sb_keys_load(argv[1], SB_ROLE_TASKD, &err);
    if (!keys || sb_keys_auth_start(keys, &err) ||
        !(s_played.server = sb_server_new(s_played.loop, keys, argv[2], s_routes,
                                          sizeof s_routes / sizeof s_routes[0], NULL, &err)) ||
        !(s_played.hints = sb_hints_new(s_played.loop, keys, argv[3], &err))) {
        (void)fprintf(stderr, "played_pages: %s\n", err.text);
        return 1;
    }
    zmq_pollitem_t input = {.fd = STDIN_FILENO, .events = ZMQ_POLLIN};
    (void)zloop_poller(s_played.loop, &input, s_on_line, NULL);
    (void)zloop_start(s_played.loop);
    sb_hints_destroy(&s_played.hints);
    sb_server_destroy(&s_played.server);
    sb_timers_destroy(&s_played.timers);
    zloop_destroy(&s_played.loop);
    sb_keys_destroy(&keys);
    cJSON_Delete(s_played.pages);
    cJSON_Delete(s_played.invites);
    cJSON_Delete(s_played.passkeys);
    return 0;
}
