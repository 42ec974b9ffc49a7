#include "tools/botctl/alert_row.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/utf8.h"
#include "proto/taskd.h"
#include "tools/botctl/record.h"
#include "tools/botctl/when.h"

static int s_add_text(cJSON *body, const char *key, const char *text, size_t max, sb_err_t *err)
{
    const size_t size = strlen(text);
    size_t bad;
    if (size == 0) {
        return sb_fail(err, SB_EINVALID, "%s is empty", key);
    }
    if (size > max) {
        return sb_fail(err, SB_EINVALID, "%s has %zu bytes, more than %zu", key, size, max);
    }
    if (!sb_utf8_valid(text, size, &bad)) {
        return sb_fail(err, SB_EINVALID, "%s is not UTF-8 at byte %zu", key, bad);
    }
    sb_json_add_str(body, key, text);
    return SB_OK;
}

static int s_add_hash(cJSON *body, const char *hash, sb_err_t *err)
{
    char text[SB_HASH_HEX + 1];
    if (!hash) {
        uint8_t random[SB_SHA256_SIZE];
        sb_random(random, sizeof random);
        sb_hex(random, sizeof random, text);
        sb_json_add_str(body, "hash", text);
        return SB_OK;
    }
    if (strlen(hash) != SB_HASH_HEX || strspn(hash, "0123456789abcdefABCDEF") != SB_HASH_HEX) {
        return sb_fail(err, SB_EINVALID, "hash is not %d hexadecimal digits", SB_HASH_HEX);
    }
    for (size_t i = 0; i <= SB_HASH_HEX; i++) {
        text[i] = (char)tolower((unsigned char)hash[i]);
    }
    sb_json_add_str(body, "hash", text);
    return SB_OK;
}

cJSON *alert_row_body(const alert_row_t *row, sb_err_t *err)
{
    assert(row);
    assert(err);
    const struct {
        const char *key;
        const char *text;
        size_t max;
    } texts[] = {
        {"title",       row->title,                                       SB_TITLE_MAX      },
        {"person",      row->person,                                      SB_PERSON_ID_MAX  },
        {"description", row->description ? row->description : row->title, SB_DESCRIPTION_MAX},
        {"reason",      row->reason,                                      SB_REASON_MAX     },
        {"url",         row->url,                                         SB_URL_MAX        },
        {"place",       row->place,                                       SB_PLACE_MAX      },
    };
    cJSON *body = sb_json_object();
    int code = s_add_hash(body, row->hash, err);
    for (size_t i = 0; code == SB_OK && i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].text) {
            code = s_add_text(body, texts[i].key, texts[i].text, texts[i].max, err);
        } else if (i < 2) {
            code = sb_fail(err, SB_EINVALID, "%s is missing", texts[i].key);
        }
    }
    if (code != SB_OK) {
        cJSON_Delete(body);
        return NULL;
    }
    if (row->event_ms != WHEN_NONE) {
        sb_json_add_int(body, "event_ms", row->event_ms);
    }
    return body;
}

static int s_event_time(const cJSON *value, int64_t now_ms, int64_t *ms_r, sb_err_t *err)
{
    if (cJSON_IsString(value)) {
        if (when_parse(value->valuestring, now_ms, ms_r, err) != SB_OK) {
            return sb_fail_in(err, "event_time");
        }
        return SB_OK;
    }
    if (!cJSON_IsNumber(value) || value->valuedouble < 0 || value->valuedouble > 253402300799.0) {
        return sb_fail(err, SB_EINVALID, "event_time is neither a text nor seconds since 1970");
    }
    *ms_r = (int64_t)value->valuedouble * 1000;
    return SB_OK;
}

static bool s_column(const char *key)
{
    for (size_t i = 0; i < RECORD_COLUMNS; i++) {
        if (strcmp(record_columns[i].head, key) == 0) {
            return true;
        }
    }
    return false;
}

static int s_member(alert_row_t *row, const cJSON *member, int64_t now_ms, sb_err_t *err)
{
    const char *key = member->string;
    const struct {
        const char *key;
        const char **text;
    } texts[] = {
        {"hash",        &row->hash       },
        {"title",       &row->title      },
        {"person",      &row->person     },
        {"ldap",        &row->person     },
        {"reason",      &row->reason     },
        {"description", &row->description},
        {"url",         &row->url        },
        {"place",       &row->place      },
    };
    if (cJSON_IsNull(member)) {
        return SB_OK;
    }
    if (strcmp(key, "event_time") == 0) {
        return s_event_time(member, now_ms, &row->event_ms, err);
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].key, key) != 0) {
            continue;
        }
        if (!cJSON_IsString(member)) {
            return sb_fail(err, SB_EINVALID, "%s is not a text", key);
        }
        *texts[i].text = member->valuestring[0] ? member->valuestring : NULL;
        return SB_OK;
    }
    return s_column(key) ? SB_OK : sb_fail(err, SB_EINVALID, "unknown member '%.64s'", key);
}

cJSON *alert_row_parse(const char *line, size_t size, int64_t now_ms, sb_err_t *err)
{
    assert(line);
    assert(err);
    cJSON *object = sb_json_parse(line, size, 0, err);
    if (!object) {
        return NULL;
    }
    alert_row_t row = {.event_ms = WHEN_NONE};
    int code = SB_OK;
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        if (code == SB_OK) {
            code = s_member(&row, member, now_ms, err);
        }
    }
    cJSON *body = code == SB_OK ? alert_row_body(&row, err) : NULL;
    cJSON_Delete(object);
    return body;
}
