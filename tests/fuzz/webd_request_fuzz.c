/* webd_request_fuzz.c: what a browser, or somebody who says to be one, sends to webd: a line that
 * is taken for a path and for a Cookie header, and a body. What is carried on of a body has its
 * limits and nothing that webd did not put there; no passkey is made by chance. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/webd/answer.h"
#include "services/webd/registration.h"
#include "services/webd/request.h"

#define CHALLENGE "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void s_line(const char *line)
{
    request_route_t route;
    char cookie[REQUEST_TOKEN_MAX];
    if (request_route(line, &route)) {
        assert(strlen(route.token) < sizeof route.token);
        assert(route.post == (route.body_max > 0));
        assert(strncmp(line + (route.token[0] ? strlen("/c/") : 0), route.token,
                       strlen(route.token)) == 0);
    }
    request_cookie(line, cookie);
    assert(strlen(cookie) < sizeof cookie);
    assert(!strchr(cookie, ';'));
    assert(!cookie[0] || strstr(line, cookie));
}

static void s_answer(const cJSON *posted)
{
    sb_err_t err = {0};
    cJSON *answer = answer_read(posted, &err);
    if (!answer) {
        assert(err.code < 0 && err.text[0]);
        return;
    }
    const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "kind"));
    const int members = strcmp(kind, "code") == 0 ? 2 : 6;
    assert(cJSON_GetArraySize(answer) == members);
    assert(members == 2 || strcmp(kind, "passkey") == 0);
    cJSON_Delete(answer);
}

static void s_registration(const cJSON *posted)
{
    sb_err_t err = {0};
    cJSON *passkey = registration_read(posted, "localhost", "http://localhost", CHALLENGE, &err);
    assert(passkey || (err.code < 0 && err.text[0]));
    cJSON_Delete(passkey);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    const size_t line_size = end ? (size_t)(end - data) : size;
    char *line = sb_alloc(line_size + 1);
    if (line_size > 0) {
        memcpy(line, data, line_size);
    }
    s_line(line);
    free(line);
    sb_err_t err = {0};
    cJSON *posted = end ? sb_json_parse(end + 1, size - line_size - 1, 64, &err) : NULL;
    if (posted) {
        s_answer(posted);
        s_registration(posted);
    }
    cJSON_Delete(posted);
    return 0;
}
