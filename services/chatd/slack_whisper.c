/* slack_whisper.c */
#include "services/chatd/slack_whisper.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

#define HOOKS "https://hooks.slack.com/"
#define WHISPER_MS 10000
#define ANSWER_MAX 4096

/* Scheme, host and port with the / behind them: their size, 0 if url is none. */
static size_t s_origin(const char *url)
{
    const char *host = strstr(url, "://");
    const char *end = host ? strchr(host + 3, '/') : NULL;
    return end && end > host + 3 ? (size_t)(end + 1 - url) : 0;
}

bool slack_whisper_allowed(const char *api_url, const char *url)
{
    const size_t origin = s_origin(api_url);
    return url && (strncmp(url, HOOKS, strlen(HOOKS)) == 0 ||
                   (origin > 0 && strncmp(url, api_url, origin) == 0));
}

static void s_on_whispered(void *arg, const sb_http_answer_t *answer)
{
    (void)arg;
    if (answer->end != SB_HTTP_ANSWERED) {
        sb_debug("whisper not heard", "why", answer->err.text, NULL);
    } else if (answer->status != 200) {
        sb_debug("whisper refused", "status", sb_num(answer->status), "body", answer->body, NULL);
    }
}

void slack_whisper(sb_http_t *http, const char *api_url, const char *ca_file,
                   const char *response_url, const char *text, cJSON *blocks)
{
    if (!slack_whisper_allowed(api_url, response_url)) {
        cJSON_Delete(blocks);
        return;
    }
    static const char *const headers[] = {"Content-Type: application/json; charset=utf-8", NULL};
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "response_type", "ephemeral");
    sb_json_add_bool(body, "replace_original", false);
    sb_json_add_str(body, "text", text);
    if (blocks) {
        sb_json_add(body, "blocks", blocks);
    }
    char *json = sb_json_print(body);
    cJSON_Delete(body);
    const sb_http_request_t request = {
        .method = "POST",
        .url = response_url,
        .headers = headers,
        .body = json,
        .body_size = strlen(json),
        .connect_ms = WHISPER_MS,
        .total_ms = WHISPER_MS,
        .answer_max = ANSWER_MAX,
        .ca_file = ca_file,
    };
    (void)sb_http_send(http, &request, s_on_whispered, NULL);
    free(json);
}
