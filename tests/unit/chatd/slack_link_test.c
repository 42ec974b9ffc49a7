/* Plays for the connection's logic: what happens at which second, and what must be done then. The
 * jitter is taken out by a backoff whose half is its whole: 2 s means 1 to 2 s, so the plays look
 * at 2 s and see that nothing began before 1 s. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "services/chatd/slack_link.h"

/* Round numbers, in seconds. */
static const slack_link_timing_t s_timing = {
    .connect_ms = 10000,
    .hello_ms = 15000,
    .ping_ms = 10000,
    .idle_ms = 35000,
    .drain_ms = 3000,
    .close_ms = 1000,
    .backoff_ms = 2000,
    .backoff_max_ms = 60000,
    .stable_ms = 60000,
    .slow_ms = 300000,
    .ahead_ms = 1, /* no jitter: the refresh is 1 ms ahead */
};

/* A line of a play: at second at, kind happens to gen (number and why as the kind needs), and then
 * exactly want is to be done. TICK lets time pass second by second from the line before; what is to
 * be done meanwhile is added up. */
typedef struct {
    double at;
    slack_link_kind_t kind;
    uint64_t gen;
    int64_t number; /* retry_ms, lifetime_ms; -1: refused */
    const char *why;
    const char *want;
} line_t;

typedef struct {
    const char *name;
    line_t lines[24]; /* ended by a NULL want */
} play_t;

#define START(at, want)                                                                            \
    {                                                                                              \
        at, SLACK_LINK_START, 0, 0, NULL, want                                                     \
    }
#define TICK(at, want)                                                                             \
    {                                                                                              \
        at, SLACK_LINK_TICK, 0, 0, NULL, want                                                      \
    }
#define URL(at, gen, want)                                                                         \
    {                                                                                              \
        at, SLACK_LINK_URL, gen, 0, NULL, want                                                     \
    }
#define NO_URL(at, gen, retry_ms, why, want)                                                       \
    {                                                                                              \
        at, SLACK_LINK_NO_URL, gen, retry_ms, why, want                                            \
    }
#define OPENED(at, gen, want)                                                                      \
    {                                                                                              \
        at, SLACK_LINK_OPENED, gen, 0, NULL, want                                                  \
    }
#define HEARD(at, gen, want)                                                                       \
    {                                                                                              \
        at, SLACK_LINK_HEARD, gen, 0, NULL, want                                                   \
    }
#define HELLO(at, gen, life_ms, want)                                                              \
    {                                                                                              \
        at, SLACK_LINK_HELLO, gen, life_ms, NULL, want                                             \
    }
#define LEAVE(at, gen, why, want)                                                                  \
    {                                                                                              \
        at, SLACK_LINK_DISCONNECT, gen, 0, why, want                                               \
    }
#define CLOSED(at, gen, want)                                                                      \
    {                                                                                              \
        at, SLACK_LINK_CLOSED, gen, 0, "gone", want                                                \
    }
/* Connection 1 is up at second 0. */
#define BEGIN                                                                                      \
    START(0, "ASK 1"), URL(0, 1, "CONNECT 1"), OPENED(0, 1, ""), HELLO(0, 1, 0, "UP 1 gap -1")

/* clang-format off */
static const play_t s_plays[] = {
    {"up, pinged, and heard", {
        BEGIN,
        TICK(9.9, ""), TICK(10, "PING 1"), HEARD(10, 1, ""), TICK(20, "PING 1"), HEARD(20, 1, ""),
        TICK(30, "PING 1"), HEARD(30.5, 1, ""), TICK(60, "PING 1, PING 1, PING 1")}},
    {"no URL: tried again, later and later", {
        START(0, "ASK 1"),
        NO_URL(0, 1, 0, "not_sent", ""), TICK(0.9, ""), TICK(2, "ASK 2"),
        NO_URL(2, 2, 0, "not_sent", ""), TICK(3.9, ""), TICK(6, "ASK 3"),
        NO_URL(6, 3, 0, "not_sent", ""), TICK(9.9, ""), TICK(14, "ASK 4"),
        NO_URL(14, 4, 0, "not_sent", ""), TICK(21.9, ""), TICK(30, "ASK 5"),
        NO_URL(30, 5, 0, "not_sent", ""), TICK(45.9, ""), TICK(62, "ASK 6"),
        NO_URL(62, 6, 0, "not_sent", ""), TICK(91.9, ""), TICK(122, "ASK 7"),
        NO_URL(122, 7, 0, "not_sent", ""), TICK(151.9, ""), TICK(182, "ASK 8")}},
    {"Retry-After is waited for", {
        START(0, "ASK 1"),
        NO_URL(0, 1, 30000, "ratelimited", ""), TICK(29.9, ""), TICK(30, "ASK 2")}},
    {"a refused token: alarm, and slowly", {
        START(0, "ASK 1"),
        NO_URL(0, 1, -1, "invalid_auth", "ALARM invalid_auth"), TICK(299, ""), TICK(300, "ASK 2"),
        NO_URL(300, 2, -1, "invalid_auth", "ALARM invalid_auth"), TICK(599, ""),
        TICK(600, "ASK 3"), URL(600, 3, "CONNECT 3")}},
    {"the socket never stands", { /* nor does libwebsockets say so */
        START(0, "ASK 1"), URL(0, 1, "CONNECT 1"),
        TICK(9.9, ""), TICK(10, "KILL 1"), TICK(10.9, ""), TICK(12, "ASK 2")}},
    {"the handshake is refused: one attempt follows, not two", {
        START(0, "ASK 1"), URL(0, 1, "CONNECT 1"),
        CLOSED(1, 1, ""), CLOSED(1, 1, ""), TICK(3, "ASK 2"), CLOSED(3, 1, ""), TICK(60, "")}},
    {"no hello", {
        START(0, "ASK 1"), URL(0, 1, "CONNECT 1"), OPENED(0, 1, ""),
        TICK(10, "PING 1"), HEARD(10, 1, ""), TICK(14.9, ""), TICK(15, "KILL 1"),
        TICK(17, "ASK 2")}},
    {"half-open: killed, and the gap counts from the last word", {
        BEGIN,
        HEARD(5, 1, ""), TICK(39.9, "PING 1, PING 1, PING 1"),
        TICK(40, "KILL 1, DOWN nothing was heard any more"), TICK(42, "ASK 2"),
        URL(42, 2, "CONNECT 2"), OPENED(42, 2, ""), HELLO(42, 2, 0, "UP 2 gap 37000")}},
    {"refresh asked for: the old one serves until the new one is up", {
        BEGIN,
        HEARD(30, 1, "PING 1"), HEARD(60, 1, "PING 1"),
        LEAVE(61, 1, "refresh_requested", "ASK 2"), HEARD(61.1, 1, ""), URL(62, 2, "CONNECT 2"),
        LEAVE(62, 1, "warning", ""), OPENED(63, 2, ""), HEARD(63.5, 1, ""),
        HELLO(64, 2, 0, "UP 2 gap 0"), TICK(66.9, ""), HEARD(67, 1, "CLOSE 1"),
        CLOSED(67.5, 1, ""), TICK(70, "")}},
    {"the old one does not end: it is cut off after a second", {
        BEGIN,
        HEARD(30, 1, "PING 1"), HEARD(60, 1, "PING 1"), LEAVE(61, 1, "warning", "ASK 2"),
        URL(61, 2, "CONNECT 2"), OPENED(61, 2, ""), HELLO(61, 2, 0, "UP 2 gap 0"),
        TICK(64, "CLOSE 1"), TICK(64.9, ""), TICK(65, "KILL 1"), CLOSED(65, 1, ""), TICK(70, "")}},
    {"a lifetime: replaced ahead of its end", {
        START(0, "ASK 1"), URL(0, 1, "CONNECT 1"), OPENED(0, 1, ""),
        HELLO(0, 1, 75000, "UP 1 gap -1"),
        HEARD(30, 1, "PING 1"), HEARD(60, 1, "PING 1"), TICK(74.9, "PING 1"), TICK(75, "ASK 2"),
        URL(75, 2, "CONNECT 2"), OPENED(75, 2, ""), HELLO(75, 2, 0, "UP 2 gap 0")}},
    {"closed before its successor is there: a gap", {
        BEGIN,
        HEARD(30, 1, "PING 1"), HEARD(60, 1, "PING 1"), LEAVE(61, 1, "warning", "ASK 2"),
        CLOSED(62, 1, "DOWN gone"), URL(63, 2, "CONNECT 2"), OPENED(64, 2, ""),
        HELLO(65, 2, 0, "UP 2 gap 4000")}},
    {"closed out of the blue: at once, if things were stable", {
        BEGIN, HEARD(30, 1, "PING 1"), HEARD(60, 1, "PING 1"), CLOSED(61, 1, "DOWN gone, ASK 2")}},
    {"closed soon after hello: not at once", {
        BEGIN, CLOSED(1, 1, "DOWN gone"), TICK(1.9, ""), TICK(3, "ASK 2"),
        URL(3, 2, "CONNECT 2"), OPENED(3, 2, ""), HELLO(3, 2, 0, "UP 2 gap 3000"),
        CLOSED(4, 2, "DOWN gone"), TICK(5.9, ""), TICK(8, "ASK 3")}},
    {"hello alone forgets no failure", {
        START(0, "ASK 1"), NO_URL(0, 1, 0, "x", ""), TICK(2, "ASK 2"), NO_URL(2, 2, 0, "x", ""),
        TICK(6, "ASK 3"), URL(6, 3, "CONNECT 3"), OPENED(6, 3, ""), HELLO(6, 3, 0, "UP 3 gap -1"),
        LEAVE(7, 3, "refresh_requested", ""), TICK(10.9, ""), TICK(15, "ASK 4")}},
    {"disconnect while greeting", {
        START(0, "ASK 1"), URL(0, 1, "CONNECT 1"), OPENED(0, 1, ""),
        LEAVE(1, 1, "refresh_requested", "CLOSE 1"), TICK(1.9, ""), TICK(2, "KILL 1"),
        TICK(3, "ASK 2")}},
    {"disconnect before the socket stands is none of ours", {
        START(0, "ASK 1"), URL(0, 1, "CONNECT 1"), LEAVE(1, 1, "warning", ""), OPENED(2, 1, ""),
        HELLO(2, 1, 0, "UP 1 gap -1")}},
    {"an unknown reason is a refresh", {
        BEGIN, HEARD(30, 1, "PING 1"), HEARD(60, 1, "PING 1"), LEAVE(61, 1, "new", "ASK 2")}},
    {"a successor that fails leaves the old one where it is", {
        BEGIN,
        HEARD(30, 1, "PING 1"), HEARD(60, 1, "PING 1"), LEAVE(61, 1, "warning", "ASK 2"),
        NO_URL(61, 2, 0, "x", ""), HEARD(62, 1, ""), TICK(63, "ASK 3"), URL(63, 3, "CONNECT 3"),
        CLOSED(64, 3, ""), HEARD(64, 1, ""), TICK(68, "ASK 4"), URL(68, 4, "CONNECT 4"),
        OPENED(68, 4, ""), HELLO(68, 4, 0, "UP 4 gap 0"), TICK(71, "PING 1, CLOSE 1")}},
    {"too many: the only one goes, then another try, not soon", {
        BEGIN,
        HEARD(30, 1, "PING 1"), HEARD(60, 1, "PING 1"),
        LEAVE(61, 1, "too_many_websockets", "CLOSE 1, DOWN too_many_websockets"),
        CLOSED(61.5, 1, ""), TICK(64.9, ""), TICK(69, "ASK 2")}},
    {"too many while greeting: closed, and not soon again", {
        START(0, "ASK 1"), URL(0, 1, "CONNECT 1"), OPENED(0, 1, ""),
        LEAVE(0, 1, "too_many_websockets", "CLOSE 1"), CLOSED(0, 1, ""), TICK(3.9, ""),
        TICK(8, "ASK 2")}},
    {"too many for a refresh of our own: the old one stays", {
        START(0, "ASK 1"), URL(0, 1, "CONNECT 1"), OPENED(0, 1, ""),
        HELLO(0, 1, 75000, "UP 1 gap -1"), HEARD(30, 1, "PING 1"), HEARD(60, 1, "PING 1"),
        TICK(75, "PING 1, ASK 2"), URL(75, 2, "CONNECT 2"), OPENED(75, 2, ""),
        LEAVE(75, 2, "too_many_websockets", "CLOSE 2"), CLOSED(75, 2, ""), HEARD(76, 1, ""),
        TICK(100, "PING 1, PING 1, PING 1"), HEARD(100, 1, "")}},
    {"too many for a refresh asked for: the old one goes first", {
        BEGIN,
        HEARD(30, 1, "PING 1"), HEARD(60, 1, "PING 1"), LEAVE(61, 1, "warning", "ASK 2"),
        URL(61, 2, "CONNECT 2"), OPENED(61, 2, ""),
        LEAVE(61, 2, "too_many_websockets", "CLOSE 2"), CLOSED(61, 2, ""), TICK(64.9, ""),
        TICK(69, "CLOSE 1, DOWN room is needed for its successor, KILL 1, ASK 3")}},
    {"switched off: alarm, and slowly", {
        BEGIN,
        LEAVE(1, 1, "link_disabled", "ALARM Socket Mode is switched off (link_disabled)"),
        CLOSED(2, 1, "DOWN gone"), TICK(300.9, ""), TICK(301, "ASK 2")}},
    {"switched off while another is being made", {
        BEGIN,
        HEARD(30, 1, "PING 1"), HEARD(60, 1, "PING 1"), LEAVE(61, 1, "warning", "ASK 2"),
        LEAVE(61, 1, "link_disabled", "ALARM Socket Mode is switched off (link_disabled)"),
        NO_URL(61, 2, 0, "x", ""), CLOSED(62, 1, "DOWN gone"), TICK(360.9, ""),
        TICK(361, "ASK 3")}},
    {"two are leaving: the older one makes room", {
        BEGIN,
        HEARD(30, 1, "PING 1"), HEARD(60, 1, "PING 1"), LEAVE(61, 1, "warning", "ASK 2"),
        URL(61, 2, "CONNECT 2"), OPENED(61, 2, ""), HELLO(61, 2, 0, "UP 2 gap 0"),
        LEAVE(61, 2, "warning", ""), TICK(63, "CLOSE 1"),
        CLOSED(63, 1, "ASK 3")}},
    {"what is said of the dead is ignored", {
        BEGIN,
        CLOSED(1, 1, "DOWN gone"), HELLO(1, 1, 0, ""), HEARD(1, 1, ""), LEAVE(1, 1, "warning", ""),
        OPENED(1, 1, ""), URL(1, 1, ""), NO_URL(1, 1, -1, "x", ""), HELLO(1, 7, 0, ""),
        TICK(3, "ASK 2")}},
    {"a second hello is no news", {
        BEGIN, HELLO(1, 1, 1000, ""), TICK(5, "")}},
    {"nothing before the start", {
        TICK(100, ""), START(100, "ASK 1")}},
};
/* clang-format on */

static void s_show(char *out, size_t size, const slack_link_actions_t *actions)
{
    static const char *const names[] = {"ASK",  "CONNECT", "PING", "CLOSE",
                                        "KILL", "UP",      "DOWN", "ALARM"};
    for (size_t i = 0; i < actions->len; i++) {
        const slack_link_action_t *action = &actions->items[i];
        size_t len = strlen(out);
        (void)snprintf(out + len, size - len, "%s%s", len ? ", " : "", names[action->what]);
        len = strlen(out);
        if (action->why) {
            (void)snprintf(out + len, size - len, " %s", action->why);
        } else {
            (void)snprintf(out + len, size - len, " %u", (unsigned)action->gen);
        }
        len = strlen(out);
        if (action->what == SLACK_LINK_UP) {
            (void)snprintf(out + len, size - len, " gap %lld", (long long)action->gap_ms);
        }
    }
}

static void s_step(slack_link_t *link, const line_t *line, int64_t now_ms, char *got, size_t size)
{
    slack_link_event_t event = {.kind = line->kind, .gen = line->gen, .why = line->why};
    event.refused = line->number < 0;
    event.retry_ms = line->number < 0 ? 0 : line->number;
    event.lifetime_ms = event.retry_ms;
    slack_link_actions_t actions;
    slack_link_step(link, &event, now_ms, &actions);
    s_show(got, size, &actions);
}

/* Ticks exactly when one is due, as the loop would, until now_ms. */
static void s_pass(slack_link_t *link, const line_t *line, int64_t now_ms, char *got, size_t size)
{
    int64_t next_ms;
    int64_t before_ms = -1;
    while ((next_ms = slack_link_next_ms(link)) <= now_ms) {
        if (next_ms <= before_ms) {
            fail_msg("a tick at %lld ms is due again and again", (long long)next_ms);
        }
        before_ms = next_ms;
        s_step(link, line, next_ms, got, size);
    }
    s_step(link, line, now_ms, got, size);
}

static void test_plays(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_plays / sizeof s_plays[0]; i++) {
        slack_link_t *link = slack_link_new(&s_timing, i + 1);
        for (const line_t *line = s_plays[i].lines; line->want; line++) {
            const int64_t now_ms = (int64_t)(line->at * 1000 + 0.5);
            char got[512] = "";
            if (line->kind == SLACK_LINK_TICK) {
                s_pass(link, line, now_ms, got, sizeof got);
            } else {
                s_step(link, line, now_ms, got, sizeof got);
            }
            if (strcmp(got, line->want) != 0) {
                fail_msg("%s, second %g: want \"%s\", got \"%s\"", s_plays[i].name, line->at,
                         line->want, got);
            }
        }
        slack_link_destroy(&link);
    }
}

static void test_what_is_told(void **state)
{
    (void)state;
    slack_link_t *link = slack_link_new(&s_timing, 1);
    static const line_t lines[] = {BEGIN};
    assert_int_equal(slack_link_next_ms(link), INT64_MAX);
    assert_false(slack_link_up(link));
    assert_int_equal(slack_link_silent_ms(link, 0), -1);
    for (size_t i = 0; i < 4; i++) {
        char got[128] = "";
        s_step(link, &lines[i], 0, got, sizeof got);
        assert_int_equal(slack_link_open(link, 1), i >= 2);
        assert_int_equal(slack_link_up(link), i >= 3);
    }
    assert_false(slack_link_open(link, 0));
    assert_int_equal(slack_link_silent_ms(link, 700), 700);
    assert_int_equal(slack_link_next_ms(link), 10000);
    slack_link_destroy(&link);
    slack_link_destroy(&link);
}

static void test_waits_have_jitter(void **state)
{
    (void)state;
    slack_link_actions_t actions;
    int64_t first_ms = 0;
    bool differ = false;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        slack_link_t *link = slack_link_new(&s_timing, seed * 7919);
        const slack_link_event_t start = {.kind = SLACK_LINK_START};
        const slack_link_event_t fails = {.kind = SLACK_LINK_NO_URL, .gen = 1, .why = "x"};
        slack_link_step(link, &start, 0, &actions);
        slack_link_step(link, &fails, 0, &actions);
        const int64_t next_ms = slack_link_next_ms(link);
        assert_in_range(next_ms, 1000, 2000);
        first_ms = seed == 1 ? next_ms : first_ms;
        differ = differ || next_ms != first_ms;
        slack_link_destroy(&link);
    }
    assert_true(differ);
}

/* The times as shipped, against what is known of Slack (facts of the field). */
static void test_timing(void **state)
{
    (void)state;
    const slack_link_timing_t *t = &slack_link_timing;
    assert_in_range(t->ping_ms, 10000, 15000);
    assert_in_range(t->idle_ms, 30000, 75000);
    assert_in_range(t->idle_ms - t->ping_ms, 15000, 60000);
    assert_in_range(t->hello_ms, 10000, 15000);
    assert_int_equal(t->close_ms, 1000);
    assert_true(t->backoff_max_ms >= 60000);
    assert_true(t->stable_ms >= 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plays),
        cmocka_unit_test(test_what_is_told),
        cmocka_unit_test(test_waits_have_jitter),
        cmocka_unit_test(test_timing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
