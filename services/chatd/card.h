/* card.h: what a message is about, for chat systems that can show more than text (proto/chatd.md).
 * Reads the job's `card`. */
#pragma once

#include <stdbool.h>

#include "lib/json.h"

#define CHAT_TOP_MARK "\xf0\x9f\x9a\xa8 " /* a red light, before what can't wait */

typedef enum { CHAT_CARD_QUESTION, CHAT_CARD_CONSENT, CHAT_CARD_ESCALATION } chat_card_kind_t;

/* Borrowed from the job. Texts that are not known are NULL. */
typedef struct {
    chat_card_kind_t kind;
    const char *alert; /* the hash */
    const char *code;  /* its short form */
    const char *title;
    const char *description;
    const char *reason;
    const char *url;
    const char *place; /* where it happened */
    int64_t event_ms;
    int64_t deadline_ms; /* -1: none */
    const char *zone;    /* the person's */
    const char *person;  /* the id in the directory */
    const char *name;
    const char *chat_id;
    bool top;            /* it can't wait */
    const char *outcome; /* NULL: it is open */
    const char *comment;
    const char *line; /* what became of it, in words */
    const char *acked_by;
    const char *assigned_to;
    const char *disposition;
} chat_card_t;

/* Reads member `card` of an object. True if there is one and it is right; what is wrong with it is
 * parent's fault. */
bool chat_card_read(sb_reader_t *parent, chat_card_t *card_r);
