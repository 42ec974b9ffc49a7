/* mem.h: allocations that succeed or do not return. For sizes that a peer decides, cap first. */
#pragma once

#include <stddef.h>

/* Zeroed memory; free() it. */
void *sb_alloc(size_t size);
void *sb_alloc_array(size_t n, size_t size);
void *sb_realloc(void *old, size_t size);
char *sb_strdup(const char *text); /* NULL gives NULL */
char *sb_strndup(const char *text, size_t size);
char *sb_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Overwrites and is not optimised away; for secrets. */
void sb_wipe(void *data, size_t size);
