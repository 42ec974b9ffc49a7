/* card.c. The texts are made fit to be shown here, as they are in the message itself; the sum stays
 * below what is left of SB_OUTBOX_BODY_MAX beside the message. */
#include "services/botd/card.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/chatd.h"
#include "services/botd/text.h"

#define NAME_SHOWN_MAX 100
#define BLOCK_SHOWN_MAX 3000 /* reason, comment */
#define BLOCK_SIZE_MAX 4500  /* as JSON, where a line break alone takes six bytes */
#define LINE_SHOWN_MAX 1000

/* Takes text; an empty one is null. */
static void s_add(cJSON *json, const char *key, char *text)
{
    sb_json_add_str(json, key, text && text[0] ? text : NULL);
    free(text);
}

static void s_add_line(cJSON *json, const char *key, const char *text, size_t max)
{
    s_add(json, key, text ? text_line(text, max) : NULL);
}

static bool s_is_large(const char *text)
{
    cJSON *json = cJSON_CreateString(text);
    const bool large = sb_json_size_max(json) > BLOCK_SIZE_MAX;
    cJSON_Delete(json);
    return large;
}

static void s_add_block(cJSON *json, const char *key, const char *text, size_t max)
{
    char *block = text ? text_block(text, max) : NULL;
    while (block && s_is_large(block)) {
        free(block);
        max -= max / 4;
        block = text_block(text, max);
    }
    s_add(json, key, block);
}

static cJSON *s_person(step_t *step)
{
    cJSON *person = sb_json_object();
    sb_json_add_str(person, "id", step->item->id);
    sb_json_add_str(person, "name", step_team_fields(step, NULL, NULL).name);
    sb_json_add_str(person, "chat_id", step->item->chat_id);
    return person;
}

/* Somebody may be in the account at this moment. */
static bool s_is_top(const card_t *card)
{
    const char *outcome = card->alert->outcome;
    return strcmp(card->kind, SB_CARD_ESCALATION) == 0 && outcome &&
           (strcmp(outcome, SB_OUTCOME_FRAUD) == 0 || strcmp(outcome, SB_OUTCOME_SUSPECT) == 0);
}

cJSON *card_json(step_t *step, const card_t *card)
{
    assert(step);
    assert(card);
    const alert_t *alert = card->alert;
    const fields_t fields = step_fields(step, alert);
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "kind", card->kind);
    sb_json_add_str(json, "alert", alert->hash);
    sb_json_add_str(json, "code", fields.code);
    sb_json_add_str(json, "title", fields.title);
    sb_json_add_str(json, "description", fields.description);
    s_add_block(json, "reason", alert->reason, BLOCK_SHOWN_MAX);
    sb_json_add_str(json, "url", fields.url[0] ? fields.url : NULL);
    sb_json_add_str(json, "place", fields.place[0] ? fields.place : NULL);
    sb_json_add_int(json, "event_ms", alert->event_ms);
    if (card->deadline_ms >= 0) {
        sb_json_add_int(json, "deadline_ms", card->deadline_ms);
    } else {
        sb_json_add_str(json, "deadline_ms", NULL);
    }
    s_add_line(json, "zone", step->item->zone, SB_ZONE_MAX);
    sb_json_add(json, "person", s_person(step));
    sb_json_add_str(json, "severity", s_is_top(card) ? SB_SEVERITY_TOP : SB_SEVERITY_NORMAL);
    s_add_line(json, "outcome", alert->outcome, NAME_SHOWN_MAX);
    s_add_block(json, "comment", alert->comment, BLOCK_SHOWN_MAX);
    s_add_block(json, "line", card->line, LINE_SHOWN_MAX);
    s_add_line(json, "acked_by", alert->acked_by, NAME_SHOWN_MAX);
    s_add_line(json, "assigned_to", alert->assigned_to, NAME_SHOWN_MAX);
    s_add_line(json, "disposition", alert->disposition, NAME_SHOWN_MAX);
    return json;
}
