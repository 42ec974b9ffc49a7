#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/botd/conversation.h"
#include "services/botd/cycle.h"
#include "tests/unit/botd/fake_store.h"

/* ---- The core as the test plays it: one outbox row named like the person; "bad" can't be read; a
 * person named "deadlineN" gets a deadline N ms after now; "hugeN" gets a text of N KiB. */

static int64_t s_seen_now_ms;
static int s_marked; /* steps of an item with "refused" */

cJSON *conversation_step(const policy_t *policy, const cJSON *item, int64_t now_ms, sb_err_t *err)
{
    (void)policy;
    s_seen_now_ms = now_ms;
    s_marked += cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "refused"));
    const char *id = cJSON_GetObjectItemCaseSensitive(item, "id")->valuestring;
    if (strcmp(id, "bad") == 0) {
        (void)sb_fail(err, SB_EINVALID, "a bad row");
        return NULL;
    }
    cJSON *conversation = sb_json_object();
    long n = 0;
    if (sscanf(id, "deadline%ld", &n) == 1) {
        sb_json_add_int(conversation, "deadline_ms", now_ms + n);
    }
    cJSON *row = sb_json_object();
    sb_json_add_str(row, "id", id);
    if (sscanf(id, "huge%ld", &n) == 1) {
        char *text = sb_alloc((size_t)n * 1024 + 1);
        memset(text, 'x', (size_t)n * 1024);
        sb_json_add_str(row, "text", text);
        free(text);
    }
    cJSON *outbox = sb_json_array();
    sb_json_push(outbox, row);
    cJSON *transition = sb_json_object();
    sb_json_add_str(transition, "person", id);
    sb_json_add(transition, "conversation", conversation);
    sb_json_add(transition, "outbox", outbox);
    return transition;
}

/* ---- The scene. */

static cycle_t *s_cycle;
static policy_t s_policy;
static char s_handed[256]; /* names of the rows that were handed on */
static bool s_no_room;
static int s_stale;

static void s_committed(void *ctx, const cJSON *outbox)
{
    (void)ctx;
    const size_t len = strlen(s_handed);
    (void)snprintf(s_handed + len, sizeof s_handed - len, "%s ",
                   cJSON_GetObjectItemCaseSensitive(outbox->child, "id")->valuestring);
}

static bool s_full(void *ctx)
{
    (void)ctx;
    return s_no_room;
}

static void s_on_stale(void *ctx)
{
    (void)ctx;
    s_stale++;
    cycle_stop(s_cycle);
}

static int set_up(void **state)
{
    (void)state;
    fake_reset();
    s_handed[0] = '\0';
    s_no_room = false;
    s_stale = 0;
    s_marked = 0;
    const cycle_events_t events = {.committed = s_committed, .full = s_full, .stale = s_on_stale};
    s_cycle = cycle_new(fake_timers(), fake_client(), &events);
    cycle_start(s_cycle, 3, &s_policy);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_reset();
    cycle_destroy(&s_cycle);
    cycle_destroy(&s_cycle);
    return 0;
}

#define PULL(items, more) "{\"now_ms\":50000,\"items\":[" items "],\"more\":" more "}"
#define PERSON(name) "{\"id\":\"" name "\"}"
#define RESULT(name, code) "{\"person\":\"" name "\",\"code\":\"" code "\"}"

/* ---- The cases. */

static void nothing_to_do_means_silence(void **state)
{
    (void)state;
    fake_answer("work.pull", PULL("", "false"));
    assert_int_equal(fake_calls_len, 0);
    fake_advance(59999);
    assert_int_equal(fake_calls_len, 0);
    fake_advance(1); /* the sweep */
    fake_answer("work.pull", PULL("", "false"));
}

static void a_round_pulls_steps_commits_and_hands_on(void **state)
{
    (void)state;
    fake_answer("work.pull", PULL(PERSON("alice") "," PERSON("bob"), "false"));
    assert_int_equal(s_seen_now_ms, 50000); /* the store's clock */
    assert_string_equal(s_handed, "");      /* nothing before it is durable */
    char *body = fake_body("commit");
    assert_non_null(strstr(body, "\"epoch\":\"3\""));
    free(body);
    fake_answer("commit", "{\"results\":[" RESULT("alice", "OK") "," RESULT("bob", "OK") "]}");
    assert_string_equal(s_handed, "alice bob ");
    assert_int_equal(fake_calls_len, 0);
}

static void only_what_was_applied_is_handed_on(void **state)
{
    (void)state;
    fake_answer("work.pull", PULL(PERSON("a") "," PERSON("b") "," PERSON("c"), "false"));
    fake_answer("commit", "{\"results\":[" RESULT("a", "CONFLICT") "," RESULT(
                              "b", "STALE") "," RESULT("c", "OK") "]}");
    assert_string_equal(s_handed, "c ");
    fake_answer("work.pull", PULL("", "false")); /* a and b are looked at again at once */
    assert_int_equal(fake_calls_len, 0);
}

/* Else a proof that the store does not take would be offered for ever. */
static void a_conflict_is_told_to_the_core_until_it_is_over(void **state)
{
    (void)state;
    fake_answer("work.pull", PULL(PERSON("a"), "false"));
    fake_answer("commit", "{\"results\":[" RESULT("a", "CONFLICT") "]}");
    assert_int_equal(s_marked, 0);
    fake_answer("work.pull", PULL(PERSON("a"), "false"));
    assert_int_equal(s_marked, 1);
    fake_answer("commit", "{\"results\":[" RESULT("a", "CONFLICT") "]}");
    assert_int_equal(fake_calls_len, 0); /* not spun on */
    cycle_kick(s_cycle);
    fake_answer("work.pull", PULL(PERSON("a"), "false"));
    assert_int_equal(s_marked, 2);
    fake_answer("commit", "{\"results\":[" RESULT("a", "OK") "]}");
    cycle_kick(s_cycle);
    fake_answer("work.pull", PULL(PERSON("a"), "false"));
    assert_int_equal(s_marked, 2);
}

static void a_refused_transition_is_not_spun_on(void **state)
{
    (void)state;
    fake_answer("work.pull", PULL(PERSON("a"), "true"));
    fake_answer("commit", "{\"results\":[" RESULT("a", "INVALID") "]}");
    assert_int_equal(fake_calls_len, 0);
}

static void a_bad_row_harms_no_other(void **state)
{
    (void)state;
    fake_answer("work.pull", PULL(PERSON("bad") "," PERSON("b"), "true"));
    fake_answer("commit", "{\"results\":[" RESULT("b", "OK") "]}");
    assert_string_equal(s_handed, "b ");
    fake_answer("work.pull", PULL(PERSON("bad"), "true"));
    assert_int_equal(fake_calls_len, 0); /* nothing but it is left: no spinning */
}

static void kicks_during_a_round_make_one_more(void **state)
{
    (void)state;
    cycle_kick(s_cycle);
    cycle_kick(s_cycle);
    assert_int_equal(fake_calls_len, 1);
    fake_answer("work.pull", PULL("", "false"));
    fake_answer("work.pull", PULL("", "false"));
    assert_int_equal(fake_calls_len, 0);
}

static void wakes_for_the_next_deadline(void **state)
{
    (void)state;
    fake_answer("work.pull",
                "{\"now_ms\":50000,\"items\":[],\"more\":false,\"next_due_ms\":57000}");
    fake_advance(6999);
    assert_int_equal(fake_calls_len, 0);
    fake_advance(1);
    fake_answer("work.pull", PULL("", "false"));
}

static void wakes_for_a_deadline_it_has_just_set(void **state)
{
    (void)state;
    fake_answer("work.pull", PULL(PERSON("deadline3000"), "false"));
    fake_answer("commit", "{\"results\":[" RESULT("deadline3000", "OK") "]}");
    fake_advance(2999);
    assert_int_equal(fake_calls_len, 0);
    fake_advance(1);
    fake_answer("work.pull", PULL("", "false"));
}

static void the_store_away_is_asked_again(void **state)
{
    (void)state;
    fake_refuse("work.pull", SB_ERETRY);
    assert_int_equal(fake_calls_len, 0);
    fake_advance(500);
    fake_answer("work.pull", PULL("", "false"));
}

/* Whether it was applied is not known, nor which rows are pending: begin anew with a new epoch. */
static void a_commit_without_an_answer_begins_anew(void **state)
{
    (void)state;
    fake_answer("work.pull", PULL(PERSON("a"), "false"));
    fake_refuse("commit", SB_ETIMEOUT);
    assert_int_equal(s_stale, 1);
    assert_string_equal(s_handed, "");
}

static void stale_epoch_is_told(void **state)
{
    (void)state;
    fake_refuse("work.pull", SB_ESTALE);
    assert_int_equal(s_stale, 1);
    cycle_kick(s_cycle);
    assert_int_equal(fake_calls_len, 0);
}

static void an_old_epochs_answer_is_ignored(void **state)
{
    (void)state;
    cycle_stop(s_cycle);
    cycle_start(s_cycle, 4, &s_policy);
    fake_answer("work.pull", PULL(PERSON("a"), "false")); /* asked in epoch 3 */
    assert_int_equal(fake_calls_len, 1);
    assert_string_equal(fake_calls[0].name, "work.pull");
    assert_int_equal(fake_calls[0].epoch, 4);
}

static void waits_while_there_is_no_room(void **state)
{
    (void)state;
    s_no_room = true;
    cycle_kick(s_cycle);
    fake_answer("work.pull", PULL("", "false"));
    assert_int_equal(fake_calls_len, 0);
    s_no_room = false;
    cycle_kick(s_cycle);
    fake_answer("work.pull", PULL("", "false"));
}

static void a_commit_fits_its_frame(void **state)
{
    (void)state;
    fake_answer("work.pull",
                PULL(PERSON("huge300") "," PERSON("huge301") "," PERSON("huge302"), "false"));
    char *body = fake_body("commit");
    assert_true(strlen(body) < 1024 * 1024);
    assert_null(strstr(body, "huge302"));
    free(body);
    fake_answer("commit",
                "{\"results\":[" RESULT("huge300", "OK") "," RESULT("huge301", "OK") "]}");
    fake_answer("work.pull", PULL(PERSON("huge302"), "false")); /* the rest, at once */
    fake_answer("commit", "{\"results\":[" RESULT("huge302", "OK") "]}");
    assert_string_equal(s_handed, "huge300 huge301 huge302 ");
}

static void an_unreadable_answer_is_a_failed_round(void **state)
{
    (void)state;
    fake_answer("work.pull", "{\"items\":[]}");
    assert_int_equal(fake_calls_len, 0);
    fake_advance(500);
    fake_answer("work.pull", PULL("", "false"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(nothing_to_do_means_silence),
        CASE(a_round_pulls_steps_commits_and_hands_on),
        CASE(only_what_was_applied_is_handed_on),
        CASE(a_conflict_is_told_to_the_core_until_it_is_over),
        CASE(a_refused_transition_is_not_spun_on),
        CASE(a_bad_row_harms_no_other),
        CASE(kicks_during_a_round_make_one_more),
        CASE(wakes_for_the_next_deadline),
        CASE(wakes_for_a_deadline_it_has_just_set),
        CASE(the_store_away_is_asked_again),
        CASE(a_commit_without_an_answer_begins_anew),
        CASE(stale_epoch_is_told),
        CASE(an_old_epochs_answer_is_ignored),
        CASE(waits_while_there_is_no_room),
        CASE(a_commit_fits_its_frame),
        CASE(an_unreadable_answer_is_a_failed_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
