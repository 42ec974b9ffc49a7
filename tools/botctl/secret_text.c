#include "tools/botctl/secret_text.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/crypto.h"
#include "lib/factor_secret.h"
#include "lib/json.h"
#include "lib/mem.h"

#define PREFIX "otpauth://totp/"

/* Base 32 with its letters in upper case and without blanks, hyphens and padding. */
static int s_base32(const char *text, size_t size, uint8_t **secret_r, size_t *size_r,
                    sb_err_t *err)
{
    char *clean = sb_alloc(size + 1);
    size_t len = 0;
    for (size_t i = 0; i < size; i++) {
        if (!isspace((unsigned char)text[i]) && text[i] != '-' && text[i] != '=') {
            clean[len++] = (char)toupper((unsigned char)text[i]);
        }
    }
    sb_err_t ignored; /* its text could show part of the secret */
    int code = sb_unbase32(clean, secret_r, size_r, &ignored);
    sb_wipe(clean, size + 1);
    free(clean);
    if (code != SB_OK) {
        return sb_fail(err, SB_EINVALID, "the secret is no base 32");
    }
    if (*size_r < SB_TOTP_SECRET_SIZE_MIN || *size_r > SB_TOTP_SECRET_SIZE_MAX) {
        sb_wipe(*secret_r, *size_r);
        free(*secret_r);
        *secret_r = NULL;
        return sb_fail(err, SB_EINVALID, "the secret is not of %d to %d bytes",
                       SB_TOTP_SECRET_SIZE_MIN, SB_TOTP_SECRET_SIZE_MAX);
    }
    return SB_OK;
}

/* True if the parameter at text, size bytes, is name=; *value_r and *value_size_r are the rest. */
static bool s_param(const char *text, size_t size, const char *name, const char **value_r,
                    size_t *value_size_r)
{
    const size_t len = strlen(name);
    if (size <= len || strncasecmp(text, name, len) != 0 || text[len] != '=') {
        return false;
    }
    *value_r = text + len + 1;
    *value_size_r = size - len - 1;
    return true;
}

static int s_uri(const char *uri, uint8_t **secret_r, size_t *size_r, sb_err_t *err)
{
    static const struct {
        const char *name;
        const char *value;
    } ours[] = {
        {"algorithm", "SHA1"},
        {"digits",    "6"   },
        {"period",    "30"  }
    };
    const char *secret = NULL;
    size_t secret_size = 0;
    const char *param = uri + strcspn(uri, "?");
    while (*param == '?' || *param == '&') {
        param++;
        const size_t size = strcspn(param, "& \t\r\n");
        const char *value;
        size_t value_size;
        if (s_param(param, size, "secret", &value, &value_size)) {
            secret = value;
            secret_size = value_size;
        }
        for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
            if (s_param(param, size, ours[i].name, &value, &value_size) &&
                (value_size != strlen(ours[i].value) ||
                 strncasecmp(value, ours[i].value, value_size) != 0)) {
                return sb_fail(err, SB_EINVALID, "the URI's %s is not %s", ours[i].name,
                               ours[i].value);
            }
        }
        param += size;
    }
    if (!secret) {
        return sb_fail(err, SB_EINVALID, "the URI holds no secret");
    }
    return s_base32(secret, secret_size, secret_r, size_r, err);
}

static int s_json(const char *text, uint8_t **secret_r, size_t *size_r, sb_err_t *err)
{
    size_t size = strlen(text);
    while (size > 0 && isspace((unsigned char)text[size - 1])) {
        size--;
    }
    sb_err_t ignored;
    cJSON *object = sb_json_parse(text, size, 0, &ignored);
    const cJSON *secret = cJSON_GetObjectItemCaseSensitive(object, "secret");
    const int code =
        cJSON_IsString(secret)
            ? s_base32(secret->valuestring, strlen(secret->valuestring), secret_r, size_r, err)
            : sb_fail(err, SB_EINVALID, "the JSON holds no text named secret");
    if (cJSON_IsString(secret)) {
        sb_wipe(secret->valuestring, strlen(secret->valuestring));
    }
    cJSON_Delete(object);
    return code;
}

int secret_text_parse(const char *text, uint8_t **secret_r, size_t *size_r, sb_err_t *err)
{
    assert(text);
    assert(secret_r);
    assert(size_r);
    assert(err);
    while (isspace((unsigned char)*text)) {
        text++;
    }
    if (*text == '{') {
        return s_json(text, secret_r, size_r, err);
    }
    if (strncasecmp(text, "otpauth:", 8) != 0) {
        return s_base32(text, strlen(text), secret_r, size_r, err);
    }
    if (strncasecmp(text, PREFIX, strlen(PREFIX)) != 0) {
        return sb_fail(err, SB_EINVALID, "the URI is not of the kind " PREFIX);
    }
    return s_uri(text, secret_r, size_r, err);
}
