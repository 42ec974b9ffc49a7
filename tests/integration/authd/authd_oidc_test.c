/* authd_oidc_test.c: the real authd against a fake OpenID provider; this program is taskd, webd and
 * the browser. Every way to spoil an id_token, other people, old sign-ins, keys that change, the
 * provider in trouble, and authd's own death. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "proto/authd.h"
#include "proto/taskd.h"
#include "services/authd/oidc_provider.h"
#include "tests/integration/authd/provider_bed.h"

#define ALICE "user000001"
#define SECRET "secret:100%+&=%20"
#define PAGE_URL "http://127.0.0.1:1"

/* What the person does on the page. */
typedef enum { SIGNS_IN, WAITS, REFUSES, BRINGS_ANOTHER_STATE, BRINGS_JUNK } deed_t;

typedef struct {
    provider_bed_t bed;
    deed_t deed;
    /* The one page. */
    char job[SB_ID_SIZE_MAX];
    char *authorize_url, *state;
    cJSON *answer;
    int attempts;
    bool closed;
    char result[32];
} rig_t;

/* ---- The browser. */

static size_t s_skip(char *data, size_t size, size_t n, void *arg)
{
    (void)data;
    (void)arg;
    return size * n;
}

/* The parameter of a query, decoded; "" if there is none. free() it. */
static char *s_param(const char *url, const char *name)
{
    char *want = sb_format("%s=", name);
    const char *at = strchr(url, '?');
    while (at && strncmp(at + 1, want, strlen(want)) != 0) {
        at = strchr(at + 1, '&');
    }
    const char *value = at ? at + 1 + strlen(want) : "";
    char *decoded = curl_easy_unescape(NULL, value, (int)strcspn(value, "&"), NULL);
    char *copy = sb_strdup(decoded ? decoded : "");
    curl_free(decoded);
    free(want);
    return copy;
}

/* Where the provider leads back to. free() it. */
static char *s_visit(const rig_t *rig)
{
    const char *location = NULL;
    CURL *easy = curl_easy_init();
    assert_non_null(easy);
    (void)curl_easy_setopt(easy, CURLOPT_URL, rig->authorize_url);
    (void)curl_easy_setopt(easy, CURLOPT_CAINFO, rig->bed.fake.ca_file);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, s_skip);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT, 10L);
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    (void)curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &location);
    assert_non_null(location);
    assert_int_equal(strncmp(location, PAGE_URL "/oidc/callback?", 33), 0);
    char *copy = sb_strdup(location);
    curl_easy_cleanup(easy);
    return copy;
}

/* ---- webd: the page is answered. */

static cJSON *s_deed(const rig_t *rig)
{
    cJSON *answer = sb_json_object();
    if (rig->deed == REFUSES || rig->deed == BRINGS_JUNK) {
        sb_json_add_str(answer, "kind", rig->deed == REFUSES ? "refuse" : "code");
        sb_json_add_str(answer, "code", "123456");
        return answer;
    }
    char *back = s_visit(rig);
    char *code = s_param(back, "code");
    char *state = s_param(back, "state");
    assert_string_equal(state, rig->state);
    sb_json_add_str(answer, "kind", "oidc");
    sb_json_add_str(answer, "code", code);
    sb_json_add_str(answer, "state", rig->deed == BRINGS_ANOTHER_STATE ? "another" : state);
    free(state);
    free(code);
    free(back);
    return answer;
}

/* ---- taskd. */

static const char *s_text(const cJSON *body, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, key));
    return text ? text : "";
}

static void s_forget(rig_t *rig)
{
    free(rig->authorize_url);
    free(rig->state);
    cJSON_Delete(rig->answer);
    rig->authorize_url = NULL;
    rig->state = NULL;
    rig->answer = NULL;
    rig->attempts = 0;
    rig->closed = false;
}

static void s_on_open(void *ctx, sb_call_t *call)
{
    rig_t *rig = ctx;
    const cJSON *body = sb_call_body(call);
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(body, "data");
    if (strcmp(rig->job, s_text(body, "job")) != 0) {
        s_forget(rig);
        (void)snprintf(rig->job, sizeof rig->job, "%s", s_text(body, "job"));
        rig->authorize_url = sb_strdup(s_text(data, "authorize_url"));
        rig->state = sb_strdup(s_text(data, "state"));
        assert_string_equal(s_text(body, "driver"), "oidc");
    }
    assert_string_equal(rig->state, s_text(data, "state"));
    if (!rig->closed && !rig->answer && rig->deed != WAITS) {
        rig->answer = s_deed(rig);
    }
    cJSON *answer = sb_json_object();
    sb_json_add_str(answer, "state", rig->closed ? "closed" : rig->answer ? "answered" : "open");
    sb_json_add(answer, "answer", rig->answer ? sb_json_copy(rig->answer) : cJSON_CreateNull());
    sb_json_add_str(answer, "challenge", NULL);
    sb_json_add_int(answer, "attempts", rig->attempts);
    sb_json_add_str(answer, "result", rig->closed ? rig->result : NULL);
    sb_call_result(&call, &answer);
}

static void s_on_pull(void *ctx, sb_call_t *call)
{
    (void)ctx;
    cJSON *answer = sb_json_object();
    sb_json_add(answer, "pages", sb_json_array());
    sb_call_result(&call, &answer);
}

static void s_on_reply(void *ctx, sb_call_t *call)
{
    rig_t *rig = ctx;
    const cJSON *body = sb_call_body(call);
    const bool open = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(body, "open"));
    cJSON_Delete(rig->answer);
    rig->answer = NULL;
    rig->attempts++;
    rig->closed = !open || rig->attempts >= SB_PAGE_ATTEMPTS_MAX;
    (void)snprintf(rig->result, sizeof rig->result, "%s", s_text(body, "result"));
    sb_call_result(&call, NULL);
}

static const sb_route_t s_routes[] = {
    {"page.open",  SB_ROLE_AUTHD, 16384, s_on_open },
    {"page.pull",  SB_ROLE_AUTHD, 16384, s_on_pull },
    {"page.reply", SB_ROLE_AUTHD, 16384, s_on_reply},
};

/* ---- Set up. */

static void s_open(rig_t *rig, const char *claim)
{
    static const char *const options[] = {"--users", "5", "--client-secret", SECRET, NULL};
    provider_bed_open(&rig->bed, "oidc", options, s_routes, sizeof s_routes / sizeof s_routes[0],
                      rig);
    assert_int_equal(setenv("SECURITYBOT_TASKD_HINTS", "tcp://127.0.0.1:1", 1),
                     0); /* nobody is there */
    char *secret = provider_bed_file(&rig->bed, "oidc.secret", SECRET "\n");
    char *key = sb_format("%s/page.key", rig->bed.bus.folder);
    sb_err_t err;
    assert_int_equal(sb_key_file_make(key, &err), SB_OK);
    provider_bed_start(&rig->bed,
                       sb_format("factors: [oidc]\npage: {url: \"" PAGE_URL "/\", key_file: %s}\n"
                                 "oidc:\n  issuer: %s\n  client_id: fake-client\n"
                                 "  client_secret_file: %s\n  ca_file: %s\n"
                                 "  acr_values: [phr, phrh]\n  require_amr: [mfa, otp]\n%s",
                                 key, rig->bed.fake.url, secret, rig->bed.fake.ca_file, claim));
    free(key);
    free(secret);
}

static int s_set_up(void **state)
{
    rig_t *rig = sb_alloc(sizeof *rig);
    s_open(rig, "");
    *state = rig;
    return 0;
}

static int s_set_up_email(void **state)
{
    rig_t *rig = sb_alloc(sizeof *rig);
    s_open(rig, "  claim: email\n  claim_suffix: \"@EXAMPLE.com\"\n");
    *state = rig;
    return 0;
}

static int s_tear_down(void **state)
{
    rig_t *rig = *state;
    provider_bed_close(&rig->bed);
    s_forget(rig);
    free(rig);
    return 0;
}

static void s_try_as(rig_t *rig, const char *row, const char *person, const char *want)
{
    played_job_t job;
    provider_bed_submit(&rig->bed, person, SB_STRENGTH_PUSH, NULL, &job, NULL);
    provider_bed_assert_ends(&rig->bed, row, &job, want);
}

static void s_try(rig_t *rig, const char *row, const char *want)
{
    s_try_as(rig, row, ALICE, want);
}

static int64_t s_calls(const rig_t *rig, const char *route)
{
    char path[64];
    (void)snprintf(path, sizeof path, "routes.%s.calls", route);
    return provider_bed_counter(&rig->bed, path);
}

/* ---- What is good. */

static void a_fresh_sign_in_of_the_person_proves(void **state)
{
    rig_t *rig = *state;
    const played_job_t can = provider_bed_can(&rig->bed, ALICE, SB_STRENGTH_PUSH);
    assert_string_equal(
        can.text, "{\"status\":\"ok\",\"driver\":\"oidc\",\"typed\":false,\"strength\":\"push\"}");
    const played_job_t check = provider_bed_check(&rig->bed, ALICE);
    bed_assert_in(check.text, "leads to a sign-in at https://127.0.0.1");
    played_job_t job;
    provider_bed_submit(&rig->bed, ALICE, SB_STRENGTH_PUSH, NULL, &job, NULL);
    provider_bed_assert_ends(&rig->bed, "RS256", &job, "approved");
    char *link = provider_bed_shown(&job);
    bed_assert_in(link, PAGE_URL "/c/");
    free(link);
    played_fake_do(&rig->bed.fake, "sign", "{\"alg\":\"ES256\"}");
    s_try(rig, "ES256", "approved");
    assert_int_equal(s_calls(rig, "discovery"), 1);
    assert_int_equal(s_calls(rig, "jwks"), 1);
}

static void s_assert_asked(const cJSON *asked, const char *member, const char *want)
{
    assert_string_equal(s_text(asked, member), want);
}

static void the_provider_is_asked_for_a_fresh_sign_in(void **state)
{
    rig_t *rig = *state;
    s_try(rig, "asked", "approved");
    cJSON *answer = played_fake_control(&rig->bed.fake, "asked", "{}");
    const cJSON *asked = cJSON_GetObjectItemCaseSensitive(answer, "asked");
    s_assert_asked(asked, "prompt", "login");
    s_assert_asked(asked, "max_age", "0");
    s_assert_asked(asked, "login_hint", ALICE);
    s_assert_asked(asked, "acr_values", "phr phrh");
    s_assert_asked(asked, "code_challenge_method", "S256");
    s_assert_asked(asked, "redirect_uri", PAGE_URL "/oidc/callback");
    char *nonce = sb_strdup(s_text(asked, "nonce"));
    char *old = sb_strdup(s_text(asked, "state"));
    cJSON_Delete(answer);

    s_try(rig, "the next", "approved");
    answer = played_fake_control(&rig->bed.fake, "asked", "{}");
    asked = cJSON_GetObjectItemCaseSensitive(answer, "asked");
    assert_string_not_equal(s_text(asked, "nonce"), nonce);
    assert_string_not_equal(s_text(asked, "state"), old);
    cJSON_Delete(answer);
    free(old);
    free(nonce);
}

/* ---- What is not. */

#define BROKEN "unavailable"
#define STRANGE "suspect"
#define WEAK "wrong_code"

static const struct {
    const char *spoil, *want;
} s_spoils[] = {
    {"wrong_iss",        BROKEN },
    {"wrong_aud",        BROKEN },
    {"wrong_azp",        BROKEN },
    {"wrong_nonce",      STRANGE},
    {"more_aud",         BROKEN },
    {"no_iss",           BROKEN },
    {"no_aud",           BROKEN },
    {"no_nonce",         BROKEN },
    {"no_exp",           BROKEN },
    {"no_iat",           BROKEN },
    {"no_auth_time",     WEAK   },
    {"no_amr",           WEAK   },
    {"no_acr",           WEAK   },
    {"no_sub",           BROKEN },
    {"expired",          BROKEN },
    {"future_iat",       BROKEN },
    {"future_nbf",       BROKEN },
    {"future_auth_time", WEAK   },
    {"old_auth_time",    WEAK   },
    {"text_auth_time",   WEAK   },
    {"weak_amr",         WEAK   },
    {"text_amr",         WEAK   },
    {"weak_acr",         WEAK   },
    {"other_subject",    STRANGE},
    {"alg_none",         BROKEN },
    {"alg_hs256",        BROKEN },
    {"alg_hs256_secret", BROKEN },
    {"unknown_kid",      BROKEN },
    {"no_kid",           BROKEN },
    {"crit",             BROKEN },
    {"bad_signature",    BROKEN },
    {"stranger_key",     BROKEN },
    {"embedded_key",     BROKEN },
    {"junk",             BROKEN },
    {"no_id_token",      BROKEN },
};

static const char *s_want(const char *spoil)
{
    for (size_t i = 0; i < sizeof s_spoils / sizeof s_spoils[0]; i++) {
        if (strcmp(s_spoils[i].spoil, spoil) == 0) {
            return s_spoils[i].want;
        }
    }
    fail_msg("%s is tried by nobody", spoil);
    return NULL;
}

static void s_try_spoils(rig_t *rig)
{
    cJSON *answer = played_fake_control(&rig->bed.fake, "spoils", "{}");
    const cJSON *spoil;
    int tried = 0;
    cJSON_ArrayForEach(spoil, cJSON_GetObjectItemCaseSensitive(answer, "spoils"))
    {
        const char *name = cJSON_GetStringValue(spoil);
        if (strcmp(name, "nothing") != 0) {
            played_fake_do(&rig->bed.fake, "spoil", "{\"what\":\"%s\"}", name);
            s_try(rig, name, s_want(name));
            tried++;
        }
    }
    assert_int_equal(tried, sizeof s_spoils / sizeof s_spoils[0]);
    cJSON_Delete(answer);
    played_fake_do(&rig->bed.fake, "spoil", "{\"what\":\"nothing\"}");
    s_try(rig, "nothing", "approved");
}

static void every_spoilt_token_is_caught(void **state)
{
    rig_t *rig = *state;
    s_try_spoils(rig);
    played_fake_do(&rig->bed.fake, "sign", "{\"alg\":\"ES256\"}");
    s_try_spoils(rig);
}

static void somebody_else_is_suspect_and_an_old_sign_in_is_not_enough(void **state)
{
    rig_t *rig = *state;
    played_fake_do(&rig->bed.fake, "sign_in", "{\"user\":\"user000002\"}");
    s_try(rig, "another person", "suspect");
    played_fake_do(&rig->bed.fake, "sign_in",
                   "{\"user\":\"" ALICE "\",\"age_s\":120,\"fresh_if_asked\":false}");
    s_try(rig, "before the question", "wrong_code");
    played_fake_do(&rig->bed.fake, "sign_in", "{\"user\":\"" ALICE "\",\"age_s\":120}");
    s_try(rig, "anew", "approved");
    played_fake_do(&rig->bed.fake, "sign_in", "{\"acr\":\"phrh\",\"amr\":[\"otp\",\"mfa\",\"x\"]}");
    s_try(rig, "the other acr", "approved");
    played_fake_do(&rig->bed.fake, "sign_in", "{\"amr\":[\"mfa\"]}");
    s_try(rig, "half of the means", "wrong_code");
}

static void what_the_browser_brings_is_compared(void **state)
{
    rig_t *rig = *state;
    rig->deed = BRINGS_ANOTHER_STATE;
    s_try(rig, "another state", "wrong_code");
    rig->deed = BRINGS_JUNK;
    s_try(rig, "another kind", "wrong_code");
    assert_int_equal(s_calls(rig, "token"), 0);
    rig->deed = REFUSES;
    s_try(rig, "it was not me", "fraud");
    assert_int_equal(s_calls(rig, "token"), 0);
}

static void an_address_counts_if_it_is_verified(void **state)
{
    rig_t *rig = *state;
    s_try(rig, "verified", "approved");
    played_fake_do(&rig->bed.fake, "user.add",
                   "{\"sub\":\"bob\",\"email\":\"bob@example.com\",\"email_verified\":false}");
    played_fake_do(&rig->bed.fake, "sign_in", "{\"user\":\"bob\"}");
    s_try_as(rig, "not verified", "bob", "unavailable");
    s_try_as(rig, "another's", "bo", "suspect");
}

/* ---- Keys. */

static void keys_that_change_are_fetched_once(void **state)
{
    rig_t *rig = *state;
    s_try(rig, "at first", "approved");
    played_fake_do(&rig->bed.fake, "keys.rotate", "{}");
    s_try(rig, "rotated", "approved");
    assert_int_equal(s_calls(rig, "jwks"), 2);
    played_fake_do(&rig->bed.fake, "keys.rotate", "{}");
    s_try(rig, "rotated again at once", "unavailable");
    assert_int_equal(s_calls(rig, "jwks"), 2);
}

static void a_strangers_key_of_the_same_name_is_in_nobodys_way(void **state)
{
    rig_t *rig = *state;
    played_fake_do(&rig->bed.fake, "keys.twins", "{}");
    s_try(rig, "RS256", "approved");
    played_fake_do(&rig->bed.fake, "sign", "{\"alg\":\"ES256\"}");
    s_try(rig, "ES256", "approved");
}

/* ---- The provider in trouble. */

static void a_provider_in_trouble_is_away(void **state)
{
    rig_t *rig = *state;
    static const struct {
        const char *name, *fault;
    } rows[] = {
        {"another issuer", "\"route\":\"discovery\",\"quirk\":\"wrong_issuer\""              },
        {"no keys",        "\"route\":\"discovery\",\"quirk\":\"no_keys\""                   },
        {"an error",       "\"route\":\"discovery\",\"status\":500"                          },
        {"not JSON",       "\"route\":\"discovery\",\"status\":200,\"body\":\"<html>\""      },
        {"keys away",      "\"route\":\"jwks\",\"status\":503"                               },
        {"keys broken",    "\"route\":\"jwks\",\"malformed\":true"                           },
        {"keys none",      "\"route\":\"jwks\",\"status\":200,\"body\":\"{\\\"keys\\\":[]}\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        played_fake_do(&rig->bed.fake, "fault", "{%s}", rows[i].fault);
        const played_job_t can = provider_bed_can(&rig->bed, ALICE, SB_STRENGTH_PUSH);
        if (!strstr(can.text, "\"status\":\"unavailable\"")) {
            fail_msg("%s: %s", rows[i].name, can.text);
        }
        played_fake_do(&rig->bed.fake, "fault", "{%s}", rows[i].fault);
        s_try(rig, rows[i].name, "unavailable");
    }
    s_try(rig, "all is well", "approved");
    static const char *const faults[] = {
        "\"drop\":true",
        "\"status\":500",
        "\"malformed\":true",
        "\"status\":200,\"body\":\"{\\\"id_token\\\":7}\"",
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        played_fake_do(&rig->bed.fake, "fault", "{\"route\":\"token\",%s}", faults[i]);
        s_try(rig, faults[i], "unavailable");
        assert_int_equal(s_calls(rig, "token"), 2 + i); /* a code is sent once */
    }
}

/* Else the chain would never go on to the next factor. */
static void what_was_known_of_a_dead_provider_is_no_factor(void **state)
{
    rig_t *rig = *state;
    played_job_t can = provider_bed_can(&rig->bed, ALICE, SB_STRENGTH_PUSH);
    bed_assert_in(can.text, "\"status\":\"ok\"");
    bed_run_ms(rig->bed.bus.loop, OIDC_FRESH_MS + 200);
    played_fake_do(&rig->bed.fake, "fault", "{\"route\":\"discovery\",\"status\":503}");
    can = provider_bed_can(&rig->bed, ALICE, SB_STRENGTH_PUSH);
    bed_assert_in(can.text, "\"status\":\"unavailable\"");
    can = provider_bed_can(&rig->bed, ALICE, SB_STRENGTH_PUSH);
    bed_assert_in(can.text, "\"status\":\"ok\"");
    assert_int_equal(s_calls(rig, "discovery"), 3);
}

/* ---- authd's death. */

static void another_authd_goes_on_with_the_same_page(void **state)
{
    rig_t *rig = *state;
    played_job_t job;
    rig->deed = WAITS;
    provider_bed_ask(&rig->bed, ALICE, &job);
    char *link = provider_bed_shown(&job);
    char *begun = sb_strdup(job.begun);
    rig->deed = SIGNS_IN; /* and nobody heard of it */
    provider_bed_start_again(&rig->bed);
    provider_bed_assert_ends(&rig->bed, "taken up", &job, "approved");
    assert_string_equal(job.begun, begun); /* the same link, and the same time */
    assert_int_equal(s_calls(rig, "token"), 1);
    free(begun);
    free(link);
}

/* The code was sent, and what became of it is lost: it is not good again. */
static void a_code_that_was_sent_proves_nothing_to_another_authd(void **state)
{
    rig_t *rig = *state;
    played_job_t job;
    played_fake_do(&rig->bed.fake, "fault", "{\"route\":\"token\",\"hang_ms\":60000}");
    provider_bed_submit(&rig->bed, ALICE, SB_STRENGTH_PUSH, NULL, &job, NULL);
    for (int i = 0; i < 200 && s_calls(rig, "token") == 0; i++) {
        bed_run_ms(rig->bed.bus.loop, 20);
    }
    provider_bed_start_again(&rig->bed);
    /* The answer that the store kept is refused; the person signs in once more. */
    provider_bed_assert_ends(&rig->bed, "taken up", &job, "approved");
    assert_int_equal(rig->attempts, 2);
    assert_int_equal(s_calls(rig, "token"), 3);
}

#define TRY(test) cmocka_unit_test_setup_teardown(test, s_set_up, s_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY(a_fresh_sign_in_of_the_person_proves),
        TRY(the_provider_is_asked_for_a_fresh_sign_in),
        TRY(every_spoilt_token_is_caught),
        TRY(somebody_else_is_suspect_and_an_old_sign_in_is_not_enough),
        TRY(what_the_browser_brings_is_compared),
        cmocka_unit_test_setup_teardown(an_address_counts_if_it_is_verified, s_set_up_email,
                                        s_tear_down),
        TRY(keys_that_change_are_fetched_once),
        TRY(a_strangers_key_of_the_same_name_is_in_nobodys_way),
        TRY(a_provider_in_trouble_is_away),
        TRY(what_was_known_of_a_dead_provider_is_no_factor),
        TRY(another_authd_goes_on_with_the_same_page),
        TRY(a_code_that_was_sent_proves_nothing_to_another_authd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
