/* request_test.c: every path, and who is let in there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "services/webd/request.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define ORIGIN "https://c.example.com"
#define TOKEN "q7R0lX3mSgGxVh0d3yZ1Ww"

static const struct {
    const char *path;
    int route; /* -1: nothing there */
    const char *token;
} s_paths[] = {
    {"/c/" TOKEN,               ROUTE_PAGE,          TOKEN},
    {"/c/" TOKEN "/state",      ROUTE_STATE,         TOKEN},
    {"/c/" TOKEN "/begin",      ROUTE_BEGIN,         TOKEN},
    {"/c/" TOKEN "/answer",     ROUTE_ANSWER,        TOKEN},
    {"/c/" TOKEN "/refuse",     ROUTE_REFUSE,        TOKEN},
    {"/c/-_",                   ROUTE_PAGE,          "-_" },
    {"/oidc/callback",          ROUTE_CALLBACK,      ""   },
    {"/enroll",                 ROUTE_FILE,          ""   },
    {"/enroll/begin",           ROUTE_ENROLL_BEGIN,  ""   },
    {"/enroll/finish",          ROUTE_ENROLL_FINISH, ""   },
    {"/healthz",                ROUTE_HEALTH,        ""   },
    {"/page.js",                ROUTE_FILE,          ""   },
    {"/style.css",              ROUTE_FILE,          ""   },
    {"/",                       -1,                  ""   },
    {"",                        -1,                  ""   },
    {"/c",                      -1,                  ""   },
    {"/c/",                     -1,                  ""   },
    {"/c//state",               -1,                  ""   },
    {"/c/" TOKEN "/",           -1,                  ""   },
    {"/c/" TOKEN "/other",      -1,                  ""   },
    {"/c/" TOKEN "=",           -1,                  ""   },
    {"/c/" TOKEN TOKEN,         -1,                  ""   },
    {"/c/" TOKEN "/state/more", -1,                  ""   },
    {"/enroll/",                -1,                  ""   },
    {"/page.html",              -1,                  ""   },
    {"/../etc/passwd",          -1,                  ""   },
};

static void test_route(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(s_paths); i++) {
        request_route_t route;
        const bool there = request_route(s_paths[i].path, &route);
        if (there != (s_paths[i].route >= 0) ||
            (there && ((int)route.route != s_paths[i].route ||
                       strcmp(route.token, s_paths[i].token) != 0))) {
            fail_msg("%s: %d, route %d, token %s", s_paths[i].path, there, (int)route.route,
                     route.token);
        }
    }
}

#define JSON "application/json"

static const struct {
    const char *name;
    const char *path;
    request_method_t method;
    const char *origin;
    const char *site;
    const char *type;
    size_t size;
    unsigned want;
} s_requests[] = {
    {"a look",              "/c/" TOKEN,           REQUEST_GET,   "",                     "",            "",           0,                0  },
    {"a look from a chat",  "/c/" TOKEN,           REQUEST_GET,   "",                     "cross-site",  "",           0,                0  },
    {"a preview",           "/c/" TOKEN,           REQUEST_HEAD,  "",                     "none",        "",           0,                0  },
    {"the callback",        "/oidc/callback",      REQUEST_GET,   "",                     "cross-site",  "",           0,                0  },
    {"an answer",           "/c/" TOKEN "/answer", REQUEST_POST,  ORIGIN,                 "same-origin", JSON,         100,              0  },
    {"with a charset",      "/c/" TOKEN "/answer", REQUEST_POST,  ORIGIN,                 "same-origin",
     JSON "; charset=utf-8",                                                                                           100,              0  },
    {"an old browser",      "/c/" TOKEN "/refuse", REQUEST_POST,  ORIGIN,                 "",            JSON,         2,                0  },
    {"an answer by GET",    "/c/" TOKEN "/answer", REQUEST_GET,   ORIGIN,                 "same-origin", JSON,         0,                405},
    {"a refusal by HEAD",   "/c/" TOKEN "/refuse", REQUEST_HEAD,  ORIGIN,                 "same-origin", JSON,         0,                405},
    {"a page by POST",      "/c/" TOKEN,           REQUEST_POST,  ORIGIN,                 "same-origin", JSON,         2,                405},
    {"a page by PUT",       "/c/" TOKEN,           REQUEST_OTHER, ORIGIN,                 "same-origin", JSON,         2,                405},
    {"no origin",           "/c/" TOKEN "/answer", REQUEST_POST,  "",                     "same-origin", JSON,         2,                403},
    {"an opaque origin",    "/c/" TOKEN "/answer", REQUEST_POST,  "null",                 "",            JSON,         2,                403},
    {"another site",        "/c/" TOKEN "/answer", REQUEST_POST,  "https://evil.example", "cross-site",
     JSON,                                                                                                             2,                403},
    {"without TLS",         "/c/" TOKEN "/answer", REQUEST_POST,  "http://c.example.com", "",            JSON,         2,                403},
    {"another port",        "/c/" TOKEN "/answer", REQUEST_POST,  ORIGIN ":8443",         "",            JSON,         2,                403},
    {"our name inside",     "/c/" TOKEN "/answer", REQUEST_POST,  ORIGIN ".evil.example", "",            JSON,         2,
     403                                                                                                                                    },
    {"a sister site",       "/c/" TOKEN "/refuse", REQUEST_POST,  ORIGIN,                 "same-site",   JSON,         2,                403},
    {"typed by the user",   "/enroll/begin",       REQUEST_POST,  ORIGIN,                 "none",        JSON,         2,                403},
    {"a form",              "/c/" TOKEN "/answer", REQUEST_POST,  ORIGIN,                 "same-origin",
     "application/x-www-form-urlencoded",                                                                              2,                415},
    {"text",                "/enroll/begin",       REQUEST_POST,  ORIGIN,                 "same-origin", "text/plain", 2,                415},
    {"no type",             "/enroll/begin",       REQUEST_POST,  ORIGIN,                 "same-origin", "",           2,                415},
    {"nearly JSON",         "/enroll/begin",       REQUEST_POST,  ORIGIN,                 "same-origin", JSON "p",     2,                415},
    {"the largest answer",  "/c/" TOKEN "/answer", REQUEST_POST,  ORIGIN,                 "",            JSON,         16384,            0  },
    {"too large an answer", "/c/" TOKEN "/answer", REQUEST_POST,  ORIGIN,                 "",            JSON,         16385,            413},
    {"too large a code",    "/enroll/begin",       REQUEST_POST,  ORIGIN,                 "",            JSON,         1025,             413},
    {"the largest passkey", "/enroll/finish",      REQUEST_POST,  ORIGIN,                 "",            JSON,         REQUEST_BODY_MAX, 0  },
};

static void test_refusal(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(s_requests); i++) {
        request_t request = {.method = s_requests[i].method};
        request_route_t route;
        const char *why = "";
        (void)snprintf(request.origin, sizeof request.origin, "%s", s_requests[i].origin);
        (void)snprintf(request.site, sizeof request.site, "%s", s_requests[i].site);
        (void)snprintf(request.type, sizeof request.type, "%s", s_requests[i].type);
        assert_true(request_route(s_requests[i].path, &route));
        const unsigned got = request_refusal(&request, &route, ORIGIN, s_requests[i].size, &why);
        if (got != s_requests[i].want) {
            fail_msg("%s: %u %s, expected %u", s_requests[i].name, got, why, s_requests[i].want);
        }
    }
}

static const struct {
    const char *header;
    const char *want;
} s_cookies[] = {
    {"",                                                   ""                               },
    {"__Host-sb-page=abc",                                 "abc"                            },
    {"a=b; __Host-sb-page=abc; c=d",                       "abc"                            },
    {"a=b;__Host-sb-page=abc",                             "abc"                            },
    {"__Host-sb-page=",                                    ""                               },
    {"__Host-sb-page=; x=y",                               ""                               },
    {"__Host-sb-page=abc; __Host-sb-page=evil",            "abc"                            },
    {"x__Host-sb-page=evil",                               ""                               },
    {"__Host-sb-pages=evil",                               ""                               },
    {"x=__Host-sb-page=evil",                              ""                               },
    {"__Host-sb-page",                                     ""                               },
    {"__Host-sb-page=1234567890123456789012345678901",     "1234567890123456789012345678901"},
    {"__Host-sb-page=12345678901234567890123456789012; a", ""                               },
    {";;; ;",                                              ""                               },
};

static void test_cookie(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(s_cookies); i++) {
        char value[REQUEST_TOKEN_MAX];
        request_cookie(s_cookies[i].header, value);
        if (strcmp(value, s_cookies[i].want) != 0) {
            fail_msg("%s: %s", s_cookies[i].header, value);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_route),
        cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_cookie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
