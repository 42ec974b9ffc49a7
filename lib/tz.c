/* tz.c. A zone is one table of instants, each with the type of time that begins there, then the
 * rule of the footer. Local time to UTC walks the spans between changes, so that skipped and
 * doubled hours need no special case. */
#include "lib/tz.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/tz_rule.h"

#define ZONE_FOLDER "/usr/share/zoneinfo"
#define DAY_S 86400
#define HEADER_SIZE 44
#define TYPE_SIZE 6
/* RFC 9636, 3.2: offsets lie between these. */
#define OFFSET_S_MIN (-89999)
#define OFFSET_S_MAX 93599
/* A thousand million years either way: dates stay within int. */
#define UTC_S_MAX (INT64_C(1000000000) * 366 * DAY_S)

typedef struct {
    int64_t at_s;
    uint8_t type;
} change_t;

_Static_assert(sizeof((sb_local_t *)0)->abbreviation == SB_TZ_ABBREVIATION_MAX, "copied whole");

struct sb_tz {
    sb_tz_type_t *types; /* at least one */
    size_t types_len;
    change_t *changes; /* ascending; may be NULL */
    size_t changes_len;
    bool has_rule; /* else the last type holds for ever */
    sb_tz_rule_t rule;
};

/* ---- Reading a file's bytes. */

typedef struct {
    uint64_t isut_len, isstd_len, leap_len, change_len, type_len, char_len;
    char version; /* '\0', '2', '3', '4' or later */
} header_t;

static uint32_t s_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int32_t s_i32(const uint8_t *at)
{
    return (int32_t)s_u32(at);
}

static int64_t s_i64(const uint8_t *at)
{
    return (int64_t)((uint64_t)s_u32(at) << 32 | s_u32(at + 4));
}

static uint64_t s_block_size(const header_t *header, uint64_t time_size)
{
    return header->change_len * (time_size + 1) + header->type_len * TYPE_SIZE + header->char_len +
           header->leap_len * (time_size + 4) + header->isstd_len + header->isut_len;
}

/* Reads the header at offset and checks that its block lies within size. */
static int s_header(const uint8_t *data, size_t size, size_t offset, size_t time_size,
                    header_t *header_r, sb_err_t *err)
{
    if (size < offset || size - offset < HEADER_SIZE || memcmp(data + offset, "TZif", 4) != 0) {
        return sb_fail(err, SB_EINVALID, "no TZif header at byte %zu", offset);
    }
    const uint8_t *at = data + offset + 20;
    const header_t header = {
        .isut_len = s_u32(at),
        .isstd_len = s_u32(at + 4),
        .leap_len = s_u32(at + 8),
        .change_len = s_u32(at + 12),
        .type_len = s_u32(at + 16),
        .char_len = s_u32(at + 20),
        .version = (char)data[offset + 4],
    };
    if (s_block_size(&header, time_size) > size - offset - HEADER_SIZE) {
        return sb_fail(err, SB_EINVALID, "the block at byte %zu is cut short", offset);
    }
    *header_r = header;
    return SB_OK;
}

static int s_read_changes(sb_tz_t *self, const header_t *header, const uint8_t *at,
                          size_t time_size, sb_err_t *err)
{
    const uint8_t *types = at + header->change_len * time_size;
    self->changes = sb_alloc_array(header->change_len, sizeof self->changes[0]);
    self->changes_len = header->change_len;
    for (size_t i = 0; i < header->change_len; i++) {
        change_t *change = &self->changes[i];
        change->at_s = time_size == 8 ? s_i64(at + i * 8) : s_i32(at + i * 4);
        change->type = types[i];
        if (i > 0 && change->at_s <= change[-1].at_s) {
            return sb_fail(err, SB_EINVALID, "change %zu is not after the one before", i);
        }
        if (change->type >= header->type_len) {
            return sb_fail(err, SB_EINVALID, "change %zu is of type %u of %zu", i, change->type,
                           (size_t)header->type_len);
        }
    }
    return SB_OK;
}

static int s_read_types(sb_tz_t *self, const header_t *header, const uint8_t *at, sb_err_t *err)
{
    const char *chars = (const char *)at + header->type_len * TYPE_SIZE;
    self->types = sb_alloc_array(header->type_len, sizeof self->types[0]);
    self->types_len = header->type_len;
    for (size_t i = 0; i < header->type_len; i++) {
        sb_tz_type_t *type = &self->types[i];
        const uint8_t *in = at + i * TYPE_SIZE;
        type->offset_s = s_i32(in);
        if (type->offset_s < OFFSET_S_MIN || type->offset_s > OFFSET_S_MAX) {
            return sb_fail(err, SB_EINVALID, "type %zu is %d s off UTC", i, (int)type->offset_s);
        }
        const size_t start = in[5];
        const char *end =
            start < header->char_len ? memchr(chars + start, '\0', header->char_len - start) : NULL;
        if (!end) {
            return sb_fail(err, SB_EINVALID, "type %zu has no abbreviation", i);
        }
        (void)snprintf(type->abbreviation, sizeof type->abbreviation, "%s", chars + start);
    }
    return SB_OK;
}

/* "\n" TZ "\n"; an empty one says that nothing is known of later times. */
static int s_read_footer(sb_tz_t *self, const uint8_t *at, size_t size, sb_err_t *err)
{
    const uint8_t *end = size > 0 && *at == '\n' ? memchr(at + 1, '\n', size - 1) : NULL;
    if (!end) {
        return sb_fail(err, SB_EINVALID, "no footer");
    }
    const size_t len = (size_t)(end - at) - 1;
    self->has_rule = len > 0;
    return len > 0 ? sb_tz_rule_parse((const char *)at + 1, len, &self->rule, err) : SB_OK;
}

static int s_parse(sb_tz_t *self, const uint8_t *data, size_t size, sb_err_t *err)
{
    header_t header = {0};
    size_t offset = 0;
    size_t time_size = 4;
    int rc = s_header(data, size, offset, time_size, &header, err);
    if (rc == SB_OK && header.version >= '2') { /* the same again, with 64-bit times */
        offset = HEADER_SIZE + s_block_size(&header, time_size);
        time_size = 8;
        rc = s_header(data, size, offset, time_size, &header, err);
    }
    if (rc != SB_OK) {
        return rc;
    }
    if (header.type_len == 0 || header.char_len == 0) {
        return sb_fail(err, SB_EINVALID, "no type of time");
    }
    if (header.leap_len > 0) {
        return sb_fail(err, SB_EINVALID, "counts leap seconds, which the system's clock does not");
    }
    const uint8_t *at = data + offset + HEADER_SIZE;
    rc = s_read_changes(self, &header, at, time_size, err);
    if (rc == SB_OK) {
        rc = s_read_types(self, &header, at + header.change_len * (time_size + 1), err);
    }
    if (rc == SB_OK && time_size == 8) {
        const size_t footer = offset + HEADER_SIZE + s_block_size(&header, time_size);
        rc = s_read_footer(self, data + footer, size - footer, err);
    }
    return rc;
}

sb_tz_t *sb_tz_parse(const void *data, size_t size, sb_err_t *err)
{
    assert(data || size == 0);
    assert(err);
    if (size > SB_TZ_FILE_SIZE_MAX) {
        (void)sb_fail(err, SB_ETOOLARGE, "a zone of %zu bytes; at most %d", size,
                      SB_TZ_FILE_SIZE_MAX);
        return NULL;
    }
    sb_tz_t *self = sb_alloc(sizeof *self);
    if (s_parse(self, data, size, err) != SB_OK) {
        sb_tz_destroy(&self);
    }
    return self;
}

void sb_tz_destroy(sb_tz_t **self_p)
{
    assert(self_p);
    sb_tz_t *self = *self_p;
    if (self) {
        free(self->changes);
        free(self->types);
        free(self);
        *self_p = NULL;
    }
}

/* ---- Reading a file. */

/* "Area/Place": no way out of the folder, no hidden file, nothing that is no zone's name. */
static bool s_name_valid(const char *zone)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "+-_./";
    if (zone[strspn(zone, allowed)] != '\0' || strlen(zone) > 255) {
        return false;
    }
    const char *part = zone;
    for (;;) {
        const size_t len = strcspn(part, "/");
        if (len == 0 || part[0] == '.') {
            return false;
        }
        if (part[len] == '\0') {
            return true;
        }
        part += len + 1;
    }
}

/* The bytes of a file of at most SB_TZ_FILE_SIZE_MAX; the caller frees them. */
static uint8_t *s_read_file(const char *path, size_t *size_r, sb_err_t *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        (void)sb_fail(err, errno == ENOENT ? SB_ENOTFOUND : SB_EINVALID, "%s: %m", path);
        if (fd >= 0) {
            (void)close(fd);
        }
        return NULL;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > SB_TZ_FILE_SIZE_MAX) {
        (void)sb_fail(err, SB_EINVALID, "%s: not a zone file", path);
        (void)close(fd);
        return NULL;
    }
    const size_t room = (size_t)st.st_size;
    uint8_t *data = sb_alloc(room);
    size_t len = 0;
    ssize_t got = 1;
    while (len < room && got > 0) {
        got = read(fd, data + len, room - len);
        len += got > 0 ? (size_t)got : 0;
    }
    if (got < 0) {
        (void)sb_fail(err, SB_EINVALID, "%s: %m", path);
        free(data);
        data = NULL;
    }
    (void)close(fd);
    *size_r = len;
    return data;
}

sb_tz_t *sb_tz_load(const char *folder, const char *zone, sb_err_t *err)
{
    assert(zone);
    assert(err);
    if (!s_name_valid(zone)) {
        (void)sb_fail(err, SB_EINVALID, "\"%s\" is no time zone; expected a name like Europe/Paris",
                      zone);
        return NULL;
    }
    char *path = sb_format("%s/%s", folder ? folder : ZONE_FOLDER, zone);
    size_t size = 0;
    uint8_t *data = s_read_file(path, &size, err);
    sb_tz_t *self = NULL;
    if (data) {
        self = sb_tz_parse(data, size, err);
        if (!self) {
            (void)sb_fail_in(err, "%s", path);
        }
    }
    free(data);
    free(path);
    return self;
}

/* ---- Asking. */

/* How many changes lie at or before utc_s. */
static size_t s_changes_until(const sb_tz_t *self, int64_t utc_s)
{
    size_t low = 0;
    size_t high = self->changes_len;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (self->changes[middle].at_s <= utc_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static const sb_tz_type_t *s_type_at(const sb_tz_t *self, int64_t utc_s)
{
    const size_t n = s_changes_until(self, utc_s);
    if (n == self->changes_len && self->has_rule) {
        return sb_tz_rule_at(&self->rule, utc_s);
    }
    return &self->types[n > 0 ? self->changes[n - 1].type : 0];
}

/* The first change after utc_s; INT64_MAX if there is none. */
static int64_t s_next_change(const sb_tz_t *self, int64_t utc_s)
{
    const size_t n = s_changes_until(self, utc_s);
    if (n < self->changes_len) {
        return self->changes[n].at_s;
    }
    return self->has_rule ? sb_tz_rule_next(&self->rule, utc_s) : INT64_MAX;
}

void sb_tz_local(const sb_tz_t *self, int64_t utc_s, sb_local_t *local_r)
{
    assert(self);
    assert(local_r);
    if (utc_s > UTC_S_MAX || utc_s < -UTC_S_MAX) {
        utc_s = utc_s > 0 ? UTC_S_MAX : -UTC_S_MAX;
    }
    const sb_tz_type_t *type = s_type_at(self, utc_s);
    const int64_t local_s = utc_s + type->offset_s;
    const int64_t days = local_s / DAY_S - (local_s % DAY_S < 0);
    const int second = (int)(local_s - days * DAY_S);
    int64_t year = 0;
    sb_tz_date(days, &year, &local_r->month, &local_r->day);
    local_r->year = (int)year;
    local_r->weekday = (int)(((days + 4) % 7 + 7) % 7);
    local_r->hour = second / 3600;
    local_r->minute = second / 60 % 60;
    local_r->second = second % 60;
    local_r->offset_s = type->offset_s;
    memcpy(local_r->abbreviation, type->abbreviation, sizeof local_r->abbreviation);
}

int64_t sb_tz_utc(const sb_tz_t *self, int year, int month, int day, int hour, int minute,
                  int second)
{
    assert(self);
    const int64_t months = (int64_t)year * 12 + month - 1;
    const int64_t real_year = months / 12 - (months % 12 < 0);
    const int64_t days = sb_tz_days(real_year, (int)(months - real_year * 12) + 1, 1) + day - 1;
    const int64_t local_s = days * DAY_S + (int64_t)hour * 3600 + (int64_t)minute * 60 + second;

    /* The clock of the first span shows less than local_s at its start, whatever the offset. Going
     * on from span to span, the first that shows local_s or more answers. */
    int64_t start = local_s - OFFSET_S_MAX - 1;
    for (;;) {
        const int64_t next = s_next_change(self, start);
        const int64_t utc_s = local_s - s_type_at(self, start)->offset_s;
        if (utc_s < next) {
            return utc_s > start ? utc_s : start;
        }
        start = next;
    }
}
