#include "services/webd/answer.h"

#include <string.h>

#include "proto/taskd.h"

#define CODE_MAX 64 /* bytes, as typed */
#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

static cJSON *s_new(const char *kind)
{
    cJSON *self = sb_json_object();
    sb_json_add_str(self, "kind", kind);
    return self;
}

static void s_read_code(sb_reader_t *in, cJSON *out)
{
    sb_json_add_str(out, "code", sb_read_str(in, "code", 1, CODE_MAX));
}

static void s_read_passkey(sb_reader_t *in, cJSON *out)
{
    static const struct {
        const char *key;
        size_t min;
    } members[] = {
        {"id",          1},
        {"client_data", 1},
        {"auth_data",   1},
        {"signature",   1},
        {"user_handle", 0},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *text = sb_read_str(in, members[i].key, members[i].min, SB_PAGE_ANSWER_MAX);
        if (text[strspn(text, BASE64URL)] != '\0') {
            (void)sb_reader_fault(in, members[i].key, "expected base64url");
        }
        sb_json_add_str(out, members[i].key, text);
    }
}

cJSON *answer_read(const cJSON *posted, sb_err_t *err)
{
    static const char *const kinds[] = {"code", "passkey"};
    sb_reader_t in = sb_reader(posted, "body", err);
    const int kind = sb_read_enum(&in, "kind", kinds, sizeof kinds / sizeof kinds[0]);
    cJSON *answer = s_new(kind < 0 ? "" : kinds[kind]);
    if (kind == 0) {
        s_read_code(&in, answer);
    } else if (kind == 1) {
        s_read_passkey(&in, answer);
    }
    if (sb_reader_code(&in)) {
        cJSON_Delete(answer);
        return NULL;
    }
    return answer;
}

cJSON *answer_refuse(void)
{
    return s_new("refuse");
}

cJSON *answer_oidc(const char *code, const char *state)
{
    cJSON *answer = s_new("oidc");
    sb_json_add_str(answer, "code", code);
    sb_json_add_str(answer, "state", state);
    return answer;
}
