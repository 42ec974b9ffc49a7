/* sign_test.c: canonical parameters, signatures, credentials and dates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/support/fake_duo/params.h"
#include "tests/support/fake_duo/sign.h"

#define DATE "Tue, 21 Aug 2012 17:29:18 -0000"
#define DOCS_KEY "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"
#define DOCS_HOST "api-XXXXXXXX.duosecurity.com"
#define DOCS_PATH "/accounts/v1/account/list"

/* The vectors that Duo's own clients are tested with. */
static const struct {
    const char *name;
    sign_kind_t kind;
    const char *key;
    const char *host;
    const char *path;
    const char *form; /* in no order; NULL: none */
    const char *body;
    const char *want;
} s_vectors[] = {
    {"SHA1",                   SIGN_SHA1_V2,   DOCS_KEY,    DOCS_HOST,              DOCS_PATH,  "username=root&realname=First+Last", "",
     "2d97d6166319781b5a3a07af39d366f491234edc"                                                       },
    {"version 2",              SIGN_SHA512_V2, DOCS_KEY,    DOCS_HOST,              DOCS_PATH,
     "username=root&realname=First%20Last",                                                                                          "",
     "1bffb8924348f7db7da9e7d7d749ded93aafd02d8e904960da7b96c57510220185a64a2827ee8f24ac5d30802a9e"
     "e97e59de44b304b18242f0d596d15a8122af"                                                           },
    {"version 2, a port",      SIGN_SHA512_V2, DOCS_KEY,    DOCS_HOST ":8443",      DOCS_PATH,
     "realname=First%20Last&username=root",                                                                                          "",
     "1bffb8924348f7db7da9e7d7d749ded93aafd02d8e904960da7b96c57510220185a64a2827ee8f24ac5d30802a9e"
     "e97e59de44b304b18242f0d596d15a8122af"                                                           },
    {"version 2, another key", SIGN_SHA512_V2, "test_skey", "test.duosecurity.com", "/test/v1",
     "realname=First Last&username=root",                                                                                            "",
     "042a30c682bd836fc5ba467891a956eaa10091ca0f73a7fb396aefd56a3529e56932dea427a67213af664ba68416"
     "89ff2336b7a373766ea5ab7ab9fe2638226b"                                                           },
    {"version 5, both",        SIGN_SHA512_V5, DOCS_KEY,    DOCS_HOST,              DOCS_PATH,  "realname=First%20Last",
     "{\"txid\":\"f22b1678-252a-4070-b176-0ca2be7319fd\"}",                                                                              "78f4327f831173cc78d0907e913e3c5a28fe72dd4545a342586bb67181f2ba393d20911e870362f6faba3dc6f7e9"
     "db5e93aed2f3bfc110c6dadaff4dc6179e0b"},
    {"version 5, a body",      SIGN_SHA512_V5, "test_skey", "test.duosecurity.com", "/test/v1", NULL,
     "{\"realname\":\"First Last\",\"username\":\"root\"}",                                                                              "7d02409a152764843cccd8284da153b3fb446baad5f998886325e24bc9cd4a244de85ad4bfa7ea285d68209f1608"
     "35673d8b4f1e1b23d9cd521d26bfe7f366a4"},
};

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_vectors / sizeof s_vectors[0]; i++) {
        const char *form = s_vectors[i].form ? s_vectors[i].form : "";
        params_t params;
        sb_buf_t canonical = sb_buf(4096);
        assert_true(params_read_form(&params, form, strlen(form)));
        params_canonical(&params, &canonical);
        const sign_what_t what = {
            .date = DATE,
            .method = "POST",
            .host = s_vectors[i].host,
            .path = s_vectors[i].path,
            .params = sb_buf_text(&canonical),
            .body = s_vectors[i].body,
            .body_size = strlen(s_vectors[i].body),
            .headers = "",
        };
        char got[SIGN_HEX_MAX];
        sign_hex(&what, s_vectors[i].kind, s_vectors[i].key, got);
        if (strcmp(got, s_vectors[i].want) != 0) {
            fail_msg("%s: want %s, got %s", s_vectors[i].name, s_vectors[i].want, got);
        }
        sb_buf_free(&canonical);
        params_free(&params);
    }
}

static void test_canonical(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        bool json;
        const char *want; /* NULL: refused */
        const char *wrong;
    } rows[] = {
        {"nothing",         "",                                    false, "",                             "" },
        {"an empty value",  "a=&b",                                false, "a=&b=",                        "" },
        {"no pairs",        "&&a=1&&",                             false, "a=1",                          "" },
        {"order",           "foo_bar=1&foo=2&Foo=3&foo1=4",        false, "Foo=3&foo=2&foo1=4&foo_bar=1", "" },
        {"plain",           "a=%2D%2e%5F%7e%41",                   false, "a=-._~A",                      "" },
        {"punctuation",     "a=!\"#$%25'()*%2B,/:;<=>?@[\\]^`{|}", false,
         "a=%21%22%23%24%25%27%28%29%2A%2B%2C%2F%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D",           "" },
        {"white space",     "a=%09%0a%0B%0C%0D+",                  false, "a=%09%0A%0B%0C%0D%20",         "" },
        {"a name",          "a%20b=1",                             false, "a%20b=1",                      "" },
        {"UTF-8",           "a=%c3%a4",                            false, "a=%C3%A4",                     "" },
        {"half a percent",  "a=%&b=%4",                            false, "a=%25&b=%254",                 "" },
        {"a NUL",           "a=%00",                               false, NULL,                           "" },
        {"no UTF-8",        "a=%ff",                               false, NULL,                           "" },
        {"twice",           "a=1&a=2",                             false, "a=1&a=2",                      "a"},
        {"JSON",            "{\"b\":\"x y\",\"a\":1,\"c\":true}",  true,  "a=1&b=x%20y&c=true",           "" },
        {"an object in it", "{\"a\":{}}",                          true,  "",                             "a"},
        {"an array",        "[]",                                  true,  NULL,                           "" },
        {"no JSON",         "a=1",                                 true,  NULL,                           "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        params_t params;
        const size_t size = strlen(rows[i].text);
        const bool good = rows[i].json ? params_read_json(&params, rows[i].text, size)
                                       : params_read_form(&params, rows[i].text, size);
        if (good != (rows[i].want != NULL)) {
            fail_msg("%s: got %d", rows[i].name, good);
        }
        sb_buf_t got = sb_buf(4096);
        if (good) {
            params_canonical(&params, &got);
            if (strcmp(sb_buf_text(&got), rows[i].want) != 0 ||
                strcmp(params.wrong, rows[i].wrong) != 0) {
                fail_msg("%s: got %s, wrong %s", rows[i].name, sb_buf_text(&got), params.wrong);
            }
        }
        sb_buf_free(&got);
        params_free(&params);
    }
}

static void test_many(void **state)
{
    (void)state;
    for (size_t n = PARAMS_MAX; n <= PARAMS_MAX + 1; n++) {
        sb_buf_t form = sb_buf(65536);
        for (size_t i = 0; i < n; i++) {
            sb_buf_printf(&form, "&%zu=", i);
        }
        params_t params;
        assert_int_equal(params_read_form(&params, form.text, form.len), n == PARAMS_MAX);
        params_free(&params);
        sb_buf_free(&form);
    }
}

static void test_credentials(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        const char *ikey; /* NULL: refused */
        const char *hex;
    } rows[] = {
        {"Basic aWtleTphYmM=", "ikey", "abc"},
        {"Basic YTo=",         "a",    ""   },
        {"Basic aWtleQ==",     NULL,   NULL },
        {"Basic ",             NULL,   NULL },
        {"Basic !!!!",         NULL,   NULL },
        {"Bearer aWtleTphYmM", NULL,   NULL },
        {"",                   NULL,   NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char ikey[16];
        char hex[16];
        const bool good = sign_credentials(rows[i].header, ikey, sizeof ikey, hex, sizeof hex);
        if (good != (rows[i].ikey != NULL) ||
            (good && (strcmp(ikey, rows[i].ikey) != 0 || strcmp(hex, rows[i].hex) != 0))) {
            fail_msg("%s: got %d", rows[i].header, good);
        }
    }
    char ikey[4];
    char hex[16];
    assert_false(sign_credentials("Basic aWtleTphYmM=", ikey, sizeof ikey, hex, sizeof hex));
}

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t at_s; /* -1: none */
    } rows[] = {
        {"Tue, 21 Aug 2012 17:29:18 -0000",  1345570158},
        {"Tue, 21 Aug 2012 17:29:18 GMT",    1345570158},
        {"Tue, 21 Aug 2012 17:29:18 +0000",  1345570158},
        {"Tue, 21 Aug 2012 18:59:18 +0130",  1345570158},
        {"Tue, 21 Aug 2012 12:29:18 -0500",  1345570158},
        {"Tue, 21 Aug 2012 17:29:18",        -1        },
        {"Tue, 21 Aug 2012 17:29:18 CEST",   -1        },
        {"Tue, 21 Aug 2012 17:29:18 +00:00", -1        },
        {"Tue, 21 Aug 2012 17:29:18 GMT x",  -1        },
        {"2012-08-21T17:29:18Z",             -1        },
        {"",                                 -1        },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t at_s = -1;
        const bool good = sign_date(rows[i].text, &at_s);
        if (good != (rows[i].at_s >= 0) || (good && at_s != rows[i].at_s)) {
            fail_msg("%s: got %d, %lld", rows[i].text, good, (long long)at_s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors), cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_many),    cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
