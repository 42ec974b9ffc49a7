/* duo_pushinfo.h: what a person sees of an alert in Duo Mobile. Pure.
 *
 * Titles, descriptions and reasons are foreign: they are cut, and lose whatever could hide or turn
 * round the text beside them. The alert's short code comes first and stands in the chat's card too,
 * so that a push can be told from one that somebody else caused. */
#pragma once

#include <stddef.h>

#include "lib/buf.h"
#include "services/authd/factor.h"

#define DUO_PUSHINFO_MAX 19999 /* bytes, encoded once; Duo takes less than 20,000 */
#define DUO_TITLE_MAX 255      /* bytes of each text, as it is shown */
#define DUO_DESCRIPTION_MAX 1000
#define DUO_REASON_MAX 500

/* Appends at most max bytes of text, with one blank for every run of blanks and control characters,
 * and without characters that are invisible or change the direction of writing. A cut text ends
 * in "...". text is UTF-8, or else "" is appended. */
void duo_clean(sb_buf_t *out, const char *text, size_t max);

/* Pairs name=value, encoded; to be encoded once more as a parameter. free() it. */
char *duo_pushinfo(const factor_request_t *request);
