/* duo_sign_test.c: the vectors that Duo's own clients are tested with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "services/authd/duo_sign.h"

#define DATE "Tue, 21 Aug 2012 17:29:18 -0000"
#define DOCS_KEY "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"
#define EMPTY_HASH                                                                                 \
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877e" \
    "ec2f63b931bd47417a81a538327af927da3e"

static char *s_encoded(const char *text)
{
    sb_buf_t out = sb_buf(4096);
    duo_encode(&out, text);
    return sb_buf_take(&out);
}

static void text_is_encoded_as_rfc_3986_says(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"nothing",     "",                                   ""                       },
        {"unreserved",  "ABCXYZabcxyz0189-._~",               "ABCXYZabcxyz0189-._~"   },
        {"punctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
         "%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E_%60%7B%7C%"
         "7D~"                                                                         },
        {"white space", "\t\n\v\f\r ",                        "%09%0A%0B%0C%0D%20"     },
        {"two bytes",   "\xc3\xbc",                           "%C3%BC"                 },
        {"four bytes",  "\xf0\x9f\x94\x92",                   "%F0%9F%94%92"           },
        {"encoded",     "from=login%20portal",                "from%3Dlogin%2520portal"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *got = s_encoded(rows[i].text);
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("%s: got %s", rows[i].name, got);
        }
        free(got);
    }
}

static void parameters_are_sorted_by_their_encoded_names(void **state)
{
    (void)state;
    static const duo_param_t params[] = {
        {"username", "root"      },
        {"foo_bar",  "2"         },
        {"foo",      "1 +"       },
        {"realname", "First Last"},
        {"absent",   NULL        },
        {"empty",    ""          },
    };
    sb_buf_t out = sb_buf(4096);
    duo_params(&out, params, sizeof params / sizeof params[0]);
    assert_string_equal(out.text,
                        "empty=&foo=1%20%2B&foo_bar=2&realname=First%20Last&username=root");
    sb_buf_clear(&out);
    duo_params(&out, NULL, 0);
    assert_string_equal(sb_buf_text(&out), "");
    sb_buf_free(&out);
}

static void dates_are_english_and_of_greenwich(void **state)
{
    (void)state;
    static const struct {
        int64_t at;
        const char *want;
    } rows[] = {
        {1345570158, DATE                             },
        {0,          "Thu, 01 Jan 1970 00:00:00 -0000"},
        {1798675199, "Wed, 30 Dec 2026 23:59:59 -0000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char got[DUO_DATE_SIZE];
        duo_date(rows[i].at, got);
        assert_string_equal(got, rows[i].want);
    }
}

static const duo_signed_t s_docs = {
    .version = 2,
    .date = DATE,
    .method = "POST",
    .host = "api-XXXXXXXX.duosecurity.com",
    .path = "/accounts/v1/account/list",
    .params = "realname=First%20Last&username=root",
    .body = "",
};

static void the_signed_text_is_as_documented(void **state)
{
    (void)state;
    sb_buf_t out = sb_buf(4096);
    duo_canonical(&out, &s_docs);
    assert_string_equal(out.text, DATE "\nPOST\napi-xxxxxxxx.duosecurity.com\n"
                                       "/accounts/v1/account/list\n"
                                       "realname=First%20Last&username=root");
    /* The value that the documentation gave when SHA-1 was the rule, which we never send. */
    uint8_t mac[20];
    char hex[41];
    sb_hmac_sha1(DOCS_KEY, strlen(DOCS_KEY), out.text, out.len, mac);
    sb_hex(mac, sizeof mac, hex);
    assert_string_equal(hex, "2d97d6166319781b5a3a07af39d366f491234edc");
    sb_buf_clear(&out);

    duo_signed_t empty = s_docs;
    empty.method = "GET";
    empty.params = "";
    duo_canonical(&out, &empty);
    assert_string_equal(out.text, DATE "\nGET\napi-xxxxxxxx.duosecurity.com\n"
                                       "/accounts/v1/account/list\n");
    sb_buf_clear(&out);
    empty.version = 5;
    duo_canonical(&out, &empty);
    assert_string_equal(out.text, DATE "\nGET\napi-xxxxxxxx.duosecurity.com\n"
                                       "/accounts/v1/account/list\n\n" EMPTY_HASH "\n" EMPTY_HASH);
    sb_buf_free(&out);
}

static void headers_of_duo_are_hashed_in_version_5(void **state)
{
    (void)state;
    static const char headers[] = "x-duo-header-1\0header_value_1";
    duo_signed_t what = s_docs;
    what.version = 5;
    what.headers = headers;
    what.headers_size = sizeof headers - 1;
    sb_buf_t out = sb_buf(4096);
    duo_canonical(&out, &what);
    assert_string_equal(strrchr(out.text, '\n') + 1,
                        "630b4bfe7e9abd03da2eee8f0a5d4e60a254ec880a839bcc2223bb5b9443e8ef"
                        "24d58f0254f1f5934bf8c017ebd0fd5b1acf86766bdbe74185e712a4092df3ed");
    sb_buf_free(&out);
}

static void signatures_are_those_of_duos_clients(void **state)
{
    (void)state;
    static const duo_signed_t txid = {
        .version = 5,
        .date = DATE,
        .method = "POST",
        .host = "api-xxxxxxxx.duosecurity.com",
        .path = "/accounts/v1/account/list",
        .params = "realname=First%20Last",
        .body = "{\"txid\":\"f22b1678-252a-4070-b176-0ca2be7319fd\"}",
    };
    static const duo_signed_t node_2 = {
        .version = 2,
        .date = DATE,
        .method = "POST",
        .host = "test.duosecurity.com",
        .path = "/test/v1",
        .params = "realname=First%20Last&username=root",
        .body = "",
    };
    static const duo_signed_t node_5 = {
        .version = 5,
        .date = DATE,
        .method = "POST",
        .host = "test.duosecurity.com",
        .path = "/test/v1",
        .params = "",
        .body = "{\"realname\":\"First Last\",\"username\":\"root\"}",
    };
    static const char docs_want[] =
        "1bffb8924348f7db7da9e7d7d749ded93aafd02d8e904960da7b96c57510220185a64a2827ee8f24ac5d30802a"
        "9ee97e59de44b304b18242f0d596d15a8122af";
    static const char txid_want[] =
        "78f4327f831173cc78d0907e913e3c5a28fe72dd4545a342586bb67181f2ba393d20911e870362f6faba3dc6f7"
        "e9db5e93aed2f3bfc110c6dadaff4dc6179e0b";
    static const char node_2_want[] =
        "042a30c682bd836fc5ba467891a956eaa10091ca0f73a7fb396aefd56a3529e56932dea427a67213af664ba684"
        "1689ff2336b7a373766ea5ab7ab9fe2638226b";
    static const char node_5_want[] =
        "7d02409a152764843cccd8284da153b3fb446baad5f998886325e24bc9cd4a244de85ad4bfa7ea285d68209f16"
        "0835673d8b4f1e1b23d9cd521d26bfe7f366a4";
    static const struct {
        const char *name, *key;
        const duo_signed_t *what;
        const char *want;
    } rows[] = {
        {"documentation, version 2", DOCS_KEY,    &s_docs, docs_want  },
        {"Go's client, version 5",   DOCS_KEY,    &txid,   txid_want  },
        {"Node's client, version 2", "test_skey", &node_2, node_2_want},
        {"Node's client, version 5", "test_skey", &node_5, node_5_want},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char got[DUO_SIGNATURE_SIZE];
        duo_sign(rows[i].what, rows[i].key, got);
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("%s: got %s", rows[i].name, got);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_encoded_as_rfc_3986_says),
        cmocka_unit_test(parameters_are_sorted_by_their_encoded_names),
        cmocka_unit_test(dates_are_english_and_of_greenwich),
        cmocka_unit_test(the_signed_text_is_as_documented),
        cmocka_unit_test(headers_of_duo_are_hashed_in_version_5),
        cmocka_unit_test(signatures_are_those_of_duos_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
