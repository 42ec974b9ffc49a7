/* transcript.c */
#include "services/botd/transcript.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/botd/text.h"

#define HEARD_MAX 600 /* bytes of a line */
#define SAID_MAX 160
#define TIME_SIZE 6 /* "10:02 " */
#define BOT "(bot)"
#define MINUTE_MS (60 * 1000LL)
#define DAY_MINUTES (24 * 60)

/* Drops whole lines from the start until the rest fits, with a mark in their place. */
static char *s_fit(char *text)
{
    const size_t size = strlen(text);
    if (size <= SB_TRANSCRIPT_MAX) {
        return text;
    }
    const char *rest = text + size - (SB_TRANSCRIPT_MAX - sizeof TEXT_MARK);
    rest += strcspn(rest, "\n"); /* a line is shorter than the whole, so there is one */
    char *fit = sb_format("%s%s", TEXT_MARK, rest);
    free(text);
    return fit;
}

static void s_add(step_t *step, int64_t at_ms, const char *who, const char *text, size_t max)
{
    const char *before = step->conv.transcript;
    const int64_t minute = at_ms / MINUTE_MS % DAY_MINUTES;
    char *shown = text_line(text, max);
    if (shown[0]) {
        char *all = sb_format("%s%s%02d:%02d %s %s", before ? before : "", before ? "\n" : "",
                              (int)(minute / 60), (int)(minute % 60), who, shown);
        step->conv.transcript = step_keep(step, s_fit(all));
    }
    free(shown);
}

/* What a press says: "[yes]", and what was said with it. */
static char *s_pressed(const event_t *event)
{
    const size_t action = strcspn(event->value, ":");
    return sb_format("[%.*s] %s", (int)action, event->value, event->text);
}

void transcript_heard(step_t *step, const event_t *event)
{
    assert(step && step->open);
    assert(event && (event->kind == EVENT_TEXT || event->kind == EVENT_BUTTON));
    char *text = event->kind == EVENT_BUTTON ? s_pressed(event) : sb_strdup(event->text);
    text_hide_codes(text); /* some type it before they are asked to */
    char *who = sb_format("%s:", step->item->id);
    s_add(step, event->at_ms, who, text, HEARD_MAX);
    free(who);
    free(text);
}

void transcript_said(step_t *step, const char *text)
{
    assert(step && step->open);
    s_add(step, step->now_ms, BOT, text, SAID_MAX);
}

/* How much the person has said. */
static size_t s_heard(const char *transcript)
{
    size_t heard = 0;
    while (transcript) {
        const bool line = strlen(transcript) > TIME_SIZE; /* not so the mark */
        heard += line && strncmp(transcript + TIME_SIZE, BOT, sizeof BOT - 1) != 0;
        transcript = strchr(transcript, '\n');
        transcript = transcript ? transcript + 1 : NULL;
    }
    return heard;
}

void transcript_tell(step_t *step, const alert_t *alert)
{
    assert(step);
    if (s_heard(step->conv.transcript) < 2) {
        return;
    }
    fields_t fields = step_team_fields(step, alert, NULL);
    fields.transcript =
        step_keep(step, text_quote(step->conv.transcript, 2 * SB_TRANSCRIPT_MAX)); /* with marks */
    char *text = messages_render(step->policy->messages, MSG_TEAM_TRANSCRIPT, &fields);
    step_tell(step, alert, text);
    free(text);
}
