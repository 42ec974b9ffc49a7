/* server_test.c: the web server with real sockets: what is handed up, what is refused before, and
 * what stands in every answer. The core is on a thread of its own; it answers with what it was
 * given, the files with their content, and not at all to the path of a callback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <czmq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "services/webd/reply.h"
#include "services/webd/server.h"
#include "tests/unit/chatd/web_client.h"

#define ORIGIN "https://c.example.com"
#define TOKEN "q7R0lX3mSgGxVh0d3yZ1Ww"

static int s_port;
static zactor_t *s_core;
static server_t *s_server; /* the core's; its address alone is looked at here */

static void s_on_request(void *ctx, request_t **request_p, const request_route_t *route)
{
    (void)ctx;
    request_t *request = *request_p;
    if (route->route == ROUTE_FILE) {
        reply_file(s_server, request->id, request->path);
    } else if (route->route == ROUTE_BEGIN) {
        reply_fault(s_server, request->id, route, REPLY_GONE);
    } else if (route->route == ROUTE_PAGE && request_arg(request, "gone")) {
        reply_fault(s_server, request->id, route, REPLY_GONE);
    } else if (route->route == ROUTE_PAGE && request_arg(request, "many")) {
        reply_fault(s_server, request->id, route, REPLY_MANY);
    } else if (route->route != ROUTE_CALLBACK) {
        cJSON *body = sb_json_object();
        sb_json_add_int(body, "route", (int64_t)route->route);
        sb_json_add_str(body, "token", route->token);
        sb_json_add_str(body, "cookie", request->cookie);
        sb_json_add_str(body, "address", request->address);
        sb_json_add_str(body, "a", request_arg(request, "a"));
        sb_json_add_str(body, "body", request->body ? request->body : "");
        reply_json(s_server, request->id, 200, &body);
    } else {
        reply_redirect(s_server, request->id, "/c/" TOKEN "?back", "x=y; Path=/");
    }
    request_destroy(request_p);
}

static int s_on_word(zloop_t *loop, zsock_t *pipe, void *arg)
{
    (void)loop;
    (void)pipe;
    (void)arg;
    return -1;
}

static void s_run_core(zsock_t *pipe, void *args)
{
    sb_err_t err = {0};
    zloop_t *loop = zloop_new();
    const server_config_t config = {.listen = "127.0.0.1:0", .origin = ORIGIN};
    (void)args;
    s_server = server_new(loop, &config, s_on_request, NULL, &err);
    (void)sscanf(server_url(s_server), "http://127.0.0.1:%d/", &s_port);
    (void)zloop_reader(loop, pipe, s_on_word, NULL);
    (void)zsock_signal(pipe, 0);
    (void)zloop_start(loop);
    server_stop(s_server);
    server_stop(s_server);
    server_destroy(&s_server);
    server_destroy(&s_server);
    zloop_destroy(&loop);
}

static int s_set_up(void **state)
{
    (void)state;
    s_core = zactor_new(s_run_core, NULL);
    return 0;
}

static int s_tear_down(void **state)
{
    (void)state;
    zactor_destroy(&s_core);
    return 0;
}

/* ---- */

static char *s_ask(const char *line, const char *headers, const char *body)
{
    char *length = body ? sb_format("Content-Length: %zu\r\n", strlen(body)) : sb_strdup("");
    char *request =
        sb_format("%s HTTP/1.1\r\nHost: c.example.com\r\nConnection: close\r\n%s%s\r\n%s", line,
                  headers, length, body ? body : "");
    char *answer = web_ask(s_port, request);
    free(request);
    free(length);
    return answer;
}

#define OURS                                                                                       \
    "Origin: " ORIGIN "\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n"

static const struct {
    const char *name;
    const char *line;
    const char *headers;
    const char *body;
    const char *want; /* parts of the answer, with | between */
} s_rows[] = {
    {"a page",                             "GET /c/" TOKEN,                    "",                                               NULL,  "HTTP/1.1 200|\"token\":\"" TOKEN "\"|\"body\":\"\""},
    {"with arguments",                     "GET /c/" TOKEN "?b=1&a=x%26y&a=z", "",                                               NULL,  "\"a\":\"x&y\""                                     },
    {"no UTF-8 in an argument",            "GET /c/" TOKEN "?a=%ff",           "",                                               NULL,  "HTTP/1.1 200|\"a\":null"                           },
    {"with our cookie",                    "GET /c/" TOKEN,                    "Cookie: o=1; __Host-sb-page=abc; p=2\r\n",       NULL,
     "\"cookie\":\"abc\""                                                                                                                                                                   },
    {"too long a cookie",                  "GET /c/" TOKEN,
     "Cookie: __Host-sb-page=12345678901234567890123456789012345678901234567890\r\n",                                            NULL,
     "HTTP/1.1 200|\"cookie\":\"\""                                                                                                                                                         },
    {"straight",                           "GET /c/" TOKEN,                    "",                                               NULL,  "\"address\":\"127.0.0.1\""                         },
    {"through a proxy",                    "GET /c/" TOKEN,                    "X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n", NULL,
     "\"address\":\"198.51.100.7\""                                                                                                                                                         },
    {"an answer",                          "POST /c/" TOKEN "/answer",         OURS,                                             "{}",  "HTTP/1.1 200|\"body\":\"{}\""                      },
    {"a redirect",                         "GET /oidc/callback?code=a",        "",                                               NULL,
     "HTTP/1.1 303|location: /c/" TOKEN "?back\r\n|set-cookie: x=y; Path=/\r\n"                                                                                                             },
    {"a link that is gone",                "GET /c/" TOKEN "?gone=1",          "",                                               NULL,
     "HTTP/1.1 404|text/html|<h1>This link is no longer good</h1>"                                                                                                                          },
    {"too many",                           "GET /c/" TOKEN "?many=1",          "",                                               NULL,  "HTTP/1.1 429|retry-after: 30"                      },
    {"gone, to a script",                  "POST /c/" TOKEN "/begin",          OURS,                                             "{}",
     "HTTP/1.1 404|application/json|{\"error\":\"gone\"}"                                                                                                                                   },
    {"a script",                           "GET /page.js",                     "",                                               NULL,  "HTTP/1.1 200|text/javascript|navigator.credentials"},
    {"the enrolment",                      "GET /enroll",                      "",                                               NULL,  "HTTP/1.1 200|text/html|<form id=\"form\">"         },
    {"nothing",                            "GET /other",                       "",                                               NULL,  "HTTP/1.1 404"                                      },
    {"another site",                       "POST /c/" TOKEN "/refuse",
     "Origin: https://evil.example\r\nContent-Type: application/json\r\n",                                                       "{}",  "HTTP/1.1 403"                                      },
    {"a form",                             "POST /c/" TOKEN "/refuse",
     "Origin: " ORIGIN "\r\nContent-Type: application/x-www-form-urlencoded\r\n",                                                "a=b",
     "HTTP/1.1 415"                                                                                                                                                                         },
    {"a GET that would change something",  "GET /c/" TOKEN "/refuse",          OURS,                                             NULL,  "HTTP/1.1 405"                                      },
    {"DELETE",                             "DELETE /c/" TOKEN,                 OURS,                                             NULL,  "HTTP/1.1 405"                                      },
    {"a body of unknown length",           "POST /c/" TOKEN "/answer",         OURS "Transfer-Encoding: chunked\r\n",
     NULL,                                                                                                                              "HTTP/1.1 411"                                      },
    {"a body that is announced too large", "POST /c/" TOKEN "/answer",
     OURS "Content-Length: 16385\r\n",                                                                                           NULL,  "HTTP/1.1 413"                                      },
    {"HTTP/2",                             "GET /c/" TOKEN,
     "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",                                      NULL,
     " 400 "                                                                                                                                                                                },
};

/* NULL, or the part that is not there. */
static char *s_missing(const char *answer, const char *want)
{
    while (*want) {
        const size_t len = strcspn(want, "|");
        char *part = sb_strndup(want, len);
        if (!strcasestr(answer, part)) {
            return part;
        }
        free(part);
        want += len + (want[len] ? 1 : 0);
    }
    return NULL;
}

static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        char *answer = s_ask(s_rows[i].line, s_rows[i].headers, s_rows[i].body);
        char *missing = s_missing(answer, s_rows[i].want);
        if (missing) {
            fail_msg("%s: no %s in: %s", s_rows[i].name, missing, answer);
        }
        free(answer);
    }
}

static void test_headers(void **state)
{
    (void)state;
    static const char *const lines[] = {"GET /c/" TOKEN, "GET /c/" TOKEN "?gone=1",
                                        "GET /enroll",   "GET /page.js",
                                        "GET /other",    "POST /c/" TOKEN "/answer"};
    static const char *const wants[] = {
        "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self';",
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "referrer-policy: no-referrer",
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "publickey-credentials-get=(self)",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-resource-policy: same-origin",
        "strict-transport-security: max-age=31536000",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char *answer = s_ask(lines[i], "", strncmp(lines[i], "POST", 4) == 0 ? "{}" : NULL);
        for (size_t k = 0; k < sizeof wants / sizeof wants[0]; k++) {
            if (!strcasestr(answer, wants[k])) {
                fail_msg("%s: no %s in: %s", lines[i], wants[k], answer);
            }
        }
        assert_null(strcasestr(answer, "access-control"));
        free(answer);
    }
}

static void test_head(void **state)
{
    (void)state;
    char *answer = s_ask("HEAD /enroll", "", NULL);
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    assert_null(strstr(answer, "<html"));
    assert_string_equal(answer + strlen(answer) - 4, "\r\n\r\n");
    free(answer);
}

/* Many on one connection, in pieces. */
static void test_kept(void **state)
{
    (void)state;
    const int fd = web_connect(s_port);
    static const char request[] =
        "POST /c/" TOKEN "/answer HTTP/1.1\r\nHost: x\r\n" OURS "Content-Length: 4\r\n\r\nabcd";
    for (int i = 0; i < 20; i++) {
        const size_t cut = (size_t)i * (sizeof request - 1) / 20;
        web_send(fd, request, cut);
        (void)usleep(2000);
        web_send(fd, request + cut, sizeof request - 1 - cut);
        char *answer = web_read(fd, 200);
        if (!strstr(answer, "HTTP/1.1 200") || !strstr(answer, "\"body\":\"abcd\"")) {
            fail_msg("%d: %s", i, answer);
        }
        free(answer);
    }
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_kept),
    };
    return cmocka_run_group_tests(tests, s_set_up, s_tear_down);
}
