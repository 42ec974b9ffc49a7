/* conversation_random_test.c: thousands of conversations that nobody would write down. Whatever
 * happens, in whatever order, the promises of play_check.c hold after every step, and every alert
 * comes to an end. A failure names its seed; SB_SEED plays that one alone. */
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
#include "tests/unit/botd/play.h"

#define SEEDS 1000
#define EVENTS 60 /* of one seed */
#define MINUTE_MS 60000LL

typedef struct {
    play_t play;
    uint64_t random;
    char name[32];
    int codes;
} world_t;

/* xorshift64*: the same everywhere. */
static uint32_t s_random(world_t *self, uint32_t below)
{
    self->random ^= self->random >> 12;
    self->random ^= self->random << 25;
    self->random ^= self->random >> 27;
    return (uint32_t)((self->random * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static const char *s_pick(world_t *self, const char *const *texts, size_t len)
{
    return texts[s_random(self, (uint32_t)len)];
}
#define PICK(self, texts) s_pick(self, texts, sizeof(texts) / sizeof(texts)[0])

/* Now, or up to three hours ago. */
static int64_t s_when(world_t *self)
{
    return self->play.now_ms - (s_random(self, 3) ? 0 : (int64_t)s_random(self, 180) * MINUTE_MS);
}

/* ---- What happens. */

static void s_alert(world_t *self)
{
    static const char *const titles[] = {"login", "sudo", "custom_alert", "testing_alert", ""};
    static const char *const texts[] = {
        "", "signed in", "a\nb\r\n> c", "{name} {reason}", "\x1b[2J\u202e\u2066x", "`x` <!channel>",
    };
    if (self->play.alerts_len < PLAY_ALERTS_MAX - 20) {
        const char *title = PICK(self, titles); /* one by one: arguments have no order */
        const char *description = PICK(self, texts);
        const char *reason = PICK(self, texts);
        play_alert_t *alert = play_alert(&self->play, title, description, reason);
        alert->place = sb_strdup(PICK(self, texts));
    }
}

static void s_many_alerts(world_t *self)
{
    for (uint32_t n = s_random(self, 14); n > 0; n--) {
        s_alert(self);
    }
}

static void s_text(world_t *self)
{
    static const char *const texts[] = {
        "yes",
        "Yes, it was me",
        "y",
        "no",
        "No!",
        "nope, not me",
        "sure",
        "ok",
        "maybe",
        "not sure",
        "no idea, was it me?",
        "yes no",
        "hi",
        "help",
        "help -a",
        "stop",
        "start",
        "test",
        "ignore last 1h",
        "ignore current 30m",
        "ignore current 9h",
        "ignore last 0m",
        "ignore",
        "ja",
        "",
        "  ",
        "frobnicate",
        "?",
        "yes \u202e\x07 {name}\n> <!channel>",
        "\U0001f44d",
        ":-1:",
        "\xe2\x80\x9cyes\xe2\x80\x9d",
    };
    const char *text = PICK(self, texts);
    play_event(&self->play, "text", text, NULL, s_when(self));
}

static void s_long_text(world_t *self)
{
    static const char *const pieces[] = {"\n", "\u20ac", "x", "\x01", "\u2028", "\"", "\\", " "};
    char *text = sb_alloc(SB_TEXT_MAX + 1);
    const char *piece = PICK(self, pieces);
    size_t len = (size_t)snprintf(text, SB_TEXT_MAX, s_random(self, 2) ? "yes " : "no ");
    while (len + strlen(piece) <= SB_TEXT_MAX) {
        memcpy(text + len, piece, strlen(piece) + 1);
        len += strlen(piece);
    }
    play_event(&self->play, "text", text, NULL, s_when(self));
    free(text);
}

static void s_code(world_t *self)
{
    char text[32];
    /* Each is a secret from the time it is typed where codes are; the check looks for the last. */
    (void)snprintf(self->play.secret, sizeof self->play.secret, "77%04d", self->codes++ % 10000);
    const bool alone = s_random(self, 3) != 0;
    const char *state = play_conv(&self->play, "state");
    const bool bound = strcmp(state, "consent") == 0 || strcmp(state, "code") == 0;
    (void)snprintf(text, sizeof text, "%s%s", alone || !bound ? "" : "yes ", self->play.secret);
    play_event(&self->play, "text", text, NULL, self->play.now_ms);
}

/* The template's %s becomes the hash. */
static void s_value(char *out, size_t size, const char *template, const char *hash)
{
    const char *mark = strchr(template, '%');
    (void)snprintf(out, size, "%.*s%s%s", (int)(mark - template), template, hash, mark + 2);
}

static void s_button(world_t *self)
{
    static const char *const actions[] = {"yes",   "no",     "agree", "decline",
                                          "maybe", "unsure", "help",  "ack"};
    char value[SB_VALUE_MAX + 1] = "junk";
    if (self->play.alerts_len > 0 && s_random(self, 20)) {
        const size_t newest = self->play.alerts_len - 1;
        const size_t any = s_random(self, (uint32_t)self->play.alerts_len);
        const char *hash = self->play.alerts[s_random(self, 2) ? newest : any].hash;
        if (play_conv(&self->play, "alert")[0] && s_random(self, 2)) {
            hash = play_conv(&self->play, "alert");
        }
        (void)snprintf(value, sizeof value, "%s:%s", PICK(self, actions), hash);
    }
    const char *comment = s_random(self, 4) ? NULL : "with words";
    play_event(&self->play, "button", comment, value, s_when(self));
}

/* A responder, most often about something that is escalated. */
static void s_act(world_t *self)
{
    static const char *const who[] = {"carol", "dave", "Alice", "<!here>\n`x`"};
    static const char *const actions[] = {"ack:%s",
                                          "assign:%s",
                                          "assign:%s:dave",
                                          "close:%s:benign",
                                          "close:%s:true_positive",
                                          "close:%s:bored",
                                          "yes:%s"};
    char value[SB_VALUE_MAX + 1] = "ack:junk";
    if (self->play.alerts_len > 0 && s_random(self, 20)) {
        size_t i = s_random(self, (uint32_t)self->play.alerts_len);
        for (int tries = 0; tries < 4 && strcmp(self->play.alerts[i].state, "escalated") != 0;
             tries++) {
            i = s_random(self, (uint32_t)self->play.alerts_len);
        }
        s_value(value, sizeof value, PICK(self, actions), self->play.alerts[i].hash);
    }
    play_event(&self->play, "team", PICK(self, who), value, s_when(self));
}

/* Some job that has not ended, most often the one that is waited for, ends. */
static void s_result(world_t *self)
{
    static const char *const can[] = {
        "{\"status\":\"ok\",\"driver\":\"totp\",\"typed\":true,\"strength\":\"code\"}",
        "{\"status\":\"ok\",\"driver\":\"duo\",\"typed\":false,\"strength\":\"push\"}",
        "{\"status\":\"ok\",\"driver\":\"okta\",\"typed\":false,\"strength\":\"push\"}",
        "{\"status\":\"ok\",\"driver\":\"webauthn\",\"strength\":\"passkey\"}",
        "{\"status\":\"ok\",\"driver\":\"duo\",\"strength\":\"" PLAY_PROVIDER "\"}",
        "{\"status\":\"ok\",\"driver\":\"duo\"}",
        "{\"status\":\"denied\"}",
        "{\"status\":\"no_factor\"}",
        "{\"status\":\"locked\"}",
        "{\"status\":\"unavailable\",\"ok\":false}",
        "{\"status\":\"approved\",\"driver\":\"duo\"}",
        "{}",
    };
    static const char *const start[] = {
        "{\"status\":\"approved\"}",
        "{\"status\":\"approved\"}",
        "{\"status\":\"wrong_code\"}",
        "{\"status\":\"refused\"}",
        "{\"status\":\"fraud\"}",
        "{\"status\":\"timeout\"}",
        "{\"status\":\"locked\"}",
        "{\"status\":\"ok\"}",
        "{}",
        "{\"status\":\"denied\"}",
        "{\"status\":\"suspect\"}",
        "{\"status\":\"unavailable\"}",
        "{\"status\":\"unavailable\"}",
        "{\"status\":\"cancelled\"}",
        "{\"status\":\"waiting\"}",
    };
    const char *id = play_conv(&self->play, "job");
    const cJSON *row;
    cJSON_ArrayForEach(row, self->play.outbox)
    {
        const bool job = strncmp(play_str(row, "kind"), "factor.", 7) == 0;
        if (job && !cJSON_HasObjectItem(row, "result") && s_random(self, 8) == 0) {
            id = play_str(row, "id");
        }
    }
    row = play_row(&self->play, id);
    if (row) {
        const bool is_can = strcmp(play_str(row, "kind"), "factor.can") == 0;
        cJSON *result = cJSON_Parse(is_can ? PICK(self, can) : PICK(self, start));
        play_done(&self->play, id, true, result);
        cJSON_Delete(result);
    }
}

/* The job that is waited for was accepted. */
static void s_accept(world_t *self)
{
    static const char *const shows[] = {
        "null",
        "{\"kind\":\"number\",\"text\":\"72\"}",
        "{\"kind\":\"link\",\"text\":\"https://confirm.example.com/c/abc\"}",
        "{\"kind\":\"number\",\"text\":\"72 " PLAY_PROVIDER "\"}",
        "{\"kind\":\"link\",\"text\":\"https://" PLAY_PROVIDER ".example.com@x/\"}",
        "{\"kind\":\"" PLAY_PROVIDER "\",\"text\":\"1\"}",
        "{}",
    };
    const cJSON *row = play_row(&self->play, play_conv(&self->play, "job"));
    if (row && strcmp(play_str(row, "kind"), "factor.start") == 0) {
        cJSON *show = cJSON_Parse(PICK(self, shows));
        play_accept(&self->play, play_str(row, "id"), show);
        cJSON_Delete(show);
    }
}

/* What leads to a confirmation, as most people most often do it. */
static void s_cooperate(world_t *self)
{
    const char *state = play_conv(&self->play, "state");
    const cJSON *job = play_row(&self->play, play_conv(&self->play, "job"));
    if (job) {
        const bool typed = s_random(self, 2);
        const bool is_can = strcmp(play_str(job, "kind"), "factor.can") == 0;
        cJSON *result = cJSON_Parse(
            !is_can ? "{\"status\":\"approved\"}"
            : typed ? "{\"status\":\"ok\",\"driver\":\"totp\",\"typed\":true,\"strength\":\"code\"}"
                    : "{\"status\":\"ok\",\"driver\":\"webauthn\",\"strength\":\"passkey\"}");
        play_done(&self->play, play_str(job, "id"), true, result);
        cJSON_Delete(result);
    } else if (strcmp(state, "code") == 0) {
        s_code(self);
    } else {
        play_event(&self->play, "text", "yes", NULL, self->play.now_ms);
    }
}

/* A message of the last few fails for good. */
static void s_unsent(world_t *self)
{
    const int len = cJSON_GetArraySize(self->play.outbox);
    if (len == 0) {
        return;
    }
    const int back = (int)s_random(self, 4);
    const cJSON *row = cJSON_GetArrayItem(self->play.outbox, len > back ? len - 1 - back : 0);
    if (strcmp(play_str(row, "kind"), "chat.send") == 0) {
        cJSON *result = cJSON_Parse("{\"ok\":false,\"code\":\"NOT_FOUND\"}");
        play_done(&self->play, play_str(row, "id"), false, result);
        cJSON_Delete(result);
    }
}

static void s_stray_result(world_t *self)
{
    static const char *const texts[] = {"{\"status\":\"approved\"}", "", "{", "null"};
    const char *text = PICK(self, texts);
    play_event(&self->play, "result", text, "c-0000000000000000-1-1", s_when(self));
}

static void s_wait(world_t *self)
{
    self->play.now_ms += (int64_t)s_random(self, 90) * MINUTE_MS;
}

static void s_team(world_t *self)
{
    switch (s_random(self, 8)) {
    case 0:
        self->play.exempt = !self->play.exempt;
        break;
    case 1:
        play_mute(&self->play, "login", NULL, "by the team", self->play.now_ms + 60 * MINUTE_MS);
        break;
    case 2:
        self->play.person = PLAY_INACTIVE;
        break;
    case 3:
        self->play.person = PLAY_UNKNOWN;
        break;
    default:
        self->play.person = PLAY_KNOWN;
        break;
    }
}

static const struct {
    void (*run)(world_t *self);
    uint32_t weight;
} s_events[] = {
    {s_alert,        10},
    {s_many_alerts,  1 },
    {s_cooperate,    40},
    {s_text,         20},
    {s_long_text,    1 },
    {s_code,         8 },
    {s_button,       12},
    {s_act,          8 },
    {s_result,       12},
    {s_accept,       8 },
    {s_unsent,       2 },
    {s_stray_result, 1 },
    {s_wait,         6 },
    {s_team,         2 },
};

static void s_event(world_t *self)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < sizeof s_events / sizeof s_events[0]; i++) {
        sum += s_events[i].weight;
    }
    uint32_t at = s_random(self, sum);
    size_t i = 0;
    while (at >= s_events[i].weight) {
        at -= s_events[i++].weight;
    }
    s_events[i].run(self);
}

/* ---- One life. */

/* So that no kind is missed unseen. */
static struct {
    size_t confirmed, muted, escalated, throttled, effects, shown, passed_over;
} s_count;

static void s_tally(const play_t *play)
{
    for (size_t i = 0; i < play->alerts_len; i++) {
        const char *outcome = play->alerts[i].outcome;
        const bool confirmed = strcmp(outcome, "confirmed") == 0;
        const bool muted = strcmp(outcome, "muted") == 0;
        s_count.confirmed += confirmed ? 1 : 0;
        s_count.muted += muted ? 1 : 0;
        s_count.escalated += confirmed || muted ? 0 : 1;
        s_count.throttled += strcmp(outcome, "throttled") == 0 ? 1 : 0;
        s_count.effects += confirmed && play->alerts[i].effect ? 1 : 0;
    }
    const cJSON *row;
    cJSON_ArrayForEach(row, play->outbox)
    {
        const cJSON *body = cJSON_GetObjectItemCaseSensitive(row, "body");
        const cJSON *tried = cJSON_GetObjectItemCaseSensitive(body, "tried");
        s_count.shown += strncmp(play_str(body, "text"), "Enter 72", 8) == 0 ? 1 : 0;
        s_count.passed_over += cJSON_GetArraySize(tried) > 0 ? 1 : 0;
    }
}

static void s_live(const policy_t *policy, uint64_t seed)
{
    world_t *self = sb_alloc(sizeof *self);
    self->random = seed * 0x9e3779b97f4a7c15ULL + 1;
    (void)snprintf(self->name, sizeof self->name, "seed %llu", (unsigned long long)seed);
    play_init(&self->play, self->name, policy);
    for (int i = 0; i < EVENTS; i++) {
        s_event(self);
        if (s_random(self, 4)) { /* else botd is away meanwhile */
            play_run(&self->play);
        }
    }
    /* Silence: each question's time passes, one after the other. */
    for (size_t i = 0; i <= self->play.alerts_len; i++) {
        play_run(&self->play);
        self->play.now_ms += policy->answer_ms;
    }
    play_run(&self->play);
    play_check_end(&self->play);
    s_tally(&self->play);
    play_free(&self->play);
    free(self);
}

static char *s_never_mute[] = {"custom_alert", NULL};
static char *s_factors[] = {"webauthn", "duo", "totp", NULL};
static char *s_push[] = {"sud*", NULL};
static char *s_passkey[] = {"custom_alert", NULL};

static void test_promises(void **state)
{
    (void)state;
    sb_err_t err = {0};
    messages_t *messages = messages_load(NULL, &err);
    commands_t *commands = commands_load(NULL, &err);
    assert_true(messages && commands);
    const hours_t hours = hours_always();
    policy_t policy = {
        .messages = messages,
        .commands = commands,
        .hours = &hours,
        .answer_ms = 120 * MINUTE_MS,
        .proof_ms = MINUTE_MS,
        .automute_ms = 300 * MINUTE_MS,
        .ignore_max_ms = 240 * MINUTE_MS,
        .codes_max = 3,
        .never_mute = s_never_mute,
        .push_titles = s_push,
        .passkey_titles = s_passkey,
        .proofs_per_hour = 3,
        .proofs_per_day = 10,
        .cooloff_ms = 30 * MINUTE_MS,
        .fraud_cooloff_ms = 24 * 60 * MINUTE_MS,
    };
    const char *only = getenv("SB_SEED");
    const uint64_t first = only ? strtoull(only, NULL, 10) : 1;
    const uint64_t last = only ? first : SEEDS;
    for (uint64_t seed = first; seed <= last; seed++) {
        policy.factors = seed % 2 ? s_factors : NULL;
        policy.proofs_per_day = seed % 3 ? 10 : 2;
        s_live(&policy, seed);
    }
    print_message("confirmed %zu (requests %zu), muted %zu, escalated %zu (throttled %zu), numbers "
                  "shown %zu, passed over %zu\n",
                  s_count.confirmed, s_count.effects, s_count.muted, s_count.escalated,
                  s_count.throttled, s_count.shown, s_count.passed_over);
    assert_true(only || (s_count.confirmed > SEEDS / 10 && s_count.muted > 0 &&
                         s_count.escalated > 0 && s_count.throttled > 0 && s_count.effects > 0 &&
                         s_count.shown > 0 && s_count.passed_over > 0));
    messages_destroy(&messages);
    commands_destroy(&commands);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_promises)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
