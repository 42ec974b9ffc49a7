/* words.h: a typed message taken apart as a command: its first word and what follows.
 *
 * Smart quotes count as quotes and long dashes as "--", since phones write them by themselves.
 * Words in quotes are one argument if the quotes begin and end at a blank; others are left as they
 * are
 * ("it's Bob's"). An answer's explanation never comes from here: it is kept verbatim (answer.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define WORDS_NAME_MAX 32 /* bytes */
#define WORDS_ARGS_MAX 8
#define WORDS_ARG_MAX 64 /* bytes */

typedef struct {
    char name[WORDS_NAME_MAX + 1]; /* lower case, without punctuation around it; "" if too long */
    char args[WORDS_ARGS_MAX][WORDS_ARG_MAX + 1];
    size_t args_len;
    bool over; /* there were more arguments, or longer ones; those are left out */
} words_t;

/* text is valid UTF-8 of any length. */
void words_parse(const char *text, words_t *words_r);

/* The size of a quotation mark or of other punctuation that people put around words at text; 0 if
 * there is none. */
size_t words_punctuation(const char *text);

/* True for blanks of any kind, line breaks included; *size_r is the size. */
bool words_blank(const char *text, size_t *size_r);
