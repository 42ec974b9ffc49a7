/* authd_okta_test.c: the real authd against a fake Okta: every end of a push and of a code; whom
 * Okta will not ask; links that lead away; Okta in trouble; OAuth; and authd's own death. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "lib/totp.h"
#include "proto/authd.h"
#include "tests/integration/authd/provider_bed.h"

#define SUFFIX "@example.com"
#define USERS_MAX 32

static char *s_config(const provider_bed_t *bed, const char *more)
{
    return sb_format("factors: [okta]\nokta:\n  url: %s\n  ca_file: %s\n  login_suffix: \"" SUFFIX
                     "\"\n  codes: chat\n%s",
                     bed->fake.url, bed->fake.ca_file, more);
}

static int s_set_up(void **state)
{
    static const char *const options[] = {"--users", "50", "--foreign-url", "https://127.0.0.1:1",
                                          NULL};
    provider_bed_t *bed = sb_alloc(sizeof *bed);
    provider_bed_open(bed, "okta", options, NULL, 0, NULL);
    char *token = provider_bed_file(bed, "okta.token", "00fakeOktaApiToken\n");
    char *more = sb_format("  token_file: %s\n", token);
    provider_bed_start(bed, s_config(bed, more));
    free(more);
    free(token);
    *state = bed;
    return 0;
}

static int s_tear_down(void **state)
{
    provider_bed_t *bed = *state;
    provider_bed_close(bed);
    free(bed);
    return 0;
}

static const char *s_user(int i)
{
    static char names[USERS_MAX][16];
    (void)snprintf(names[i % USERS_MAX], sizeof names[0], "user%06d", i);
    return names[i % USERS_MAX];
}

static int64_t s_pushes(const provider_bed_t *bed, const char *end)
{
    char path[64];
    (void)snprintf(path, sizeof path, "pushes.%s", end);
    return provider_bed_counter(bed, path);
}

/* ---- A push. */

static void s_tap(const provider_bed_t *bed, const char *user, const char *what, const char *number)
{
    played_fake_do(&bed->fake, "phone", "{\"user\":\"%s" SUFFIX "\",\"do\":\"%s\"%s%s}", user, what,
                   number ? ",\"number\":" : "", number ? number : "");
}

static void every_end_of_a_push_is_told_apart(void **state)
{
    provider_bed_t *bed = *state;
    static const struct {
        const char *what, *number, *want;
    } rows[] = {
        {"approve", "",   "approved"},
        {"approve", "1",  "refused" }, /* numbers have two digits: this one is wrong */
        {"reject",  NULL, "refused" },
        {"expire",  NULL, "timeout" },
    };
    played_job_t jobs[sizeof rows / sizeof rows[0]];
    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        provider_bed_ask(bed, s_user(i + 1), &jobs[i]);
        bed_assert_in(jobs[i].begun, "\"kind\":\"number\"");
        char *number = provider_bed_shown(&jobs[i]);
        const char *tapped = rows[i].number && !rows[i].number[0] ? number : rows[i].number;
        s_tap(bed, s_user(i + 1), rows[i].what, tapped);
        free(number);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        provider_bed_assert_ends(bed, rows[i].what, &jobs[i], rows[i].want);
    }
    assert_int_equal(s_pushes(bed, "sent"), sizeof rows / sizeof rows[0]);
}

static void the_phone_shows_numbers_and_okta_knows_who_asks(void **state)
{
    provider_bed_t *bed = *state;
    played_job_t job;
    provider_bed_ask(bed, s_user(1), &job);
    char *number = provider_bed_shown(&job);
    cJSON *answer = played_fake_control(&bed->fake, "pushes", "{}");
    const cJSON *push = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(answer, "pushes"), 0);
    assert_int_equal(played_fake_number(push, "number"), strtol(number, NULL, 10));
    bed_assert_in(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(push, "agent")),
                  "securitybot/");
    cJSON_Delete(answer);
    free(number);
    s_tap(bed, s_user(1), "reject", NULL);
    provider_bed_assert_ends(bed, "reject", &job, "refused");
}

/* What verify answers if Okta, or somebody between, is not as it should be. */
static void a_push_that_can_not_be_waited_for_is_no_proof(void **state)
{
    provider_bed_t *bed = *state;
    static const struct {
        const char *quirk;
        int64_t cancelled; /* in all, until then */
    } rows[] = {
        {"no_embedded",    1}, /* no number challenge: taken back */
        {"foreign_poll",   2},
        {"no_links",       2}, /* nor is it known how to take it back */
        {"no_result",      3},
        {"unknown_result", 4},
    };
    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        played_job_t job;
        played_fake_do(&bed->fake, "fault", "{\"route\":\"verify\",\"quirk\":\"%s\"}",
                       rows[i].quirk);
        provider_bed_submit(bed, s_user(i + 1), SB_STRENGTH_PUSH, NULL, &job, NULL);
        provider_bed_assert_ends(bed, rows[i].quirk, &job, "unavailable");
        assert_false(job.accepted);
        bed_run_ms(bed->bus.loop, 200);
        assert_int_equal(s_pushes(bed, "cancelled"), rows[i].cancelled);
        assert_int_equal(s_pushes(bed, "sent"), i + 1);
    }
    assert_int_equal(provider_bed_counter(bed, "routes.poll.calls"), 0);
}

static void what_a_poll_says_and_nobody_knows_is_no_approval(void **state)
{
    provider_bed_t *bed = *state;
    static const struct {
        const char *fault, *want;
    } rows[] = {
        {"\"quirk\":\"unknown_result\"",                                         "unavailable"},
        {"\"quirk\":\"no_result\"",                                              "unavailable"},
        {"\"status\":200,\"body\":\"{\\\"factorResult\\\":\\\"CHALLENGE\\\"}\"", "unavailable"},
        {"\"status\":200,\"body\":\"{\\\"factorResult\\\":\\\"ERROR\\\"}\"",     "unavailable"},
        {"\"status\":200,\"body\":\"{\\\"factorResult\\\":\\\"FAILED\\\"}\"",    "refused"    },
        {"\"status\":200,\"body\":\"{\\\"factorResult\\\":\\\"CANCELLED\\\"}\"", "cancelled"  },
        {"\"status\":200,\"body\":\"{\\\"factorResult\\\":\\\"success\\\"}\"",   "unavailable"},
        {"\"status\":404",                                                       "unavailable"},
        {"\"status\":403",                                                       "unavailable"},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    played_job_t jobs[ROWS];
    /* Faults are handed out in order, and so are polls, 3 s after each push. */
    for (int i = 0; i < ROWS; i++) {
        played_fake_do(&bed->fake, "fault", "{\"route\":\"poll\",%s}", rows[i].fault);
        provider_bed_ask(bed, s_user(i + 1), &jobs[i]);
        char *number = provider_bed_shown(&jobs[i]);
        s_tap(bed, s_user(i + 1), "approve", number);
        free(number);
    }
    for (int i = 0; i < ROWS; i++) {
        provider_bed_assert_ends(bed, rows[i].fault, &jobs[i], rows[i].want);
    }
}

static void a_push_whose_look_proves_nothing_is_taken_back(void **state)
{
    provider_bed_t *bed = *state;
    played_job_t job;
    played_fake_do(&bed->fake, "fault", "{\"route\":\"poll\",\"quirk\":\"unknown_result\"}");
    provider_bed_ask(bed, s_user(1), &job);
    provider_bed_assert_ends(bed, "alive on the phone", &job, "unavailable");
    bed_run_ms(bed->bus.loop, 200);
    assert_int_equal(s_pushes(bed, "cancelled"), 1);
}

/* ---- A code. */

static void s_code(const provider_bed_t *bed, const char *user, char code[SB_TOTP_DIGITS + 1])
{
    cJSON *answer = played_fake_control(&bed->fake, "user", "{\"user\":\"%s" SUFFIX "\"}", user);
    const cJSON *factors = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(answer, "user"), "factors");
    const cJSON *factor;
    const char *secret = NULL;
    cJSON_ArrayForEach(factor, factors)
    {
        const char *found =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(factor, "secret"));
        secret = found ? found : secret;
    }
    uint8_t *raw = NULL;
    size_t size = 0;
    sb_err_t err;
    assert_non_null(secret);
    assert_int_equal(sb_unbase32(secret, &raw, &size, &err), SB_OK);
    sb_totp_code(raw, size, sb_totp_step(sb_clock_wall_ms() / 1000), code);
    free(raw);
    cJSON_Delete(answer);
}

static void s_assert_code(provider_bed_t *bed, const char *row, const char *user,
                          const char *strength, const char *code, const char *want)
{
    played_job_t job;
    provider_bed_submit(bed, user, strength, code, &job, NULL);
    provider_bed_assert_ends(bed, row, &job, want);
    assert_false(job.accepted);
}

static void codes_prove_once_and_never_a_push(void **state)
{
    provider_bed_t *bed = *state;
    char code[SB_TOTP_DIGITS + 1];
    played_fake_do(&bed->fake, "user.add",
                   "{\"login\":\"carol" SUFFIX
                   "\",\"factors\":[{\"type\":\"token:software:totp\"}]}");
    const played_job_t can = provider_bed_can(bed, "carol", SB_STRENGTH_CODE);
    assert_string_equal(
        can.text, "{\"status\":\"ok\",\"driver\":\"okta\",\"typed\":true,\"strength\":\"code\"}");
    const played_job_t push = provider_bed_can(bed, "carol", SB_STRENGTH_PUSH);
    bed_assert_in(push.text, "no_factor");
    s_code(bed, "carol", code);
    s_assert_code(bed, "too weak", "carol", SB_STRENGTH_PUSH, code, "unavailable");
    s_assert_code(bed, "none typed", "carol", SB_STRENGTH_CODE, NULL, "unavailable");
    assert_int_equal(provider_bed_counter(bed, "routes.verify.calls"), 0);
    s_assert_code(bed, "right", "carol", SB_STRENGTH_CODE, code, "approved");
    s_assert_code(bed, "used", "carol", SB_STRENGTH_CODE, code, "wrong_code");
    played_fake_do(&bed->fake, "fault",
                   "{\"route\":\"verify\",\"status\":200,\"body\":"
                   "\"{\\\"factorResult\\\":\\\"WAITING\\\"}\"}");
    s_assert_code(bed, "waiting", "carol", SB_STRENGTH_CODE, "123456", "unavailable");
    played_fake_do(&bed->fake, "fault", "{\"route\":\"verify\",\"drop\":true}");
    s_assert_code(bed, "lost", "carol", SB_STRENGTH_CODE, "12345", "unavailable");
    /* The lost one counted at Okta, and the used one; two more, and the account is shut. */
    for (int i = 0; i < 3; i++) {
        s_assert_code(bed, "wrong", "carol", SB_STRENGTH_CODE, "12\"45", "wrong_code");
    }
    s_assert_code(bed, "locked out", "carol", SB_STRENGTH_CODE, code, "locked");
}

/* ---- Whom Okta will not ask. */

static void can_tells_outcomes_apart_and_asks_nobody(void **state)
{
    provider_bed_t *bed = *state;
    static const struct {
        const char *login, *more, *status, *text;
    } rows[] = {
        {"p1",     "",                                                                     "ok",          "would send a push with a number"},
        {"p2",     ",\"status\":\"LOCKED_OUT\"",                                           "locked",      "is locked out at Okta"          },
        {"p3",     ",\"status\":\"SUSPENDED\"",                                            "denied",      "is suspended at Okta"           },
        {"p4",     ",\"status\":\"DEPROVISIONED\"",                                        "denied",      "is deactivated at Okta"         },
        {"p5",     ",\"status\":\"STAGED\"",                                               "no_factor",   "not in use yet"                 },
        {"p6",     ",\"status\":\"ODD\"",                                                  "unavailable", "not known here"                 },
        {"p7",     ",\"factors\":[]",                                                      "no_factor",   "has no active push"             },
        {"p8",     ",\"factors\":[{\"type\":\"push\",\"status\":\"PENDING_ACTIVATION\"}]", "no_factor",
         "has no active push"                                                                                                              },
        {"p9",     ",\"factors\":[{\"type\":\"push\",\"provider\":\"OTHER\"}]",            "no_factor",
         "has no active push"                                                                                                              },
        {"nobody", NULL,                                                                   "no_factor",   "see okta.login_suffix"          },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].more) {
            const bool factors = strstr(rows[i].more, "factors") != NULL;
            played_fake_do(&bed->fake, "user.add", "{\"login\":\"%s" SUFFIX "\"%s%s}",
                           rows[i].login, rows[i].more,
                           factors ? "" : ",\"factors\":[{\"type\":\"push\"}]");
        }
        const played_job_t can = provider_bed_can(bed, rows[i].login, SB_STRENGTH_PUSH);
        char *want = sb_format("\"status\":\"%s\"", rows[i].status);
        bed_assert_in(can.text, want);
        free(want);
        const played_job_t check = provider_bed_check(bed, rows[i].login);
        bed_assert_in(check.text, rows[i].text);
    }
    assert_int_equal(s_pushes(bed, "sent"), 0);
}

static void somebody_else_by_a_name_like_it_is_not_them(void **state)
{
    provider_bed_t *bed = *state;
    played_fake_do(
        &bed->fake, "fault",
        "{\"route\":\"user\",\"times\":2,\"status\":200,\"body\":\"{\\\"id\\\":\\\"00u1\\\","
        "\\\"status\\\":\\\"ACTIVE\\\",\\\"profile\\\":{\\\"login\\\":"
        "\\\"user000001@evil.example\\\"}}\"}");
    const played_job_t check = provider_bed_check(bed, s_user(1));
    bed_assert_in(check.text, "somebody else is");
    played_job_t job;
    provider_bed_submit(bed, s_user(1), SB_STRENGTH_PUSH, NULL, &job, NULL);
    provider_bed_assert_ends(bed, "another login", &job, "no_factor");
    assert_int_equal(s_pushes(bed, "sent"), 0);
}

/* ---- Okta in trouble. */

static void what_was_surely_not_done_is_done_when_okta_lets_us(void **state)
{
    provider_bed_t *bed = *state;
    played_job_t job;
    played_fake_do(&bed->fake, "fault",
                   "{\"route\":\"verify\",\"status\":429,\"retry_after\":1,\"times\":2}");
    const int64_t from_ms = sb_clock_mono_ms();
    provider_bed_ask(bed, s_user(1), &job);
    assert_true(sb_clock_mono_ms() - from_ms >= 2000);
    assert_int_equal(provider_bed_counter(bed, "routes.verify.calls"), 3);
    assert_int_equal(s_pushes(bed, "sent"), 1);
    s_tap(bed, s_user(1), "reject", NULL);
    provider_bed_assert_ends(bed, "reject", &job, "refused");
}

static void a_push_whose_answer_is_lost_is_never_sent_again(void **state)
{
    provider_bed_t *bed = *state;
    static const struct {
        const char *name, *fault;
    } rows[] = {
        {"dropped",         "\"drop\":true"                                    },
        {"broken off",      "\"malformed\":true,\"apply\":true"                },
        {"an error of 5xx", "\"status\":500,\"apply\":true"                    },
        {"a gateway's",     "\"status\":502,\"body\":\"<html>\",\"apply\":true"},
        {"empty",           "\"status\":200,\"apply\":true,\"body\":\"{}\""    },
        {"an array",        "\"status\":200,\"apply\":true,\"body\":\"[1,{}]\""},
    };
    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        played_job_t job;
        played_fake_do(&bed->fake, "fault", "{\"route\":\"verify\",%s}", rows[i].fault);
        provider_bed_submit(bed, s_user(i + 1), SB_STRENGTH_PUSH, NULL, &job, NULL);
        provider_bed_assert_ends(bed, rows[i].name, &job, "unavailable");
        assert_false(job.accepted);
        assert_int_equal(s_pushes(bed, "sent"), i + 1);
    }
}

static void a_lost_poll_is_asked_again_and_the_push_is_not(void **state)
{
    provider_bed_t *bed = *state;
    static const char *const faults[] = {
        "\"drop\":true",
        "\"malformed\":true",
        "\"status\":503",
        "\"status\":429,\"retry_after\":1",
    };
    enum { ROWS = sizeof faults / sizeof faults[0] };
    played_job_t jobs[ROWS];
    for (int i = 0; i < ROWS; i++) {
        played_fake_do(&bed->fake, "fault", "{\"route\":\"poll\",%s}", faults[i]);
        provider_bed_ask(bed, s_user(i + 1), &jobs[i]);
        char *number = provider_bed_shown(&jobs[i]);
        s_tap(bed, s_user(i + 1), "approve", number);
        free(number);
    }
    for (int i = 0; i < ROWS; i++) {
        provider_bed_assert_ends(bed, faults[i], &jobs[i], "approved");
    }
    assert_int_equal(s_pushes(bed, "sent"), ROWS);
}

static void okta_away_is_unavailable_and_comes_back(void **state)
{
    provider_bed_t *bed = *state;
    static const char *const routes[] = {"user", "factors"};
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        played_fake_do(&bed->fake, "fault", "{\"route\":\"%s\",\"status\":503}", routes[i]);
        played_job_t can = provider_bed_can(bed, s_user(1), SB_STRENGTH_PUSH);
        bed_assert_in(can.text, "\"status\":\"unavailable\"");
        can = provider_bed_can(bed, s_user(1), SB_STRENGTH_PUSH);
        bed_assert_in(can.text, "\"status\":\"ok\"");
    }
}

/* ---- The end of a job, and of authd. */

static void s_wait_for_pushes(provider_bed_t *bed, const char *end, int64_t number)
{
    for (int i = 0; i < 200 && s_pushes(bed, end) < number; i++) {
        bed_run_ms(bed->bus.loop, 20);
    }
    assert_int_equal(s_pushes(bed, end), number);
}

static void what_nobody_waits_for_is_taken_back(void **state)
{
    provider_bed_t *bed = *state;
    char id[SB_ID_SIZE_MAX];
    played_job_t job;
    provider_bed_submit(bed, s_user(1), SB_STRENGTH_PUSH, NULL, &job, id);
    played_bus_wait_accepted(&bed->bus, &job);
    provider_bed_cancel(bed, id);
    provider_bed_assert_ends(bed, "asked", &job, "cancelled");
    s_wait_for_pushes(bed, "cancelled", 1);

    /* The push is on its way, and its link not known yet. */
    played_fake_do(&bed->fake, "fault", "{\"route\":\"verify\",\"hang_ms\":500,\"apply\":true}");
    provider_bed_submit(bed, s_user(2), SB_STRENGTH_PUSH, NULL, &job, id);
    s_wait_for_pushes(bed, "sent", 2);
    provider_bed_cancel(bed, id);
    provider_bed_assert_ends(bed, "on its way", &job, "cancelled");
    s_wait_for_pushes(bed, "cancelled", 2);
    assert_int_equal(s_pushes(bed, "waiting"), 0);
}

static void another_authd_goes_on_with_the_same_push(void **state)
{
    provider_bed_t *bed = *state;
    played_job_t job;
    provider_bed_ask(bed, s_user(1), &job);
    char *number = provider_bed_shown(&job);
    provider_bed_start_again(bed);
    s_tap(bed, s_user(1), "approve", number);
    provider_bed_assert_ends(bed, "taken up", &job, "approved");
    assert_int_equal(s_pushes(bed, "sent"), 1);
    assert_int_equal(s_pushes(bed, "cancelled"), 0);
    free(number);
}

/* It died between the push and the answer with its link: who goes on can't know, and asks nobody.
 */
static void another_authd_that_lacks_the_link_does_not_push_again(void **state)
{
    provider_bed_t *bed = *state;
    played_job_t job;
    played_fake_do(&bed->fake, "fault", "{\"route\":\"verify\",\"hang_ms\":60000,\"apply\":true}");
    provider_bed_submit(bed, s_user(1), SB_STRENGTH_PUSH, NULL, &job, NULL);
    s_wait_for_pushes(bed, "sent", 1);
    assert_false(job.accepted);
    provider_bed_start_again(bed);
    provider_bed_assert_ends(bed, "taken up", &job, "unavailable");
    assert_int_equal(s_pushes(bed, "sent"), 1);
}

/* ---- OAuth. */

static void s_write_keys(EVP_PKEY *key, const char *private, const char *public)
{
    assert_non_null(key);
    FILE *file = fopen(private, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(file), 0);
    file = fopen(public, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PUBKEY(file, key), 1);
    assert_int_equal(fclose(file), 0);
    EVP_PKEY_free(key);
}

static void s_try_oauth(EVP_PKEY *key)
{
    provider_bed_t *bed = sb_alloc(sizeof *bed);
    char *folder = bed_folder();
    char *private = sb_format("%s/private.pem", folder);
    char *public = sb_format("%s/public.pem", folder);
    s_write_keys(key, private, public);
    const char *const options[] = {"--users", "50", "--client-key", public, NULL};
    provider_bed_open(bed, "okta", options, NULL, 0, NULL);
    char *more = sb_format("  client_id: 0oafakeclient00000001\n  private_key_file: %s\n", private);
    provider_bed_start(bed, s_config(bed, more));

    played_job_t can = provider_bed_can(bed, s_user(1), SB_STRENGTH_PUSH);
    bed_assert_in(can.text, "\"status\":\"ok\"");
    assert_int_equal(provider_bed_counter(bed, "routes.token.calls"), 1);
    played_fake_do(&bed->fake, "tokens.revoke", "{}");
    can = provider_bed_can(bed, s_user(1), SB_STRENGTH_PUSH);
    bed_assert_in(can.text, "\"status\":\"ok\"");
    assert_int_equal(provider_bed_counter(bed, "routes.token.calls"), 2);

    played_fake_do(&bed->fake, "tokens.revoke", "{}");
    played_fake_do(&bed->fake, "fault", "{\"route\":\"token\",\"status\":400}");
    const played_job_t check = provider_bed_check(bed, s_user(1));
    bed_assert_in(check.text, "no access token");
    played_job_t job;
    provider_bed_ask(bed, s_user(1), &job);
    s_tap(bed, s_user(1), "reject", NULL);
    provider_bed_assert_ends(bed, "reject", &job, "refused");
    provider_bed_close(bed);
    bed_remove(&folder);
    free(more);
    free(public);
    free(private);
    free(bed);
}

static void a_client_proves_itself_with_its_key(void **state)
{
    (void)state;
    s_try_oauth(EVP_RSA_gen(2048));
    s_try_oauth(EVP_EC_gen("P-256"));
}

static void a_token_that_okta_does_not_know_gets_nothing(void **state)
{
    (void)state;
    static const char *const options[] = {"--users", "1", "--token", "another", NULL};
    provider_bed_t *bed = sb_alloc(sizeof *bed);
    provider_bed_open(bed, "okta", options, NULL, 0, NULL);
    char *token = provider_bed_file(bed, "okta.token", "00fakeOktaApiToken\n");
    char *more = sb_format("  token_file: %s\n", token);
    provider_bed_start(bed, s_config(bed, more));
    const played_job_t check = provider_bed_check(bed, s_user(1));
    bed_assert_in(check.text, "the token is not valid; see okta.token_file");
    provider_bed_close(bed);
    free(more);
    free(token);
    free(bed);
}

#define TRY(test) cmocka_unit_test_setup_teardown(test, s_set_up, s_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY(every_end_of_a_push_is_told_apart),
        TRY(the_phone_shows_numbers_and_okta_knows_who_asks),
        TRY(a_push_that_can_not_be_waited_for_is_no_proof),
        TRY(what_a_poll_says_and_nobody_knows_is_no_approval),
        TRY(a_push_whose_look_proves_nothing_is_taken_back),
        TRY(codes_prove_once_and_never_a_push),
        TRY(can_tells_outcomes_apart_and_asks_nobody),
        TRY(somebody_else_by_a_name_like_it_is_not_them),
        TRY(what_was_surely_not_done_is_done_when_okta_lets_us),
        TRY(a_push_whose_answer_is_lost_is_never_sent_again),
        TRY(a_lost_poll_is_asked_again_and_the_push_is_not),
        TRY(okta_away_is_unavailable_and_comes_back),
        TRY(what_nobody_waits_for_is_taken_back),
        TRY(another_authd_goes_on_with_the_same_push),
        TRY(another_authd_that_lacks_the_link_does_not_push_again),
        cmocka_unit_test(a_client_proves_itself_with_its_key),
        cmocka_unit_test(a_token_that_okta_does_not_know_gets_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
