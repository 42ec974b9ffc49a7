/* slack_web.c */
#include "tools/botctl/slack_web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/http.h"
#include "lib/mem.h"

#define ASK_MS 10000
#define ANSWER_MAX (1024 * 1024)

struct slack_web {
    char *url;
    char *ca_file;
    zloop_t *loop;
    sb_http_t *http;
};

typedef struct {
    slack_web_answer_t *answer;
    sb_err_t *err;
    bool done;
} asked_t;

slack_web_t *slack_web_new(const char *url, const char *ca_file)
{
    slack_web_t *self = sb_alloc(sizeof *self);
    const size_t len = strlen(url);
    self->url = sb_format("%s%s", url, len > 0 && url[len - 1] == '/' ? "" : "/");
    self->ca_file = sb_strdup(ca_file);
    self->loop = zloop_new();
    self->http = sb_http_new(self->loop, &(sb_http_config_t){.open_max = 1, .connections_max = 1});
    return self;
}

void slack_web_destroy(slack_web_t **self_p)
{
    slack_web_t *self = *self_p;
    if (!self) {
        return;
    }
    sb_http_destroy(&self->http);
    zloop_destroy(&self->loop);
    free(self->url);
    free(self->ca_file);
    free(self);
    *self_p = NULL;
}

/* What is no JSON may be said by its status all the same. */
static void s_read_status(asked_t *asked, int status)
{
    slack_web_answer_t *out = asked->answer;
    if (status == 429 || status >= 500) {
        *asked->err = (sb_err_t){0};
        (void)snprintf(out->error, sizeof out->error, status == 429 ? "ratelimited" : "http_%d",
                       status);
    } else {
        (void)sb_fail_in(asked->err, "HTTP %d, and no JSON", status);
    }
}

static void s_read(asked_t *asked, const sb_http_answer_t *answer)
{
    slack_web_answer_t *out = asked->answer;
    char retry[16] = "";
    (void)sb_http_header(answer, "retry-after", retry, sizeof retry);
    out->retry_s = strtoll(retry, NULL, 10);
    out->status = answer->status;
    out->body = sb_json_parse_foreign(answer->body, answer->body_size, 0, asked->err);
    if (!out->body) {
        s_read_status(asked, answer->status);
        return;
    }
    *asked->err = (sb_err_t){0};
    (void)sb_http_header(answer, "x-oauth-scopes", out->scopes, sizeof out->scopes);
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(out->body, "error");
    if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(out->body, "ok"))) {
        (void)snprintf(out->error, sizeof out->error, "%s",
                       cJSON_IsString(error) ? error->valuestring : "unknown");
    }
}

static void s_on_answer(void *arg, const sb_http_answer_t *answer)
{
    asked_t *asked = arg;
    asked->done = true;
    if (answer->end == SB_HTTP_ANSWERED) {
        s_read(asked, answer);
    } else {
        *asked->err = answer->err;
    }
}

static int s_look(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    return ((asked_t *)arg)->done ? -1 : 0;
}

int slack_web_ask(slack_web_t *self, const char *method, const char *token, const char *form,
                  slack_web_answer_t *answer_r, sb_err_t *err)
{
    *answer_r = (slack_web_answer_t){0};
    char *url = sb_format("%s%s", self->url, method);
    char *authorization = sb_format("Authorization: Bearer %s", token);
    const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded", authorization,
                                   NULL};
    const sb_http_request_t request = {
        .method = "POST",
        .url = url,
        .headers = headers,
        .body = form,
        .body_size = strlen(form),
        .connect_ms = ASK_MS,
        .total_ms = ASK_MS,
        .answer_max = ANSWER_MAX,
        .ca_file = self->ca_file,
    };
    asked_t asked = {.answer = answer_r, .err = err};
    *err = (sb_err_t){0};
    (void)sb_http_send(self->http, &request, s_on_answer, &asked);
    const int timer = zloop_timer(self->loop, 5, 0, s_look, &asked);
    while (!asked.done && !zsys_interrupted) {
        (void)zloop_start(self->loop);
    }
    (void)zloop_timer_end(self->loop, timer);
    sb_wipe(authorization, strlen(authorization));
    free(authorization);
    free(url);
    if (!asked.done) {
        return sb_fail(err, SB_ERETRY, "interrupted");
    }
    return err->code;
}

void slack_web_answer_clear(slack_web_answer_t *self)
{
    cJSON_Delete(self->body);
    self->body = NULL;
}
