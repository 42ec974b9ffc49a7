/* script.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/botd/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "tests/unit/botd/play.h"
#include "tests/unit/botd/script_write.h"

#define LINE_MAX_SIZE 40000

typedef struct {
    const char *path;
    size_t line;
    play_t play;
    policy_t policy; /* of this play */
    char *words[3][8];
    char strength[16];
    bool playing;
    bool away;
    char name[256];
    char *labels[26]; /* hashes */
    int told;         /* outbox rows that were looked at */
    int audited;
    sb_buf_t got; /* what the bot did since the last stimulus, as expectations are written */
    sb_buf_t want;
    size_t want_line;
} script_t;

static void s_fail(const script_t *self, const char *what, const char *got, const char *want)
{
    fail_msg("%s:%zu: %s: %s\n---- got\n%s\n---- want\n%s", self->path, self->line, self->name,
             what, got, want);
}

/* ---- What the bot did. */

static const cJSON *s_get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* Lets botd work, then compares what it did with what was wanted since the last stimulus. */
static void s_look(script_t *self)
{
    if (!self->away) {
        play_run(&self->play);
    }
    int i = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, self->play.outbox)
    {
        if (i++ >= self->told) {
            script_write_row(&self->got, row);
        }
    }
    self->told = i;
}

static void s_compare(script_t *self)
{
    if (strcmp(sb_buf_text(&self->got), sb_buf_text(&self->want)) != 0) {
        self->line = self->want_line;
        s_fail(self, "the bot did something else", sb_buf_text(&self->got),
               sb_buf_text(&self->want));
    }
    sb_buf_clear(&self->got);
    sb_buf_clear(&self->want);
}

/* ---- Words of a line. */

/* Behind the word if the line begins with it, else NULL. */
static const char *s_after(const char *line, const char *word)
{
    const size_t len = strlen(word);
    return strncmp(line, word, len) == 0 ? line + len : NULL;
}

static int64_t s_span(const script_t *self, const char *text)
{
    char unit[2] = "";
    long long number = 0;
    if (sscanf(text, "%lld%1[hms]", &number, unit) != 2) {
        s_fail(self, "no span", text, "2h, 5m, 1s");
    }
    return number * (unit[0] == 'h' ? 3600000 : unit[0] == 'm' ? 60000 : 1000);
}

static play_alert_t *s_alert(script_t *self, const char *label)
{
    const int i = label[0] - 'A';
    if (i < 0 || i > 25 || !self->labels[i]) {
        s_fail(self, "no such alert", label, "A to Z");
    }
    return play_find(&self->play, self->labels[i]);
}

/* The next part of "a | b | c"; "" at the end. "\\n" is a line break. The caller frees it. */
static char *s_part(const char **text_p)
{
    while (**text_p == ' ' || **text_p == '|') {
        (*text_p)++;
    }
    size_t len = strcspn(*text_p, "|");
    const char *text = *text_p;
    *text_p += len;
    while (len > 0 && text[len - 1] == ' ') {
        len--;
    }
    char *part = sb_strndup(text, len);
    for (char *at = strstr(part, "\\n"); at; at = strstr(at, "\\n")) {
        *at = '\n';
        memmove(at + 1, at + 2, strlen(at + 2) + 1);
    }
    return part;
}

/* ---- Stimuli. */

static void s_on_alert(script_t *self, const char *rest)
{
    const int label = rest[0] - 'A';
    rest += 1;
    char *title = s_part(&rest);
    char *description = s_part(&rest);
    char *reason = s_part(&rest);
    char *place = s_part(&rest);
    play_alert_t *alert = play_alert(&self->play, title, description, reason);
    alert->place = place[0] ? sb_strdup(place) : NULL;
    free(self->labels[label]);
    self->labels[label] = sb_strdup(alert->hash);
    free(title);
    free(description);
    free(reason);
    free(place);
}

static void s_on_many(script_t *self, const char *rest)
{
    int n = 0;
    char title[64] = "";
    (void)sscanf(rest, "%d %63s", &n, title);
    while (n-- > 0) {
        (void)play_alert(&self->play, title, "", "");
    }
}

static void s_on_says(script_t *self, const char *rest)
{
    const char *colon = strchr(rest, ':');
    const char *text = colon[1] == ' ' ? colon + 2 : colon + 1;
    const int64_t ago = rest[0] == ' ' && rest[1] == '-' ? s_span(self, rest + 2) : 0;
    cJSON *json = s_after(rest, " json:") ? cJSON_Parse(text) : NULL;
    play_event(&self->play, "text", json ? json->valuestring : text, NULL, self->play.now_ms - ago);
    cJSON_Delete(json);
}

static void s_on_press(script_t *self, const char *rest)
{
    char value[SB_VALUE_MAX + 1];
    const char *raw = s_after(rest, "raw ");
    if (raw) {
        (void)snprintf(value, sizeof value, "%s", raw);
    } else {
        const char *blank = strchr(rest, ' ');
        (void)snprintf(value, sizeof value, "%.*s:%s", (int)(blank - rest), rest,
                       s_alert(self, blank + 1)->hash);
    }
    const char *colon = raw ? NULL : strstr(rest, ": ");
    play_event(&self->play, "button", colon ? colon + 2 : NULL, value, self->play.now_ms);
}

static void s_on_team(script_t *self, const char *rest)
{
    char who[64] = "";
    char action[SB_VALUE_MAX + 1] = "";
    char label[64] = "";
    char argument[64] = "";
    (void)sscanf(rest, "%63s %160s %63s %63s", who, action, label, argument);
    char value[SB_VALUE_MAX + 1];
    if (strcmp(action, "raw") == 0) {
        (void)snprintf(value, sizeof value, "%s", label);
    } else {
        (void)snprintf(value, sizeof value, "%s:%s%s%s", action, s_alert(self, label)->hash,
                       argument[0] ? ":" : "", argument);
    }
    play_event(&self->play, "team", who, value, self->play.now_ms);
}

static void s_on_enrolled(script_t *self, const char *rest)
{
    play_event(&self->play, "enrolled", rest, NULL, self->play.now_ms);
}

static void s_end_job(script_t *self, const char *id, const char *text)
{
    cJSON *result = cJSON_Parse(text);
    if (!result || !id[0]) {
        s_fail(self, "no result or no job", text, "a job that is waited for, JSON");
    }
    play_done(&self->play, id, true, result);
    cJSON_Delete(result);
}

static void s_on_result(script_t *self, const char *rest)
{
    s_end_job(self, play_conv(&self->play, "job"), rest);
}

static void s_on_show(script_t *self, const char *rest)
{
    cJSON *show = cJSON_Parse(rest);
    if (!show) {
        s_fail(self, "nothing to show", rest, "JSON");
    }
    play_accept(&self->play, play_conv(&self->play, "job"), show);
    cJSON_Delete(show);
}

/* As if the store had told it again. */
static void s_on_show_again(script_t *self, const char *rest)
{
    char text[512];
    (void)snprintf(text, sizeof text, "{\"status\":\"waiting\",\"show\":%s}", rest);
    play_event(&self->play, "result", text, play_conv(&self->play, "job"), self->play.now_ms);
}

static void s_on_old_result(script_t *self, const char *rest)
{
    const char *id = "";
    const cJSON *row;
    cJSON_ArrayForEach(row, self->play.outbox)
    {
        if (strcmp(play_str(row, "kind"), "factor.start") == 0 &&
            strcmp(play_str(row, "id"), play_conv(&self->play, "job")) != 0) {
            id = play_str(row, "id");
        }
    }
    s_end_job(self, id, rest);
}

static void s_on_undelivered(script_t *self, const char *rest)
{
    const char *id = play_conv(&self->play, "question");
    const cJSON *row;
    cJSON_ArrayForEach(row, self->play.outbox)
    {
        if (strcmp(rest, " other") == 0 && strcmp(play_str(row, "lane"), "@alice") == 0 &&
            strcmp(play_str(row, "kind"), "chat.send") == 0 &&
            !s_get(s_get(row, "body"), "buttons")->child) {
            id = play_str(row, "id");
        }
    }
    cJSON *result = sb_json_object();
    sb_json_add_bool(result, "ok", false);
    sb_json_add_str(result, "code", "NOT_FOUND");
    play_done(&self->play, id, false, result);
    cJSON_Delete(result);
}

static void s_on_wait(script_t *self, const char *rest)
{
    self->play.now_ms += s_span(self, rest);
}

static void s_on_away(script_t *self, const char *rest)
{
    (void)rest;
    self->away = true;
}

static void s_on_back(script_t *self, const char *rest)
{
    (void)rest;
    self->away = false;
}

static void s_on_refused(script_t *self, const char *rest)
{
    (void)rest;
    self->play.refused = true;
}

static void s_free_words(script_t *self, int i)
{
    for (size_t k = 0; k < 8; k++) {
        free(self->words[i][k]);
        self->words[i][k] = NULL;
    }
}

/* The list at i becomes the words of text. */
static char *const *s_words(script_t *self, int i, const char *text)
{
    s_free_words(self, i);
    for (size_t k = 0; k < 7 && *text; k++) {
        const size_t len = strcspn(text, ",");
        self->words[i][k] = sb_strndup(text, len);
        text += len + (text[len] == ',' ? 1 : 0);
    }
    return self->words[i];
}

static void s_on_policy(script_t *self, const char *rest)
{
    policy_t *policy = &self->policy;
    const char *value = strchr(rest, ' ') ? strchr(rest, ' ') + 1 : "";
    if (s_after(rest, "factors ")) {
        policy->factors = s_words(self, 0, value);
    } else if (s_after(rest, "push ")) {
        policy->push_titles = s_words(self, 1, value);
    } else if (s_after(rest, "passkey ")) {
        policy->passkey_titles = s_words(self, 2, value);
    } else if (s_after(rest, "strength ")) {
        (void)snprintf(self->strength, sizeof self->strength, "%s", value);
        policy->strength = self->strength;
    } else if (s_after(rest, "per_hour ")) {
        policy->proofs_per_hour = strtoll(value, NULL, 10);
    } else if (s_after(rest, "per_day ")) {
        policy->proofs_per_day = strtoll(value, NULL, 10);
    } else {
        s_fail(self, "no such policy", rest, "see script.h");
    }
}

static void s_on_exempt(script_t *self, const char *rest)
{
    self->play.exempt = strcmp(rest, "yes") == 0;
}

static void s_on_person(script_t *self, const char *rest)
{
    self->play.person = strcmp(rest, "known") == 0      ? PLAY_KNOWN
                        : strcmp(rest, "inactive") == 0 ? PLAY_INACTIVE
                                                        : PLAY_UNKNOWN;
}

static void s_on_mute(script_t *self, const char *rest)
{
    char title[64] = "";
    char span[16] = "";
    (void)sscanf(rest, "%63s %15s", title, span);
    play_mute(&self->play, title, NULL, "by the team", self->play.now_ms + s_span(self, span));
}

/* The team took the alert over some other way, while its question was open. */
static void s_on_taken(script_t *self, const char *rest)
{
    play_alert_t *alert = s_alert(self, rest);
    (void)snprintf(alert->state, sizeof alert->state, "escalated");
    (void)snprintf(alert->outcome, sizeof alert->outcome, "denied");
}

static void s_on_secret(script_t *self, const char *rest)
{
    (void)snprintf(self->play.secret, sizeof self->play.secret, "%s", rest);
}

/* ---- Looks. */

static const char *s_tristate(int value)
{
    return value < 0 ? "?" : value ? "yes" : "no";
}

static void s_on_is(script_t *self, const char *rest)
{
    const play_alert_t *alert = s_alert(self, rest);
    sb_buf_t got = sb_buf(LINE_MAX_SIZE);
    sb_buf_printf(&got, "%s %s %s %s", alert->state, alert->outcome[0] ? alert->outcome : "-",
                  s_tristate(alert->performed), s_tristate(alert->authenticated));
    if (alert->comment) {
        sb_buf_putc(&got, ' ');
        script_write_text(&got, alert->comment);
    }
    if (strcmp(sb_buf_text(&got), rest + 2) != 0) {
        s_fail(self, "the alert is something else", sb_buf_text(&got), rest + 2);
    }
    sb_buf_free(&got);
}

static void s_on_hands(script_t *self, const char *rest)
{
    const play_alert_t *alert = s_alert(self, rest);
    char got[256];
    (void)snprintf(got, sizeof got, "%s %s %s", alert->acked_by ? alert->acked_by : "-",
                   alert->assigned_to ? alert->assigned_to : "-",
                   alert->disposition ? alert->disposition : "-");
    if (strcmp(got, rest + 2) != 0) {
        s_fail(self, "the alert is in other hands", got, rest + 2);
    }
}

static void s_on_state(script_t *self, const char *rest)
{
    if (strcmp(play_conv(&self->play, "state"), rest) != 0) {
        s_fail(self, "another state", play_conv(&self->play, "state"), rest);
    }
}

static void s_on_deadline(script_t *self, const char *rest)
{
    const int64_t left_ms = play_deadline(&self->play) - self->play.now_ms;
    if (left_ms != s_span(self, rest)) {
        char got[32];
        (void)snprintf(got, sizeof got, "%lld ms", (long long)left_ms);
        s_fail(self, "another deadline", got, rest);
    }
}

static void s_on_muted(script_t *self, const char *rest)
{
    char title[64] = "";
    char span[16] = "";
    (void)sscanf(rest, "%63s %15s", title, span);
    int64_t left_ms = 0;
    const cJSON *mute;
    cJSON_ArrayForEach(mute, self->play.mutes)
    {
        if (strcmp(play_str(mute, "title"), title) == 0) {
            left_ms = (int64_t)s_get(mute, "until_ms")->valuedouble - self->play.now_ms;
        }
    }
    if (left_ms != s_span(self, span)) {
        char got[32];
        (void)snprintf(got, sizeof got, "%lld ms", (long long)left_ms);
        s_fail(self, "muted otherwise", got, rest);
    }
}

static void s_on_audit(script_t *self, const char *rest)
{
    rest += *rest == ' ' ? 1 : 0;
    sb_buf_t got = sb_buf(LINE_MAX_SIZE);
    int i = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, self->play.audit)
    {
        if (i++ >= self->audited) {
            sb_buf_printf(&got, "%s%s", got.len ? ", " : "", play_str(entry, "action"));
        }
    }
    self->audited = i;
    if (strcmp(sb_buf_text(&got), rest) != 0) {
        s_fail(self, "other audit entries", sb_buf_text(&got), rest);
    }
    sb_buf_free(&got);
}

/* ---- The file. */

static const struct {
    const char *word;
    void (*run)(script_t *self, const char *rest);
    bool look; /* only looks */
} s_lines[] = {
    {"alert ",      s_on_alert,       false},
    {"many ",       s_on_many,        false},
    {"alice",       s_on_says,        false},
    {"press ",      s_on_press,       false},
    {"team ",       s_on_team,        false},
    {"result ",     s_on_result,      false},
    {"enrolled ",   s_on_enrolled,    false},
    {"show again ", s_on_show_again,  false},
    {"show ",       s_on_show,        false},
    {"policy ",     s_on_policy,      true },
    {"old result ", s_on_old_result,  false},
    {"undelivered", s_on_undelivered, false},
    {"wait ",       s_on_wait,        false},
    {"away",        s_on_away,        false},
    {"back",        s_on_back,        false},
    {"exempt ",     s_on_exempt,      false},
    {"refused",     s_on_refused,     false},
    {"person ",     s_on_person,      false},
    {"mute ",       s_on_mute,        false},
    {"taken ",      s_on_taken,       false},
    {"secret ",     s_on_secret,      false},
    {"is ",         s_on_is,          true },
    {"hands ",      s_on_hands,       true },
    {"state ",      s_on_state,       true },
    {"deadline ",   s_on_deadline,    true },
    {"muted ",      s_on_muted,       true },
    {"audit",       s_on_audit,       true },
};

static void s_end_play(script_t *self)
{
    if (self->playing) {
        s_compare(self);
        play_free(&self->play);
        for (size_t i = 0; i < 26; i++) {
            free(self->labels[i]);
            self->labels[i] = NULL;
        }
        for (int i = 0; i < 3; i++) {
            s_free_words(self, i);
        }
        self->playing = false;
    }
}

static void s_begin_play(script_t *self, const char *name, const policy_t *policy)
{
    s_end_play(self);
    (void)snprintf(self->name, sizeof self->name, "%s", name);
    self->policy = *policy;
    play_init(&self->play, self->name, &self->policy);
    self->playing = true;
    self->away = false;
    self->told = 0;
    self->audited = 0;
}

static void s_line(script_t *self, const char *line)
{
    for (size_t i = 0; i < sizeof s_lines / sizeof s_lines[0]; i++) {
        const char *rest = s_after(line, s_lines[i].word);
        if (rest) {
            s_compare(self);
            self->want_line = self->line;
            s_lines[i].run(self, rest);
            if (!s_lines[i].look) {
                s_look(self);
            }
            return;
        }
    }
    s_fail(self, "a line nobody understands", line, "see script.h");
}

size_t script_play(const char *path, const policy_t *policy)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        fail_msg("no %s", path);
    }
    script_t *self = sb_alloc(sizeof *self);
    self->path = path;
    self->got = sb_buf(LINE_MAX_SIZE * 20);
    self->want = sb_buf(LINE_MAX_SIZE * 20);
    size_t plays = 0;
    char *line = sb_alloc(LINE_MAX_SIZE);
    while (fgets(line, LINE_MAX_SIZE, file)) {
        self->line++;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || !line[0]) {
            continue;
        }
        if (s_after(line, "== ")) {
            s_begin_play(self, line + 3, policy);
            plays++;
        } else if (line[0] == ' ') {
            sb_buf_printf(&self->want, "%s\n", line);
        } else {
            s_line(self, line);
        }
    }
    s_end_play(self);
    (void)fclose(file);
    sb_buf_free(&self->got);
    sb_buf_free(&self->want);
    free(line);
    free(self);
    return plays;
}
