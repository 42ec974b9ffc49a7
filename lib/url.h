/* url.h: what we need of URLs: their origin, and texts inside them. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

/* Bytes of the origin at the start of url: "https://HOST[:PORT]", or the same with http:// if HOST
 * is this machine (127.0.0.1, localhost, [::1]). 0 if it begins otherwise, or with a user. */
size_t sb_url_origin(const char *url);
/* Whether both have one, and the same; whatever the case of letters. */
bool sb_url_same_origin(const char *a, const char *b);

/* Appends text, every byte but A-Z a-z 0-9 - . _ ~ as %XX. */
void sb_url_encode(sb_buf_t *out, const char *text);
/* Appends name=value, encoded, for a query or a form; with a & before it unless out is empty. */
void sb_url_pair(sb_buf_t *out, const char *name, const char *value);
