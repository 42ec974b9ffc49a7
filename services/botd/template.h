/* template.h: texts with {placeholders}, filled with values that are never looked at again: a value
 * that contains {name} stays as it is.
 *
 * {{ and }} stand for the braces themselves. {0}, {1} are the first and the second placeholder of a
 * text, as older files write them. A line whose placeholders are all empty is left out, so that an
 * alert without a link shows no empty "Link:". */
#pragma once

#include <stddef.h>

#include "lib/err.h"

#define TEMPLATE_SIZE_MAX 4000 /* bytes of a template */

/* What can be inserted; NULL is empty. Texts are borrowed and already fit to be shown (text.h). */
typedef struct {
    const char *name; /* how the person is addressed; to the team: the full name */
    const char *username;
    const char *title;
    const char *description; /* the title, if there is none */
    const char *reason;      /* as a quotation */
    const char *comment;     /* as a quotation */
    const char *url;
    const char *code;        /* the alert's short code */
    const char *time;        /* a span: "1 h 30 min" */
    const char *tries;       /* a number */
    const char *number;      /* to be picked or typed in another app */
    const char *answer;      /* what was said: "yes", "no", ... */
    const char *actor;       /* a responder who did something */
    const char *other;       /* another one, who is concerned by it */
    const char *disposition; /* what an alert was found to be, as on its button */
    const char *transcript;  /* what was said, as a quotation */
    const char *place;       /* where it happened */
} fields_t;

/* Checks that text names only what is allowed (NULL-ended, in the order of {0}, {1}). SB_EINVALID
 * says what is wrong, without a place. */
SB_MUSTCHECK int template_check(const char *text, const char *const *allowed, sb_err_t *err);

/* Fills a text that was checked with the same names. At most SB_TEXT_MAX bytes, cut with a mark;
 * blanks at the end are gone. The caller frees the result. */
char *template_render(const char *text, const char *const *allowed, const fields_t *fields);
