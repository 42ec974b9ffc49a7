/* cbor.h: CBOR (RFC 8949) of strangers, read item by item: nothing is copied or allocated, so
 * a length that lies costs nothing.
 *
 * Only what the CTAP2 form allows where it matters to a reader: definite lengths, no tags, no more
 * nesting than SB_CBOR_DEPTH_MAX. Numbers written longer than needed and maps in another order are
 * taken: nothing here is compared or signed in any form but the bytes that came. */
#pragma once

#include <stdbool.h>

#include "lib/bytes.h"
#include "lib/err.h"

#define SB_CBOR_DEPTH_MAX 8

typedef enum {
    SB_CBOR_UINT,
    SB_CBOR_NINT,
    SB_CBOR_BYTES,
    SB_CBOR_TEXT,
    SB_CBOR_ARRAY,
    SB_CBOR_MAP,
    SB_CBOR_OTHER /* false, true, null, undefined and floating-point numbers */
} sb_cbor_kind_t;

typedef struct {
    sb_cbor_kind_t kind;
    uint64_t number;  /* UINT: itself; NINT: -1 - itself; ARRAY: its elements; MAP: its pairs */
    sb_bytes_t bytes; /* BYTES and TEXT: borrowed from what is read; UTF-8 is not checked */
} sb_cbor_item_t;

/* A cursor on bytes that must outlive it. After an error it stands where it stood. */
typedef struct {
    sb_bytes_t all;
    size_t at;
} sb_cbor_t;

sb_cbor_t sb_cbor(sb_bytes_t bytes);
/* What was not read yet. */
sb_bytes_t sb_cbor_left(const sb_cbor_t *self);
/* One item: the head alone of an array or a map, whose elements come next. SB_EINVALID. */
SB_MUSTCHECK int sb_cbor_next(sb_cbor_t *self, sb_cbor_item_t *item_r, sb_err_t *err);
/* One item with all that is in it. SB_EINVALID. */
SB_MUSTCHECK int sb_cbor_skip(sb_cbor_t *self, sb_err_t *err);
/* The whole number of a UINT or NINT; false if it is neither or beyond 64 bits. */
bool sb_cbor_int(const sb_cbor_item_t *item, int64_t *number_r);
/* Whether it is just this text. */
bool sb_cbor_is_text(const sb_cbor_item_t *item, const char *text);
