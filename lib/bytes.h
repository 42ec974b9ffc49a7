/* bytes.h: a run of bytes that somebody else owns. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *data; /* may be NULL if size is 0 */
    size_t size;
} sb_bytes_t;
