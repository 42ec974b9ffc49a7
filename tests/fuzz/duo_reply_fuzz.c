/* duo_reply_fuzz.c: an answer of Duo's: the HTTP status, a line of headers, a line break, the body.
 * Nothing but "allow" twice is a proof, and nothing that is shown or sent on can carry more than
 * text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/utf8.h"
#include "services/authd/duo_pushinfo.h"
#include "services/authd/duo_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void s_must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static bool s_is(const cJSON *response, const char *name, const char *want)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(response, name));
    return text && strcmp(text, want) == 0;
}

static void s_look(const cJSON *response)
{
    duo_preauth_t pre;
    char txid[SB_TRANSACTION_MAX + 1];
    duo_reply_preauth(response, &pre);
    s_must((pre.txid[0] == '\0') == (pre.verification[0] == '\0'));
    s_must(pre.device[strcspn(pre.device, "\r\n&= ")] == '\0');
    s_must(sb_utf8_valid(pre.name, strlen(pre.name), NULL));
    s_must(pre.result == DUO_PRE_AUTH || (!pre.device[0] && !pre.txid[0]));
    (void)duo_reply_txid(response, txid);
    (void)duo_reply_time(response);
    if (duo_login_status(duo_reply_login(response)) == FACTOR_APPROVED) {
        s_must(s_is(response, "result", "allow") && s_is(response, "status", "allow"));
    }
}

static void s_clean(const char *text)
{
    sb_buf_t out = sb_buf(4096);
    duo_clean(&out, text, 64);
    s_must(out.len <= 64 && sb_utf8_valid(sb_buf_text(&out), out.len, NULL));
    sb_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = sb_strndup((const char *)data, size);
    char *headers = strchr(text, '\n');
    char *body = headers ? strchr(headers + 1, '\n') : NULL;
    if (body) {
        *headers++ = '\0';
        *body++ = '\0';
        const sb_http_answer_t answer = {
            .end = SB_HTTP_ANSWERED,
            .status = (int)(strtol(text, NULL, 10) % 1000),
            .headers = headers,
            .body = body,
            .body_size = strlen(body),
        };
        duo_reply_t reply;
        duo_reply(&answer, 1345570158000, &reply);
        s_must((reply.end == DUO_OK) == (reply.response != NULL));
        s_must(reply.retry_ms >= -1 && reply.retry_ms <= DUO_RETRY_AFTER_MAX_S * INT64_C(1000));
        if (reply.response) {
            s_look(reply.response);
        }
        duo_reply_clear(&reply);
    }
    s_clean(text);
    free(text);
    return 0;
}
