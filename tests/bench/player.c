#include "tests/bench/player.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/factor_secret.h"
#include "lib/mem.h"
#include "lib/totp.h"
#include "proto/chatd.h"
#include "proto/localchat.h"
#include "tests/bench/fail.h"
#include "tests/bench/ws.h"

/* What is waited for. */
typedef enum { HISTORY, QUESTION, CONSENT, CODE, PROOF, END } stage_t;

struct player {
    bench_t *bench;
    ws_t *ws;
    char person[BENCH_PERSON_SIZE];
    stage_t stage;
    unsigned events;
    size_t slot; /* of the tally */
    double sent_ms;
    double accepted_ms; /* 0: not yet */
    double shown_ms;    /* 0: not yet */
};

static const char *s_str(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

static cJSON *s_frame(player_t *self, const char *type)
{
    cJSON *frame = sb_json_object();
    sb_json_add_str(frame, "type", type);
    if (strcmp(type, LOCALCHAT_HELLO) != 0) {
        char *event = sb_format("b%u", self->events++);
        sb_json_add_str(frame, "event", event);
        free(event);
    }
    return frame;
}

static void s_begin(player_t *self)
{
    if (!bench_next(self->bench, self->person)) {
        return;
    }
    self->slot = self->bench->begun - 1;
    self->stage = HISTORY;
    self->accepted_ms = 0;
    self->shown_ms = 0;
    cJSON *frame = s_frame(self, LOCALCHAT_HELLO);
    sb_json_add_str(frame, "as", self->person);
    ws_send(self->ws, &frame);
}

static int s_on_pause(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    s_begin(arg);
    return 0;
}

static void s_end(player_t *self)
{
    self->stage = END;
    bench_ended(self->bench);
    if (self->bench->pause_ms > 0) {
        (void)zloop_timer(self->bench->loop, (size_t)self->bench->pause_ms, 1, s_on_pause, self);
    } else {
        s_begin(self);
    }
}

/* Both the answer of taskd and the message are there, in whatever order they came. */
static void s_tally(player_t *self)
{
    const double late = self->shown_ms - self->accepted_ms;
    self->bench->accepted_ms[self->slot] = late > 0 ? late : 0;
    self->bench->sent_ms[self->slot] = self->shown_ms - self->sent_ms;
    if (self->bench->mode == BENCH_LATENCY) {
        s_end(self);
    }
}

static void s_on_created(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)body;
    player_t *self = arg;
    bench_must(code == SB_OK, err->text);
    self->accepted_ms = bench_now_ms();
    if (self->shown_ms > 0) {
        s_tally(self);
    }
}

/* Presses the button of an action; false if the message has none. */
static bool s_press(player_t *self, const cJSON *message, const char *action)
{
    const size_t size = strlen(action);
    const cJSON *button;
    cJSON_ArrayForEach(button, cJSON_GetObjectItemCaseSensitive(message, "buttons"))
    {
        if (strncmp(s_str(button, "value"), action, size) == 0) {
            cJSON *frame = s_frame(self, LOCALCHAT_PRESS);
            sb_json_add_str(frame, "message", s_str(message, "id"));
            sb_json_add_str(frame, "value", s_str(button, "value"));
            sb_json_add_str(frame, "label", s_str(button, "label"));
            ws_send(self->ws, &frame);
            return true;
        }
    }
    return false;
}

static void s_say_code(player_t *self)
{
    uint8_t secret[SB_SHA256_SIZE];
    char code[SB_TOTP_DIGITS + 1];
    bench_secret(self->person, secret);
    sb_totp_code(secret, SB_TOTP_SECRET_SIZE, sb_totp_step(sb_clock_wall_ms() / 1000), code);
    cJSON *frame = s_frame(self, LOCALCHAT_SAY);
    sb_json_add_str(frame, "text", code);
    ws_send(self->ws, &frame);
}

/* The greeting and the farewell have no buttons and are passed over. */
static void s_on_message(player_t *self, const cJSON *message)
{
    const bool spoken = cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(message, "sender"));
    if (!spoken || cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(message, "edited")) ||
        strcmp(s_str(message, "channel") + 1, self->person) != 0) {
        return;
    }
    switch (self->stage) {
    case QUESTION:
        if (self->bench->mode == BENCH_WHOLE && !s_press(self, message, SB_BUTTON_YES ":")) {
            return;
        }
        if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(message, "buttons")) == 0) {
            return;
        }
        self->stage = self->bench->mode == BENCH_WHOLE ? CONSENT : END;
        self->shown_ms = bench_now_ms();
        if (self->accepted_ms > 0) {
            s_tally(self);
        }
        return;
    case CONSENT:
        if (s_press(self, message, SB_BUTTON_AGREE ":")) {
            self->stage = CODE;
        }
        return;
    case CODE:
        if (strstr(s_str(message, "text"), "digits")) {
            s_say_code(self);
            self->stage = PROOF;
        }
        return;
    case PROOF:
        bench_must(strstr(s_str(message, "text"), "confirmed") != NULL, s_str(message, "text"));
        s_end(self);
        return;
    case END: /* the farewell */
    case HISTORY:
    default:
        return;
    }
}

static void s_on_frame(void *arg, const cJSON *frame)
{
    player_t *self = arg;
    const char *type = s_str(frame, "type");
    if (strcmp(type, LOCALCHAT_MESSAGE) == 0) {
        s_on_message(self, cJSON_GetObjectItemCaseSensitive(frame, "message"));
    } else if (strcmp(type, LOCALCHAT_HISTORY) == 0) {
        if (self->stage == HISTORY &&
            !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(frame, "more"))) {
            self->stage = QUESTION;
            self->sent_ms = bench_now_ms();
            bench_create(self->bench, self->person, s_on_created, self);
        }
    } else {
        bench_must(strcmp(type, LOCALCHAT_ERROR) != 0, s_str(frame, "text"));
        bench_must(strcmp(type, LOCALCHAT_RESYNC) != 0, "the bench was too slow for the chat");
    }
}

player_t *player_new(bench_t *bench)
{
    assert(bench);
    player_t *self = sb_alloc(sizeof *self);
    self->bench = bench;
    self->ws = ws_new(bench->loop, bench->port, s_on_frame, self);
    s_begin(self);
    return self;
}

void player_destroy(player_t **self_p)
{
    assert(self_p);
    player_t *self = *self_p;
    if (self) {
        ws_destroy(&self->ws);
        free(self);
        *self_p = NULL;
    }
}
