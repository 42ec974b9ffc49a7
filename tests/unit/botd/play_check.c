/* play_check.c: what must hold after every step, whatever was said and whatever failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/botd/play_promise.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/button.h"
#include "lib/utf8.h"
#include "proto/bus.h"

/* True if the text has the secret as a number of its own, not within a hash or a time. */
static bool s_shows(const char *text, const char *secret)
{
    const size_t len = strlen(secret);
    const char *at = len > 0 ? strstr(text, secret) : NULL;
    while (at &&
           ((at > text && isalnum((unsigned char)at[-1])) || isalnum((unsigned char)at[len]))) {
        at = strstr(at + 1, secret);
    }
    return at != NULL;
}

static int s_rank(const char *state)
{
    static const char *const ranks[] = {"new", "queued", "asked", "escalated", "closed"};
    for (int i = 0; i < 5; i++) {
        if (strcmp(ranks[i], state) == 0) {
            return i < 3 ? i : 3; /* the ends are equally far */
        }
    }
    return -1;
}

/* ---- Alerts. */

static bool s_is_told(const cJSON *transition, const char *hash)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, s_get(transition, "outbox"))
    {
        if (s_is(row, "lane", "#security") && s_is(row, "alert", hash) && play_is_card(row) &&
            s_is(row, "kind", "chat.send")) {
            return true;
        }
    }
    return false;
}

static bool s_is_muted(const cJSON *item, const cJSON *transition, const char *title)
{
    const cJSON *mute;
    cJSON_ArrayForEach(mute, s_get(item, "mutes"))
    {
        if (s_is(mute, "title", title)) {
            return true;
        }
    }
    return s_is(s_get(transition, "mute"), "title", title);
}

static void s_check_alert(play_t *self, const cJSON *item, const cJSON *transition,
                          const cJSON *json)
{
    const char *hash = play_str(json, "hash");
    const play_alert_t *alert = play_find(self, hash);
    const char *outcome = play_str(json, "outcome");
    PROMISE(self, alert, "an alert nobody knows: %s", hash);
    const int from = s_rank(alert->state);
    const int to = s_rank(play_str(json, "state"));
    PROMISE(self, to > from, "%s -> %s", alert->state, play_str(json, "state"));
    PROMISE(self, (to == 3) == (outcome[0] != '\0'), "state and outcome don't match");
    if (s_is(json, "state", "escalated")) {
        PROMISE(self, s_is_told(transition, hash), "escalated as %s, and nobody is told", outcome);
        PROMISE(self, strcmp(outcome, "confirmed") != 0 && strcmp(outcome, "muted") != 0,
                "escalated as %s", outcome);
    } else if (strcmp(outcome, "confirmed") == 0) {
        play_check_proof(self, transition, alert);
    } else if (to == 3) {
        PROMISE(self, strcmp(outcome, "muted") == 0, "closed as %s", outcome);
        PROMISE(self, s_is_muted(item, transition, alert->title), "muted without a mute");
        PROMISE(self, from < 2, "muted after it was asked");
    }
    PROMISE(self,
            !alert->effect || (strcmp(outcome, "muted") != 0 && strcmp(outcome, "exempt") != 0),
            "a request is %s by rule", outcome);
    if (s_is(json, "state", "asked")) {
        PROMISE(self, self->person == PLAY_KNOWN, "asked someone who is not known");
    }
    if (from == 2) {
        const cJSON *asked = s_get(json, "asked_ms");
        PROMISE(self, cJSON_IsNumber(asked) && (int64_t)asked->valuedouble == alert->asked_ms,
                "asked_ms is forgotten");
    }
}

/* What responders did counts for what the store has as escalated, and the first to see it stays. */
static void s_check_team(play_t *self, const cJSON *json)
{
    const play_alert_t *alert = play_find(self, play_str(json, "hash"));
    const char *disposition = play_str(json, "disposition");
    PROMISE(self, alert && strcmp(alert->state, "escalated") == 0,
            "acted on what is not escalated");
    PROMISE(self, !alert->acked_by || cJSON_IsNull(s_get(json, "acked_by")), "acknowledged anew");
    PROMISE(self, !s_is(json, "acked_by", PLAY_PERSON), "acknowledged by the person asked");
    PROMISE(self, !disposition[0] || sb_button_is_disposition(disposition), "closed as %s",
            disposition);
    PROMISE(self, !disposition[0] || alert->acked_by || play_str(json, "acked_by")[0],
            "closed, and nobody has seen it");
}

/* ---- Outbox. */

/* What is shown has no control characters, no overrides of direction, and is not too long. */
static void s_check_text(play_t *self, const char *text)
{
    const size_t size = strlen(text);
    PROMISE(self, size > 0 && size <= SB_TEXT_MAX, "a message of %zu bytes", size);
    PROMISE(self, sb_utf8_valid(text, size, NULL), "a message that is no UTF-8");
    uint32_t rune;
    size_t len;
    for (; (len = sb_utf8_decode(text, &rune)) > 0; text += len) {
        const bool control = (rune < 0x20 && rune != '\n') || (rune >= 0x7f && rune < 0xa0);
        const bool turn = (rune >= 0x202a && rune <= 0x202e) || (rune >= 0x2066 && rune <= 0x2069);
        PROMISE(self, !control && !turn, "a message with U+%04X", rune);
    }
}

static void s_check_buttons_of(play_t *self, const cJSON *row, bool team)
{
    const cJSON *button;
    cJSON_ArrayForEach(button, s_get(s_get(row, "body"), "buttons"))
    {
        sb_button_t value;
        PROMISE(self, sb_button_parse(play_str(button, "value"), &value), "a button of no value");
        PROMISE(self, s_is(row, "alert", value.hash), "a button of another alert");
        PROMISE(self, sb_button_is_team(&value) == team, "a button in the wrong place: %s",
                value.action);
        PROMISE(self, play_str(button, "label")[0], "a button without a label");
        const char *url = play_str(button, "url");
        PROMISE(self, !url[0] || (!team && strncmp(url, "https://confirm.example.com/", 28) == 0),
                "a button that leads to %s", url);
    }
}

/* The card says the same as the message, and is as fit to be shown. */
static void s_check_card(play_t *self, const cJSON *row, const cJSON *card)
{
    static const char *const texts[] = {"title", "description", "reason",
                                        "place", "comment",     "line"};
    PROMISE(self, s_is(row, "alert", play_str(card, "alert")), "a card of another alert");
    PROMISE(self, strncmp(play_str(card, "alert"), play_str(card, "code"), 6) == 0, "another code");
    PROMISE(self, s_is(s_get(card, "person"), "id", PLAY_PERSON), "a card of another person");
    PROMISE(self, s_is(card, "kind", "escalation") == s_is(row, "lane", "#security"), "a %s in %s",
            play_str(card, "kind"), play_str(row, "lane"));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!cJSON_IsNull(s_get(card, texts[i]))) {
            const char *text = play_str(card, texts[i]);
            s_check_text(self, text[0] ? text : " ");
        }
    }
}

/* What is said under an escalation is about its alert, and comes after it. */
static void s_check_thread(play_t *self, const cJSON *transition, const cJSON *row)
{
    const char *thread = play_str(s_get(row, "body"), "thread");
    const cJSON *card = play_row(self, thread);
    const cJSON *before;
    cJSON_ArrayForEach(before, s_get(transition, "outbox"))
    {
        if (card || before == row) {
            break;
        }
        card = s_is(before, "id", thread) ? before : NULL;
    }
    PROMISE(self, !thread[0] || (card && s_is(card, "alert", play_str(row, "alert"))),
            "said under no escalation: %s", thread);
    const play_alert_t *alert = play_find(self, play_str(row, "alert"));
    const bool team = s_is(row, "kind", "chat.send") && s_is(row, "lane", "#security");
    PROMISE(self,
            thread[0] || !team || play_is_card(row) || !alert ||
                strcmp(alert->state, "escalated") != 0 || !play_row(self, play_id(alert->hash)),
            "said beside its escalation");
}

static void s_check_body(play_t *self, const cJSON *row)
{
    const cJSON *body = s_get(row, "body");
    char *printed = sb_json_print(body);
    PROMISE(self, strlen(printed) <= SB_OUTBOX_BODY_MAX, "a body of %zu bytes", strlen(printed));
    const bool job = strncmp(play_str(row, "kind"), "factor.", 7) == 0;
    PROMISE(self, job || !s_shows(printed, self->secret), "a code is shown: %s", printed);
    free(printed);
    if (job) {
        PROMISE(self, s_is(row, "kind", "factor.cancel") || s_is(body, "person", PLAY_PERSON),
                "a job for nobody");
        return;
    }
    s_check_text(self, play_str(body, "text"));
    const bool team = s_is(row, "lane", "#security");
    PROMISE(self, team || s_is(row, "lane", "@" PLAY_PERSON), "lane %s", play_str(row, "lane"));
    PROMISE(self, s_is(body, "to", play_str(row, "lane")), "to %s", play_str(body, "to"));
    s_check_buttons_of(self, row, team);
    const cJSON *card = s_get(body, "card");
    PROMISE(self, !s_get(body, "buttons")->child || card, "buttons without a card");
    if (card) {
        s_check_card(self, row, card);
    }
}

static void s_check_outbox(play_t *self, const cJSON *item, const cJSON *transition)
{
    const bool spoken = s_get(item, "inbox")->child != NULL;
    const cJSON *row;
    cJSON_ArrayForEach(row, s_get(transition, "outbox"))
    {
        const char *id = play_str(row, "id");
        PROMISE(self, strlen(id) < SB_ID_SIZE_MAX, "a long id");
        PROMISE(self,
                strncmp(id, "c-2bd806c97f0e00af-", 19) == 0 ||
                    strcmp(id, play_id(play_str(row, "alert"))) == 0,
                "id %s", id);
        PROMISE(self, !play_row(self, id), "id %s twice", id);
        PROMISE(self,
                self->person == PLAY_KNOWN || spoken || s_is(row, "lane", "#security") ||
                    play_conv(self, "alert")[0],
                "something is said to someone who is not known");
        s_check_body(self, row);
        if (s_is(row, "kind", "factor.start")) {
            play_check_start(self, transition, row);
        }
        s_check_thread(self, transition, row);
    }
}

/* ---- The rest. */

static void s_check_applied(play_t *self, const cJSON *transition)
{
    const cJSON *event = self->inbox->child;
    const cJSON *seq;
    cJSON_ArrayForEach(seq, s_get(transition, "applied"))
    {
        PROMISE(self, event && s_is(event, "seq", seq->valuestring), "applied out of order");
        event = event->next;
    }
}

static void s_check_secret(play_t *self, const cJSON *transition, const char *key)
{
    char *printed = sb_json_print(s_get(transition, key));
    PROMISE(self, !s_shows(printed, self->secret), "a code in %s: %s", key, printed);
    free(printed);
}

/* A provider's words are shown nowhere. */
static void s_check_provider(play_t *self, const cJSON *transition)
{
    char *printed = sb_json_print(transition);
    PROMISE(self, !strstr(printed, PLAY_PROVIDER), "a provider's words: %s", printed);
    free(printed);
}

static void s_check_sizes(play_t *self, const cJSON *transition)
{
    const cJSON *json;
    cJSON_ArrayForEach(json, s_get(transition, "audit"))
    {
        char *printed = sb_json_print(s_get(json, "detail"));
        PROMISE(self, strlen(printed) <= SB_DETAIL_MAX, "a detail of %zu bytes", strlen(printed));
        free(printed);
    }
    cJSON_ArrayForEach(json, s_get(transition, "answers"))
    {
        PROMISE(self, strlen(play_str(json, "comment")) <= SB_COMMENT_MAX, "a long comment");
    }
}

void play_check_transition(play_t *self, const cJSON *item, const cJSON *transition)
{
    PROMISE(self, s_is(transition, "person", PLAY_PERSON), "another person");
    char version[24];
    (void)snprintf(version, sizeof version, "%lld", (long long)self->version);
    PROMISE(self, s_is(transition, "version", version), "another version");
    const cJSON *json;
    cJSON_ArrayForEach(json, s_get(transition, "alerts"))
    {
        s_check_alert(self, item, transition, json);
    }
    cJSON_ArrayForEach(json, s_get(transition, "team"))
    {
        s_check_team(self, json);
    }
    play_check_effects(self, transition);
    s_check_outbox(self, item, transition);
    s_check_provider(self, transition);
    s_check_applied(self, transition);
    s_check_sizes(self, transition);
    s_check_secret(self, transition, "conversation");
    s_check_secret(self, transition, "answers");
    s_check_secret(self, transition, "audit");
}

/* The message that is to be answered has the buttons of the open alert. */
static void s_check_question(play_t *self, const char *hash)
{
    const cJSON *row = play_row(self, play_conv(self, "question"));
    PROMISE(self, row && s_is(row, "alert", hash), "the open question is no message");
    const cJSON *buttons = s_get(s_get(row, "body"), "buttons");
    const char *state = play_conv(self, "state");
    const int len = cJSON_GetArraySize(buttons);
    const bool link = s_get(buttons->child, "url") != NULL;
    const int wanted = strcmp(state, "asked") == 0     ? 4
                       : strcmp(state, "consent") == 0 ? 2
                       : link                          ? 2
                                                       : 1;
    PROMISE(self, len == wanted, "the open question has %d buttons", len);
    PROMISE(self, !link || strcmp(state, "proving") == 0, "a link in %s", state);
    const bool shows = strcmp(state, "proving") == 0;
    PROMISE(self,
            !shows || strstr(play_str(s_get(row, "body"), "text"),
                             play_str(s_get(s_get(row, "body"), "card"), "code")),
            "a request that does not name its alert");
}

static bool s_has_buttons(const cJSON *row)
{
    return cJSON_GetArraySize(s_get(s_get(row, "body"), "buttons")) > 0;
}

/* True if a message may be left as it is: it has no buttons, is the team's, never arrived, or is
 * updated. */
static bool s_is_locked(play_t *self, const cJSON *row)
{
    const cJSON *result = s_get(row, "result");
    if (!s_has_buttons(row) || s_is(row, "lane", "#security") ||
        (result && cJSON_IsFalse(s_get(result, "ok")))) {
        return true;
    }
    const cJSON *update = row->next;
    while (update && !s_is(s_get(update, "body"), "question", play_str(row, "id"))) {
        update = update->next;
    }
    PROMISE(self, !update || (s_is(update, "kind", "chat.update") && !s_has_buttons(update)),
            "an update with buttons");
    return update != NULL;
}

/* No message keeps buttons that nothing waits for. */
static void s_check_buttons(play_t *self)
{
    cJSON *row = self->locked ? self->locked : self->outbox->child;
    for (; row && s_is_locked(self, row); row = row->next) {
        self->locked = row;
    }
    for (; row; row = row->next) {
        PROMISE(self, s_is_locked(self, row) || s_is(row, "id", play_conv(self, "question")),
                "a message keeps its buttons: %s", play_str(row, "id"));
    }
}

static void s_check_waiting(play_t *self)
{
    const char *state = play_conv(self, "state");
    const bool waits = strcmp(state, "checking") == 0 || strcmp(state, "proving") == 0;
    const bool buttons = strcmp(state, "asked") == 0 || strcmp(state, "consent") == 0;
    PROMISE(self, waits == (play_conv(self, "job")[0] != '\0'), "%s and job", state);
    const bool question = play_conv(self, "question")[0] != '\0';
    PROMISE(self, buttons == question || (question && strcmp(state, "proving") == 0),
            "%s and question", state);
    if (question) {
        s_check_question(self, play_conv(self, "alert"));
    }
    if (waits) {
        const cJSON *row = play_row(self, play_conv(self, "job"));
        PROMISE(self, row && s_is(row, "alert", play_conv(self, "alert")), "waits for no job");
    }
}

void play_check_state(play_t *self)
{
    const char *state = play_conv(self, "state");
    const play_alert_t *open = NULL;
    size_t queued = 0;
    for (size_t i = 0; i < self->alerts_len; i++) {
        const play_alert_t *alert = &self->alerts[i];
        queued += strcmp(alert->state, "queued") == 0 ? 1 : 0;
        if (strcmp(alert->state, "asked") == 0) {
            PROMISE(self, !open, "two open questions");
            open = alert;
        }
    }
    if (open) {
        PROMISE(self, strcmp(play_conv(self, "alert"), open->hash) == 0, "asked, but not open");
        PROMISE(self, play_deadline(self) == open->deadline_ms && open->deadline_ms > 0,
                "the deadline moved");
        PROMISE(self, strcmp(state, "idle") != 0, "idle with an open question");
    } else {
        PROMISE(self, strcmp(state, "idle") == 0, "%s without an open question", state);
        PROMISE(self, !play_conv(self, "alert")[0], "idle with an alert");
        PROMISE(self, queued == 0 || play_deadline(self) >= 0, "the queue is forgotten");
        PROMISE(self, queued > 0 || play_deadline(self) < 0, "idle with a deadline");
    }
    s_check_waiting(self);
    s_check_buttons(self);
}

void play_check_end(play_t *self)
{
    for (size_t i = 0; i < self->alerts_len; i++) {
        PROMISE(self, s_rank(self->alerts[i].state) == 3, "an alert without an end: %s",
                self->alerts[i].state);
    }
    PROMISE(self, strcmp(play_conv(self, "state"), "idle") == 0, "not idle at the end");
}
