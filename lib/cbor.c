/* cbor.c: a pull reader over libcbor's streaming decoder, which calls one of many functions for
 * each item: here each of them writes down what it was called with. */
#include "lib/cbor.h"

#include <assert.h>
#include <cbor.h>
#include <inttypes.h>
#include <string.h>

typedef struct {
    sb_cbor_item_t *item;
    const char *fault; /* NULL, or why this item is not taken */
} seen_t;

static void s_number(void *context, sb_cbor_kind_t kind, uint64_t number)
{
    seen_t *seen = context;
    *seen->item = (sb_cbor_item_t){.kind = kind, .number = number};
}

static void s_uint8(void *context, uint8_t number)
{
    s_number(context, SB_CBOR_UINT, number);
}

static void s_uint16(void *context, uint16_t number)
{
    s_number(context, SB_CBOR_UINT, number);
}

static void s_uint32(void *context, uint32_t number)
{
    s_number(context, SB_CBOR_UINT, number);
}

static void s_uint64(void *context, uint64_t number)
{
    s_number(context, SB_CBOR_UINT, number);
}

static void s_nint8(void *context, uint8_t number)
{
    s_number(context, SB_CBOR_NINT, number);
}

static void s_nint16(void *context, uint16_t number)
{
    s_number(context, SB_CBOR_NINT, number);
}

static void s_nint32(void *context, uint32_t number)
{
    s_number(context, SB_CBOR_NINT, number);
}

static void s_nint64(void *context, uint64_t number)
{
    s_number(context, SB_CBOR_NINT, number);
}

static void s_bytes(void *context, cbor_data data, size_t size)
{
    seen_t *seen = context;
    *seen->item = (sb_cbor_item_t){
        .kind = SB_CBOR_BYTES, .bytes = {data, size}
    };
}

static void s_text(void *context, cbor_data data, size_t size)
{
    seen_t *seen = context;
    *seen->item = (sb_cbor_item_t){
        .kind = SB_CBOR_TEXT, .bytes = {data, size}
    };
}

static void s_array(void *context, size_t n)
{
    s_number(context, SB_CBOR_ARRAY, n);
}

static void s_map(void *context, size_t n)
{
    s_number(context, SB_CBOR_MAP, n);
}

static void s_indefinite(void *context)
{
    ((seen_t *)context)->fault = "a length that is not told in advance";
}

static void s_break(void *context)
{
    ((seen_t *)context)->fault = "an end of nothing";
}

static void s_tag(void *context, uint64_t number)
{
    (void)number;
    ((seen_t *)context)->fault = "a tag";
}

static void s_simple(void *context)
{
    s_number(context, SB_CBOR_OTHER, 0);
}

static void s_bool(void *context, bool value)
{
    (void)value;
    s_simple(context);
}

static void s_float(void *context, float value)
{
    (void)value;
    s_simple(context);
}

static void s_double(void *context, double value)
{
    (void)value;
    s_simple(context);
}

static const struct cbor_callbacks s_callbacks = {
    .uint8 = s_uint8,
    .uint16 = s_uint16,
    .uint32 = s_uint32,
    .uint64 = s_uint64,
    .negint8 = s_nint8,
    .negint16 = s_nint16,
    .negint32 = s_nint32,
    .negint64 = s_nint64,
    .byte_string_start = s_indefinite,
    .byte_string = s_bytes,
    .string = s_text,
    .string_start = s_indefinite,
    .indef_array_start = s_indefinite,
    .array_start = s_array,
    .indef_map_start = s_indefinite,
    .map_start = s_map,
    .tag = s_tag,
    .float2 = s_float,
    .float4 = s_float,
    .float8 = s_double,
    .undefined = s_simple,
    .null = s_simple,
    .boolean = s_bool,
    .indef_break = s_break,
};

sb_cbor_t sb_cbor(sb_bytes_t bytes)
{
    assert(bytes.data || bytes.size == 0);
    return (sb_cbor_t){.all = bytes};
}

sb_bytes_t sb_cbor_left(const sb_cbor_t *self)
{
    assert(self);
    const size_t size = self->all.size - self->at;
    return (sb_bytes_t){size > 0 ? self->all.data + self->at : NULL, size};
}

int sb_cbor_next(sb_cbor_t *self, sb_cbor_item_t *item_r, sb_err_t *err)
{
    assert(self && item_r && err);
    const sb_bytes_t left = sb_cbor_left(self);
    if (left.size == 0) {
        return sb_fail(err, SB_EINVALID, "CBOR: it ends at byte %zu, where an item is due",
                       self->at);
    }
    seen_t seen = {.item = item_r};
    const struct cbor_decoder_result got =
        cbor_stream_decode(left.data, left.size, &s_callbacks, &seen);
    if (got.status == CBOR_DECODER_NEDATA) {
        return sb_fail(err, SB_EINVALID, "CBOR: it ends inside the item at byte %zu", self->at);
    }
    if (got.status != CBOR_DECODER_FINISHED || seen.fault) {
        return sb_fail(err, SB_EINVALID, "CBOR: %s at byte %zu",
                       seen.fault ? seen.fault : "no known item", self->at);
    }
    /* Each element takes a byte at least: who promises more of them need not be waited for. */
    const uint64_t room = left.size - got.read;
    if ((item_r->kind == SB_CBOR_ARRAY && item_r->number > room) ||
        (item_r->kind == SB_CBOR_MAP && item_r->number > room / 2)) {
        return sb_fail(err, SB_EINVALID, "CBOR: %" PRIu64 " elements at byte %zu, and no room",
                       item_r->number, self->at);
    }
    self->at += got.read;
    return SB_OK;
}

int sb_cbor_skip(sb_cbor_t *self, sb_err_t *err)
{
    assert(self && err);
    sb_cbor_t ahead = *self;
    uint64_t due[SB_CBOR_DEPTH_MAX + 1] = {1}; /* items still due at each depth */
    size_t depth = 0;
    for (;;) {
        while (due[depth] == 0) {
            if (depth == 0) {
                *self = ahead;
                return SB_OK;
            }
            depth--;
        }
        due[depth]--;
        const size_t at = ahead.at;
        sb_cbor_item_t item = {0};
        const int rc = sb_cbor_next(&ahead, &item, err);
        if (rc != SB_OK) {
            return rc;
        }
        if (item.kind == SB_CBOR_ARRAY || item.kind == SB_CBOR_MAP) {
            if (depth == SB_CBOR_DEPTH_MAX) {
                return sb_fail(err, SB_EINVALID, "CBOR: nested deeper than %d at byte %zu",
                               SB_CBOR_DEPTH_MAX, at);
            }
            due[++depth] = item.kind == SB_CBOR_MAP ? item.number * 2 : item.number;
        }
    }
}

bool sb_cbor_int(const sb_cbor_item_t *item, int64_t *number_r)
{
    assert(item && number_r);
    const bool negative = item->kind == SB_CBOR_NINT;
    if ((item->kind != SB_CBOR_UINT && !negative) || item->number > INT64_MAX) {
        return false;
    }
    *number_r = negative ? -1 - (int64_t)item->number : (int64_t)item->number;
    return true;
}

bool sb_cbor_is_text(const sb_cbor_item_t *item, const char *text)
{
    assert(item && text);
    const size_t size = strlen(text);
    return item->kind == SB_CBOR_TEXT && item->bytes.size == size &&
           memcmp(item->bytes.data, text, size) == 0;
}
