/* slack_card.c. A text may be longer than Slack shows; its last paragraphs are then kept whole,
 * since they say what is asked, and what became of it. */
#include "services/chatd/slack_card.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/button.h"
#include "lib/mem.h"
#include "proto/taskd.h"
#include "services/chatd/slack_blocks.h"

#define BODY_MAX 3000      /* of a card, with its last paragraphs */
#define TALK_MAX 4000      /* of a message without a card */
#define LAST_MAX 1000      /* of the last paragraphs; longer ones are cut like all the rest */
#define REASON_MAX 2000    /* why an alert was flagged */
#define NAME_MAX_SHOWN 100 /* a person's name, an id */
#define ENTITY_SIZE_MAX 5  /* bytes of a character that is escaped */

/* ---- The bot's words. */

/* Moves the parts of more to the end of elements. */
static void s_append(cJSON *elements, cJSON *more)
{
    while (more->child) {
        sb_json_push(elements, cJSON_DetachItemFromArray(more, 0));
    }
    cJSON_Delete(more);
}

/* Where the last paragraphs begin, as many as are short together and not all there is; else NULL.
 * Nothing foreign makes a paragraph: it stands in a line or in quoted lines. */
static const char *s_last_paragraphs(const char *text)
{
    const size_t len = strlen(text);
    for (const char *p = strstr(text, "\n\n"); p; p = strstr(p + 1, "\n\n")) {
        if (p[2] && len - (size_t)(p + 2 - text) <= LAST_MAX) {
            return p + 2;
        }
    }
    return NULL;
}

static cJSON *s_body(const char *text, size_t max)
{
    const char *last = s_last_paragraphs(text);
    if (!last || strlen(text) <= max) { /* bytes are no fewer than units */
        return slack_text_rich(text, max);
    }
    char *first = sb_strndup(text, (size_t)(last - text));
    cJSON *elements = slack_text_rich(first, max - LAST_MAX);
    s_append(elements, slack_text_rich(last, LAST_MAX));
    free(first);
    return elements;
}

/* ---- Facts, a line each. */

static void s_label(cJSON *section, const char *label)
{
    const cJSON *elements = cJSON_GetObjectItemCaseSensitive(section, "elements");
    char *text = sb_format("%s%s  ", elements->child ? "\n" : "", label);
    slack_rich_add(section, text, NAME_MAX_SHOWN, SLACK_RICH_BOLD);
    free(text);
}

static void s_add_time(cJSON *section, const char *label, int64_t ms, const char *zone,
                       slack_when_t *when)
{
    char text[SLACK_WHEN_SIZE];
    slack_when_text(when, ms, zone, text);
    s_label(section, label);
    slack_rich_add(section, text, sizeof text, SLACK_RICH_PLAIN);
}

static void s_add_place(cJSON *section, const chat_card_t *card)
{
    char *place = card->place ? slack_text_line(card->place, SB_PLACE_MAX) : NULL;
    if (place && place[0]) {
        s_label(section, "Where");
        slack_rich_add(section, place, SB_PLACE_MAX, SLACK_RICH_PLAIN);
    }
    free(place);
}

static void s_add_person(cJSON *section, const chat_card_t *card)
{
    char *name = card->name ? slack_text_line(card->name, NAME_MAX_SHOWN) : NULL;
    s_label(section, "Who");
    if (name && name[0]) {
        slack_rich_add(section, name, NAME_MAX_SHOWN, SLACK_RICH_PLAIN);
        slack_rich_add(section, " ", 2, SLACK_RICH_PLAIN);
    }
    slack_rich_add(section, card->person, NAME_MAX_SHOWN, SLACK_RICH_CODE);
    free(name);
}

static cJSON *s_facts(const chat_card_t *card, slack_when_t *when)
{
    cJSON *section = slack_rich_section();
    if (card->kind == CHAT_CARD_ESCALATION) {
        s_add_person(section, card);
    }
    if (card->kind != CHAT_CARD_CONSENT) {
        s_add_time(section, "When", card->event_ms, card->zone, when);
        s_add_place(section, card);
    }
    if (card->deadline_ms >= 0 && !card->outcome && card->kind != CHAT_CARD_ESCALATION) {
        s_add_time(section, "Answer by", card->deadline_ms, card->zone, when);
    }
    s_label(section, "Alert");
    slack_rich_add(section, card->code, NAME_MAX_SHOWN, SLACK_RICH_CODE);
    if (card->kind == CHAT_CARD_CONSENT && card->title[0]) {
        char *title = slack_text_line(card->title, SLACK_HEADER_MAX);
        slack_rich_add(section, "  ", 2, SLACK_RICH_PLAIN);
        slack_rich_add(section, title, SLACK_HEADER_MAX, SLACK_RICH_PLAIN);
        free(title);
    }
    cJSON *elements = sb_json_array();
    sb_json_push(elements, section);
    return elements;
}

/* The team reads why; the person has read it in the question. */
static cJSON *s_reason(const chat_card_t *card)
{
    cJSON *elements = sb_json_array();
    char *reason = card->reason ? slack_text_plain(card->reason, REASON_MAX) : NULL;
    if (reason && reason[0]) {
        cJSON *section = slack_rich_section();
        slack_rich_add(section, "Why it was flagged", NAME_MAX_SHOWN, SLACK_RICH_BOLD);
        sb_json_push(elements, section);
        cJSON *quote = slack_rich_quote();
        slack_rich_add(quote, reason, REASON_MAX, SLACK_RICH_PLAIN);
        sb_json_push(elements, quote);
    }
    free(reason);
    return elements;
}

/* ---- Buttons. */

/* Unlike any other of its message. */
static char *s_action_id(const char *value, size_t i)
{
    sb_button_t button;
    if (!sb_button_parse(value, &button)) {
        return sb_format("other:%zu", i);
    }
    return button.argument ? sb_format("%s:%s", button.action, button.argument)
                           : sb_strdup(button.action);
}

static cJSON *s_people_menu(const char *hash)
{
    char *action_id = sb_format(SLACK_ACTION_GIVE ":%s", hash);
    cJSON *menu = sb_json_object();
    sb_json_add_str(menu, "type", "users_select");
    sb_json_add_str(menu, "action_id", action_id);
    sb_json_add(menu, "placeholder", slack_plain("Give it to\xe2\x80\xa6", SLACK_BUTTON_MAX));
    free(action_id);
    return menu;
}

/* What we add to the bot's own buttons: a dialog where a question is answered, a menu of people
 * where somebody may take an alert. */
static void s_add_ours(cJSON *elements, const chat_message_t *message)
{
    bool question = message->card && message->card->kind == CHAT_CARD_QUESTION;
    for (size_t i = 0; i < message->buttons_len; i++) {
        sb_button_t button;
        if (!sb_button_parse(message->buttons[i].value, &button)) {
            continue;
        }
        if (strcmp(button.action, SB_BUTTON_YES) == 0 && question) {
            char *value = sb_format(SLACK_ACTION_COMMENT ":%s", button.hash);
            sb_json_push(elements, slack_button("Answer with a comment\xe2\x80\xa6",
                                                SLACK_ACTION_COMMENT, value, "plain"));
            free(value);
            question = false;
        } else if (strcmp(button.action, SB_BUTTON_ASSIGN) == 0 && !button.argument) {
            sb_json_push(elements, s_people_menu(button.hash));
        }
    }
}

static cJSON *s_link_button(const char *url)
{
    cJSON *button = slack_button("Open the alert", SLACK_ACTION_OPEN, NULL, "plain");
    sb_json_add_str(button, "url", url);
    return button;
}

/* Without a value: Slack tells of its press, which then means nothing. */
static cJSON *s_button(const chat_button_t *button, size_t i)
{
    if (button->url && slack_text_is_url(button->url)) {
        cJSON *link = slack_button(button->label, SLACK_ACTION_OPEN, NULL, button->style);
        sb_json_add_str(link, "url", button->url);
        return link;
    }
    char *action_id = s_action_id(button->value, i);
    cJSON *json = slack_button(button->label, action_id, button->value, button->style);
    free(action_id);
    return json;
}

static void s_add_actions(cJSON *blocks, const chat_message_t *message)
{
    const chat_card_t *card = message->card;
    cJSON *elements = sb_json_array();
    for (size_t i = 0; i < message->buttons_len; i++) {
        sb_json_push(elements, s_button(&message->buttons[i], i));
    }
    s_add_ours(elements, message);
    if (card && card->kind == CHAT_CARD_ESCALATION && card->url && slack_text_is_url(card->url)) {
        sb_json_push(elements, s_link_button(card->url));
    }
    const bool team = strcmp(message->to, SB_CHAT_SECURITY) == 0;
    char *block_id =
        team ? sb_strdup(SLACK_BLOCK_TEAM)
             : sb_format(SLACK_BLOCK_PERSON "%s", message->chat_id ? message->chat_id : "");
    slack_blocks_actions(blocks, block_id, elements);
    free(block_id);
}

/* ---- All of it. */

static void s_add_header(cJSON *blocks, const chat_card_t *card)
{
    char *title = sb_format("%s%s", card->top ? CHAT_TOP_MARK : "", card->title);
    slack_blocks_header(blocks, title);
    free(title);
}

/* Calls those who are in the channel, until somebody has seen it. */
static void s_add_call(cJSON *blocks, const chat_message_t *message)
{
    const chat_card_t *card = message->card;
    if (!card->top || card->acked_by || strcmp(message->to, SB_CHAT_SECURITY) != 0) {
        return;
    }
    cJSON *section = slack_rich_section();
    slack_rich_add_here(section);
    cJSON *elements = sb_json_array();
    sb_json_push(elements, section);
    slack_blocks_rich(blocks, elements);
}

cJSON *slack_card_blocks(const chat_message_t *message, slack_when_t *when)
{
    assert(message && when);
    const chat_card_t *card = message->card;
    cJSON *blocks = sb_json_array();
    if (card && card->kind != CHAT_CARD_CONSENT && card->title[0]) {
        s_add_header(blocks, card);
        s_add_call(blocks, message);
    }
    slack_blocks_rich(blocks, s_body(message->text, card ? BODY_MAX : TALK_MAX));
    if (card) {
        if (card->kind == CHAT_CARD_ESCALATION) {
            slack_blocks_rich(blocks, s_reason(card));
        }
        slack_blocks_rich(blocks, s_facts(card, when));
    }
    s_add_actions(blocks, message);
    return blocks;
}

/* The same for who reads no blocks. */
static char *s_fallback(const char *text)
{
    const char *last = s_last_paragraphs(text);
    char *whole = slack_text_mrkdwn(text, SLACK_FALLBACK_MAX);
    char *all = slack_text_mrkdwn(text, ENTITY_SIZE_MAX * strlen(text) + 2);
    const bool fits = strcmp(whole, all) == 0;
    free(all);
    if (fits || !last) {
        return whole;
    }
    free(whole);
    char *first = sb_strndup(text, (size_t)(last - text));
    char *head = slack_text_mrkdwn(first, SLACK_FALLBACK_MAX - LAST_MAX - 2);
    char *tail = slack_text_mrkdwn(last, LAST_MAX);
    char *both = sb_format("%s\n\n%s", head, tail);
    free(first);
    free(head);
    free(tail);
    return both;
}

char *slack_card_fallback(const chat_message_t *message)
{
    assert(message);
    char *text = s_fallback(message->text);
    if (text[0]) {
        return text;
    }
    free(text);
    return sb_strdup("-");
}
