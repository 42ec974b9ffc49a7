/* card.c */
#include "services/chatd/card.h"

#include <string.h>

#include "proto/chatd.h"
#include "proto/taskd.h"

/* In the order of chat_card_kind_t. */
static const char *const s_kinds[] = {SB_CARD_QUESTION, SB_CARD_CONSENT, SB_CARD_ESCALATION};

static void s_read_person(sb_reader_t *card, chat_card_t *card_r)
{
    const cJSON *object = sb_read_object(card, "person");
    if (!object) {
        return;
    }
    sb_reader_t r = sb_reader_in(card, "person", object);
    card_r->person = sb_read_str(&r, "id", 1, SB_PERSON_ID_MAX);
    card_r->name = sb_read_str_or(&r, "name", SB_NAME_MAX, NULL);
    card_r->chat_id = sb_read_str_or(&r, "chat_id", SB_NAME_MAX, NULL);
    (void)sb_reader_join(card, &r);
}

bool chat_card_read(sb_reader_t *parent, chat_card_t *card_r)
{
    *card_r = (chat_card_t){.deadline_ms = -1};
    const cJSON *object = sb_read_object_or_null(parent, "card");
    if (!object) {
        return false;
    }
    sb_reader_t r = sb_reader_in(parent, "card", object);
    const int kind = sb_read_enum(&r, "kind", s_kinds, sizeof s_kinds / sizeof s_kinds[0]);
    card_r->kind = kind < 0 ? CHAT_CARD_QUESTION : (chat_card_kind_t)kind;
    card_r->alert = sb_read_str(&r, "alert", SB_HASH_HEX, SB_HASH_HEX);
    card_r->code = sb_read_str(&r, "code", 1, SB_HASH_HEX);
    card_r->title = sb_read_str(&r, "title", 0, SB_TITLE_MAX);
    card_r->description = sb_read_str(&r, "description", 0, SB_DESCRIPTION_MAX);
    card_r->reason = sb_read_str_or(&r, "reason", SB_REASON_MAX, NULL);
    card_r->url = sb_read_str_or(&r, "url", SB_URL_MAX, NULL);
    card_r->place = sb_read_str_or(&r, "place", SB_PLACE_MAX, NULL);
    card_r->event_ms = sb_read_int(&r, "event_ms", 0, SB_JSON_INT_MAX);
    card_r->deadline_ms = sb_read_int_or(&r, "deadline_ms", 0, SB_JSON_INT_MAX, -1);
    card_r->zone = sb_read_str_or(&r, "zone", SB_ZONE_MAX, NULL);
    const char *severity = sb_read_str_or(&r, "severity", SB_NAME_MAX, SB_SEVERITY_NORMAL);
    card_r->top = strcmp(severity, SB_SEVERITY_TOP) == 0;
    card_r->outcome = sb_read_str_or(&r, "outcome", SB_NAME_MAX, NULL);
    card_r->comment = sb_read_str_or(&r, "comment", SB_COMMENT_MAX, NULL);
    card_r->line = sb_read_str_or(&r, "line", SB_TEXT_MAX, NULL);
    card_r->acked_by = sb_read_str_or(&r, "acked_by", SB_ACTOR_MAX, NULL);
    card_r->assigned_to = sb_read_str_or(&r, "assigned_to", SB_ACTOR_MAX, NULL);
    card_r->disposition = sb_read_str_or(&r, "disposition", SB_NAME_MAX, NULL);
    s_read_person(&r, card_r);
    return sb_reader_join(parent, &r) == SB_OK;
}
