/* authd_duo_test.c: the real authd against a fake Duo: every end of a push, in both versions of
 * signatures; whom Duo will not ask; Duo in trouble; and authd's own death in the middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "proto/authd.h"
#include "tests/integration/authd/duo_bed.h"

static int s_open(void **state, int version)
{
    duo_bed_t *bed = sb_alloc(sizeof *bed);
    duo_bed_open(bed, version, NULL, NULL);
    *state = bed;
    return 0;
}

static int s_set_up(void **state)
{
    return s_open(state, 5);
}

static int s_set_up_2(void **state)
{
    return s_open(state, 2);
}

static int s_set_up_without_number(void **state)
{
    assert_int_equal(setenv("SECURITYBOT_DUO_REQUIRE_NUMBER", "false", 1), 0);
    (void)s_open(state, 5);
    assert_int_equal(unsetenv("SECURITYBOT_DUO_REQUIRE_NUMBER"), 0);
    return 0;
}

static int s_tear_down(void **state)
{
    duo_bed_t *bed = *state;
    duo_bed_close(bed);
    free(bed);
    return 0;
}

/* The text at show.text or transaction of what was accepted; free() it. */
static char *s_begun(const played_job_t *job, bool show)
{
    assert_true(job->accepted);
    cJSON *body = cJSON_Parse(job->begun);
    const cJSON *at = show ? cJSON_GetObjectItemCaseSensitive(body, "show") : body;
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(at, show ? "text" : "transaction"));
    char *copy = sb_strdup(text);
    cJSON_Delete(body);
    assert_non_null(copy);
    return copy;
}

/* ---- A push. */

static void s_every_end(duo_bed_t *bed)
{
    static const struct {
        const char *act, *more, *want;
    } rows[] = {
        {"deny",    "",                                                              "refused"    },
        {"fraud",   "",                                                              "fraud"      },
        {"timeout", "",                                                              "timeout"    },
        {"timeout", ",\"result\":\"waiting\"",                                       "timeout"    },
        {"status",  ",\"result\":\"deny\",\"status\":\"locked_out\",\"ended\":true", "denied"     },
        {"status",  ",\"result\":\"allow\",\"status\":\"bypass\",\"ended\":true",    "unavailable"},
        {"status",  ",\"result\":\"hooray\",\"status\":\"allow\",\"ended\":true",    "unavailable"},
        {"status",  ",\"result\":\"allow\",\"status\":\"allow\",\"ended\":true",     "approved"   },
    };
    int64_t pushes = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        played_job_t job;
        duo_bed_ask(bed, "alice", &job);
        char *code = s_begun(&job, true);
        assert_int_equal(strlen(code), 3);
        free(code);
        played_fake_do(&bed->duo, rows[i].act, "{\"user\":\"alice\"%s}", rows[i].more);
        duo_bed_assert_ends(bed, &job, rows[i].want);
        assert_int_equal(duo_bed_user(bed, "alice", "pushes_verified"), ++pushes);
    }
}

static void every_end_of_a_push_is_told_apart_signed_as_in_version_5(void **state)
{
    s_every_end(*state);
    assert_true(duo_bed_counter(*state, "signatures.v5") > 0);
    assert_int_equal(duo_bed_counter(*state, "signatures.bad"), 0);
}

static void every_end_of_a_push_is_told_apart_signed_as_in_version_2(void **state)
{
    s_every_end(*state);
    assert_true(duo_bed_counter(*state, "signatures.v2") > 0);
    assert_int_equal(duo_bed_counter(*state, "signatures.v5"), 0);
    assert_int_equal(duo_bed_counter(*state, "signatures.bad"), 0);
}

static void s_assert_login(const cJSON *login, const char *member, const char *want)
{
    const char *got = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(login, member));
    if (!got || strcmp(got, want) != 0) {
        fail_msg("%s: got %s", member, got ? got : "nothing");
    }
}

static void the_phone_shows_whose_alert_it_is_and_wants_the_number(void **state)
{
    duo_bed_t *bed = *state;
    played_job_t job;
    duo_bed_ask(bed, "alice", &job);
    char *code = s_begun(&job, true);
    char *txid = s_begun(&job, false);
    cJSON *login = played_fake_control(&bed->duo, "login", "{\"user\":\"alice\"}");
    s_assert_login(login, "txid", txid);
    s_assert_login(login, "code", code);
    s_assert_login(login, "type", "Security alert");
    s_assert_login(login, "display_username", "alice");
    s_assert_login(login, "pushinfo",
                   "Code=5e4284&Alert=sudo%20%26%20more&Description=root%20on%20db1");
    s_assert_login(login, "device", "DPFAKE00000000002101");
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(login, "ipaddr")));
    cJSON_Delete(login);

    played_fake_do(&bed->duo, "approve", "{\"user\":\"alice\"}");
    played_fake_do(&bed->duo, "approve", "{\"user\":\"alice\",\"code\":\"00000\"}");
    played_fake_do(&bed->duo, "push_failed", "{\"user\":\"alice\"}");
    bed_run_ms(bed->bus.loop, 200);
    assert_false(job.ended);
    played_fake_do(&bed->duo, "approve", "{\"user\":\"alice\",\"code\":\"%s\"}", code);
    duo_bed_assert_ends(bed, &job, "approved");
    free(code);
    free(txid);
}

/* ---- Whom Duo will not ask, or not well enough. */

static void can_tells_five_outcomes_apart(void **state)
{
    duo_bed_t *bed = *state;
    static const struct {
        const char *name, *change, *can, *text;
    } rows[] = {
        {"a number",                 "{\"user\":\"alice\"}",
         "{\"status\":\"ok\",\"driver\":\"duo\",\"typed\":false,\"strength\":\"push\"}", "would send a push with a number to"      },
        {"a token before the phone", "{\"user\":\"alice\",\"devices\":\"token,phone\"}",
         "{\"status\":\"ok\",\"driver\":\"duo\",\"typed\":false,\"strength\":\"push\"}", "would send a push with a number to"      },
        {"no number",                "{\"user\":\"alice\",\"verified_digits\":0}",
         "{\"status\":\"no_factor\",\"driver\":null,\"typed\":false,\"strength\":null}", "Duo's policy offers no verification code"},
        {"no phone",                 "{\"user\":\"alice\",\"devices\":\"token\"}",
         "{\"status\":\"no_factor\",\"driver\":null,\"typed\":false,\"strength\":null}", "has no phone with Duo Mobile"            },
        {"bypass",                   "{\"user\":\"alice\",\"devices\":\"phone\",\"state\":\"bypass\"}",
         "{\"status\":\"no_factor\",\"driver\":null,\"typed\":false,\"strength\":null}", "proves nothing"                          },
        {"locked out",               "{\"user\":\"alice\",\"state\":\"locked\"}",
         "{\"status\":\"denied\",\"driver\":\"duo\",\"typed\":false,\"strength\":null}", "is refused by Duo"                       },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        played_fake_do(&bed->duo, "user.change", "%s", rows[i].change);
        const played_job_t can = duo_bed_can(bed, "alice", SB_STRENGTH_PUSH);
        if (strcmp(can.text, rows[i].can) != 0) {
            fail_msg("%s: got %s", rows[i].name, can.text);
        }
        const played_job_t check = duo_bed_check(bed, "alice");
        bed_assert_in(check.text, rows[i].text);
    }
    const played_job_t nobody = duo_bed_check(bed, "nobody");
    bed_assert_in(nobody.text, "is not enrolled in Duo under this name");
    assert_int_equal(duo_bed_user(bed, "alice", "pushes"), 0);
}

static void nobody_is_pushed_who_can_not_prove_enough(void **state)
{
    duo_bed_t *bed = *state;
    static const struct {
        const char *change, *want;
    } rows[] = {
        {"{\"user\":\"alice\",\"verified_digits\":0}",                       "no_factor"},
        {"{\"user\":\"alice\",\"verified_digits\":3,\"devices\":\"token\"}", "no_factor"},
        {"{\"user\":\"alice\",\"devices\":\"phone\",\"state\":\"bypass\"}",  "no_factor"},
        {"{\"user\":\"alice\",\"state\":\"locked\"}",                        "denied"   },
    };
    played_job_t job;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        played_fake_do(&bed->duo, "user.change", "%s", rows[i].change);
        duo_bed_submit(bed, "alice", SB_STRENGTH_PUSH, &job, NULL);
        duo_bed_assert_ends(bed, &job, rows[i].want);
        assert_false(job.accepted);
    }
    assert_int_equal(duo_bed_counter(bed, "pushes"), 0);
    /* Nor is a push without a number sent where a code suffices. */
    played_fake_do(&bed->duo, "user.change",
                   "{\"user\":\"alice\",\"state\":\"active\",\"verified_digits\":0}");
    duo_bed_submit(bed, "alice", SB_STRENGTH_CODE, &job, NULL);
    duo_bed_assert_ends(bed, &job, "no_factor");
    assert_int_equal(duo_bed_counter(bed, "pushes"), 0);
}

static void a_push_without_a_number_is_worth_a_code_if_it_is_wanted(void **state)
{
    duo_bed_t *bed = *state;
    played_job_t job;
    played_fake_do(&bed->duo, "user.change", "{\"user\":\"alice\",\"verified_digits\":0}");
    const played_job_t check = duo_bed_check(bed, "alice");
    bed_assert_in(check.text, "would send a push without a number");
    const played_job_t can = duo_bed_can(bed, "alice", SB_STRENGTH_CODE);
    assert_string_equal(
        can.text, "{\"status\":\"ok\",\"driver\":\"duo\",\"typed\":false,\"strength\":\"code\"}");
    duo_bed_submit(bed, "alice", SB_STRENGTH_PUSH, &job, NULL);
    duo_bed_assert_ends(bed, &job, "unavailable");
    assert_int_equal(duo_bed_counter(bed, "pushes"), 0);
    duo_bed_submit(bed, "alice", SB_STRENGTH_CODE, &job, NULL);
    played_bus_wait_accepted(&bed->bus, &job);
    bed_assert_in(job.begun, "\"show\":null");
    played_fake_do(&bed->duo, "approve", "{\"user\":\"alice\"}");
    duo_bed_assert_ends(bed, &job, "approved");
}

/* ---- Duo in trouble. */

static void what_was_surely_not_done_is_done_when_duo_lets_us(void **state)
{
    duo_bed_t *bed = *state;
    played_job_t job;
    played_fake_do(&bed->duo, "fault",
                   "{\"route\":\"auth\",\"status\":429,\"retry_after\":1,\"times\":2}");
    duo_bed_ask(bed, "alice", &job);
    assert_int_equal(duo_bed_counter(bed, "methods.auth.calls"), 3);
    assert_int_equal(duo_bed_counter(bed, "methods.auth.early"), 0);
    assert_int_equal(duo_bed_user(bed, "alice", "pushes"), 1);
    played_fake_do(&bed->duo, "deny", "{\"user\":\"alice\"}");
    duo_bed_assert_ends(bed, &job, "refused");
}

static void a_push_whose_answer_is_lost_is_never_sent_again(void **state)
{
    duo_bed_t *bed = *state;
    static const struct {
        const char *name, *fault;
    } rows[] = {
        {"dropped",         "\"drop\":true"                                                           },
        {"broken off",      "\"malformed\":true,\"apply\":true"                                       },
        {"an error of 5xx", "\"status\":500,\"apply\":true"                                           },
        {"a gateway's",     "\"status\":502,\"body\":\"<html>\",\"apply\":true"                       },
        {"without an id",   "\"status\":200,\"apply\":true,\"body\":"
                          "\"{\\\"stat\\\":\\\"OK\\\",\\\"response\\\":{}}\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        played_job_t job;
        played_fake_do(&bed->duo, "fault", "{\"route\":\"auth\",%s}", rows[i].fault);
        duo_bed_submit(bed, "alice", SB_STRENGTH_PUSH, &job, NULL);
        duo_bed_assert_ends(bed, &job, "unavailable");
        assert_false(job.accepted);
        assert_int_equal(duo_bed_user(bed, "alice", "pushes"), i + 1);
        assert_int_equal(duo_bed_counter(bed, "methods.auth.calls"), i + 1);
    }
}

static void a_lost_poll_is_asked_again_and_the_push_is_not(void **state)
{
    duo_bed_t *bed = *state;
    played_job_t job;
    played_fake_do(&bed->duo, "fault", "{\"route\":\"auth_status\",\"drop\":true}");
    played_fake_do(&bed->duo, "fault", "{\"route\":\"auth_status\",\"malformed\":true}");
    duo_bed_ask(bed, "alice", &job);
    char *code = s_begun(&job, true);
    played_fake_do(&bed->duo, "approve", "{\"user\":\"alice\",\"code\":\"%s\"}", code);
    duo_bed_assert_ends(bed, &job, "approved");
    assert_int_equal(duo_bed_user(bed, "alice", "pushes"), 1);
    free(code);
}

static void an_id_that_duo_does_not_know_is_the_end(void **state)
{
    duo_bed_t *bed = *state;
    played_job_t job;
    duo_bed_ask(bed, "alice", &job);
    played_fake_do(&bed->duo, "fault",
                   "{\"route\":\"auth_status\",\"status\":400,\"times\":-1,"
                   "\"body\":\"{\\\"stat\\\":\\\"FAIL\\\",\\\"code\\\":\\\"40002\\\"}\"}");
    played_fake_do(&bed->duo, "push_failed", "{\"user\":\"alice\"}"); /* ends the poll that hangs */
    duo_bed_assert_ends(bed, &job, "unavailable");
}

static void requests_are_signed_with_duos_time(void **state)
{
    duo_bed_t *bed = *state;
    static const int offsets_s[] = {4000, -4000};
    for (size_t i = 0; i < sizeof offsets_s / sizeof offsets_s[0]; i++) {
        played_fake_do(&bed->duo, "clock", "{\"offset_s\":%d}", offsets_s[i]);
        const played_job_t can = duo_bed_can(bed, "alice", SB_STRENGTH_PUSH);
        bed_assert_in(can.text, "\"status\":\"ok\"");
    }
    /* Asked for once at first, and again after Duo complained of the second. */
    assert_int_equal(duo_bed_counter(bed, "methods.ping.calls"), 2);
    assert_int_equal(duo_bed_counter(bed, "signatures.skewed"), 1);
}

static void duo_away_is_unavailable_and_comes_back(void **state)
{
    duo_bed_t *bed = *state;
    static const char *const routes[] = {"ping", "preauth"};
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        played_fake_do(&bed->duo, "fault", "{\"route\":\"%s\",\"drop\":true}", routes[i]);
        played_job_t can = duo_bed_can(bed, "alice", SB_STRENGTH_PUSH);
        bed_assert_in(can.text, "\"status\":\"unavailable\"");
        can = duo_bed_can(bed, "alice", SB_STRENGTH_PUSH);
        bed_assert_in(can.text, "\"status\":\"ok\"");
    }
}

static void s_assert_untrusted(const char *names, const char *ca_file)
{
    duo_bed_t *bed = sb_alloc(sizeof *bed);
    duo_bed_open(bed, 5, names, ca_file);
    const played_job_t can = duo_bed_can(bed, "alice", SB_STRENGTH_PUSH);
    bed_assert_in(can.text, "\"status\":\"unavailable\"");
    const played_job_t check = duo_bed_check(bed, "alice");
    bed_assert_in(check.text, "Duo can't be reached");
    played_job_t job;
    duo_bed_submit(bed, "alice", SB_STRENGTH_PUSH, &job, NULL);
    duo_bed_assert_ends(bed, &job, "unavailable");
    assert_int_equal(duo_bed_counter(bed, "methods.ping.calls"), 0);
    assert_int_equal(duo_bed_counter(bed, "methods.preauth.calls"), 0);
    duo_bed_close(bed);
    free(bed);
}

static void a_wrong_certificate_gets_nothing(void **state)
{
    (void)state;
    s_assert_untrusted("DNS:other.example.com", NULL);
    s_assert_untrusted(NULL, "\"\""); /* the pinned authorities */
}

static void a_wrong_key_is_named_with_its_line(void **state)
{
    duo_bed_t *bed = *state;
    char *command =
        sb_format("printf 'factors: [duo]\\nduo:\\n  api_host: https://x\\n' > %s/bad.yaml; "
                  "%s/authd --config %s/bad.yaml --check 2>&1",
                  bed->bus.folder, getenv("SB_BIN"), bed->bus.folder);
    char said[1024] = "";
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_true(fread(said, 1, sizeof said - 1, pipe) > 0);
    assert_true(pclose(pipe) != 0);
    bed_assert_in(said, "bad.yaml:3: duo.api_host: \"https://x\" is no host");
    free(command);
}

/* ---- The end of a job, and of authd. */

static void a_cancelled_job_is_cancelled(void **state)
{
    duo_bed_t *bed = *state;
    char id[SB_ID_SIZE_MAX];
    played_job_t job;
    duo_bed_submit(bed, "alice", SB_STRENGTH_PUSH, &job, id);
    played_bus_wait_accepted(&bed->bus, &job);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "job", id);
    const played_job_t cancel = played_bus_do(&bed->bus, "c1", SB_FACTOR_CANCEL, 10000, body);
    assert_int_equal(cancel.code, SB_OK);
    duo_bed_assert_ends(bed, &job, "cancelled");
}

/* The job is given back, for another authd, and nobody is told anything. */
static void it_stops_in_the_middle_of_a_push(void **state)
{
    duo_bed_t *bed = *state;
    played_job_t job;
    duo_bed_ask(bed, "alice", &job);
    (void)duo_bed_can(bed, "alice", SB_STRENGTH_PUSH);
    played_bus_stop(&bed->bus);
    assert_false(job.ended);
    assert_int_equal(sb_pool_jobs(bed->bus.pool), 1);
    sb_pool_destroy(&bed->bus.pool);
}

static void s_start_again(duo_bed_t *bed)
{
    played_bus_kill(&bed->bus);
    played_bus_start(&bed->bus, SB_AUTHD, bed->config);
}

static void another_authd_goes_on_with_the_same_push(void **state)
{
    duo_bed_t *bed = *state;
    played_job_t job;
    duo_bed_ask(bed, "alice", &job);
    char *code = s_begun(&job, true);
    s_start_again(bed);
    played_fake_do(&bed->duo, "approve", "{\"user\":\"alice\",\"code\":\"%s\"}", code);
    duo_bed_assert_ends(bed, &job, "approved");
    assert_int_equal(duo_bed_user(bed, "alice", "pushes"), 1);
    assert_int_equal(duo_bed_counter(bed, "methods.auth.calls"), 1);
    free(code);
}

/* It died between the push and the answer with its id: who goes on can't know, and asks nobody. */
static void another_authd_that_lacks_the_id_does_not_push_again(void **state)
{
    duo_bed_t *bed = *state;
    played_job_t job;
    played_fake_do(&bed->duo, "fault", "{\"route\":\"auth\",\"hang_ms\":60000,\"apply\":true}");
    duo_bed_submit(bed, "alice", SB_STRENGTH_PUSH, &job, NULL);
    for (int i = 0; i < 100 && duo_bed_user(bed, "alice", "pushes") == 0; i++) {
        bed_run_ms(bed->bus.loop, 20);
    }
    assert_false(job.accepted);
    s_start_again(bed);
    duo_bed_assert_ends(bed, &job, "unavailable");
    assert_int_equal(duo_bed_user(bed, "alice", "pushes"), 1);
}

/* ---- Load. */

#define WAITING 2000

typedef struct {
    duo_bed_t *bed;
    int64_t hanging;
} crowd_t;

static bool s_all_hang(void *arg)
{
    crowd_t *crowd = arg;
    crowd->hanging = duo_bed_counter(crowd->bed, "hanging");
    return crowd->hanging >= WAITING;
}

/* Two thousand wait, and one more person's answer is heard at once all the same. How fast it is
 * compared with an idle authd is scripts/bench's to print. */
static void two_thousand_wait_and_another_is_heard(void **state)
{
    duo_bed_t *bed = *state;
    played_job_t *jobs = sb_alloc_array(WAITING, sizeof *jobs);
    char user[32];
    for (int i = 0; i < WAITING; i++) {
        (void)snprintf(user, sizeof user, "user%06d", i + 1);
        duo_bed_submit(bed, user, SB_STRENGTH_PUSH, &jobs[i], NULL);
    }
    crowd_t crowd = {.bed = bed};
    if (!bed_run(bed->bus.loop, s_all_hang, &crowd)) {
        fail_msg("%lld wait", (long long)crowd.hanging);
    }
    played_job_t job;
    duo_bed_ask(bed, "alice", &job);
    char *code = s_begun(&job, true);
    played_fake_do(&bed->duo, "approve", "{\"user\":\"alice\",\"code\":\"%s\"}", code);
    duo_bed_assert_ends(bed, &job, "approved");
    free(code);
    for (int i = 0; i < WAITING; i++) {
        assert_true(jobs[i].accepted && !jobs[i].ended);
    }
    assert_int_equal(duo_bed_counter(bed, "pushes"), WAITING + 1);
    played_bus_kill(&bed->bus);
    sb_pool_destroy(&bed->bus.pool);
    free(jobs);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        ROW(every_end_of_a_push_is_told_apart_signed_as_in_version_5),
        cmocka_unit_test_setup_teardown(every_end_of_a_push_is_told_apart_signed_as_in_version_2,
                                        s_set_up_2, s_tear_down),
        ROW(the_phone_shows_whose_alert_it_is_and_wants_the_number),
        ROW(can_tells_five_outcomes_apart),
        ROW(nobody_is_pushed_who_can_not_prove_enough),
        cmocka_unit_test_setup_teardown(a_push_without_a_number_is_worth_a_code_if_it_is_wanted,
                                        s_set_up_without_number, s_tear_down),
        ROW(what_was_surely_not_done_is_done_when_duo_lets_us),
        ROW(a_push_whose_answer_is_lost_is_never_sent_again),
        ROW(a_lost_poll_is_asked_again_and_the_push_is_not),
        ROW(an_id_that_duo_does_not_know_is_the_end),
        ROW(requests_are_signed_with_duos_time),
        ROW(duo_away_is_unavailable_and_comes_back),
        cmocka_unit_test(a_wrong_certificate_gets_nothing),
        ROW(a_wrong_key_is_named_with_its_line),
        ROW(a_cancelled_job_is_cancelled),
        ROW(it_stops_in_the_middle_of_a_push),
        ROW(another_authd_goes_on_with_the_same_push),
        ROW(another_authd_that_lacks_the_id_does_not_push_again),
        ROW(two_thousand_wait_and_another_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
