/* web_head_test.c: heads of requests, and chunked bodies cut anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/support/fake/web_head.h"

#define END "\r\n\r\n"

static void test_heads(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        int status; /* 0: taken */
        const char *path;
        const char *query;
        size_t length;
        bool chunked;
        bool last;
    } rows[] = {
        {"plain",               "GET /a HTTP/1.1" END,                                                   0,   "/a", "",            0,  false, false},
        {"a query as it is",    "GET /a?b=%26+c&&?d HTTP/1.1" END,                                       0,   "/a", "b=%26+c&&?d", 0,  false,
         false                                                                                                                                     },
        {"bare line feeds",     "GET /a HTTP/1.1\nHost: x\n\r\n",                                        0,   "/a", "",            0,  false, false},
        {"HTTP/1.0",            "GET /a HTTP/1.0" END,                                                   0,   "/a", "",            0,  false, true },
        {"close",               "GET /a HTTP/1.1\r\nConnection: Close" END,                              0,   "/a", "",            0,  false, true },
        {"a length",            "POST /a HTTP/1.1\r\nCONTENT-LENGTH:  12\t" END,                         0,   "/a", "",            12, false,
         false                                                                                                                                     },
        {"chunks",              "POST /a HTTP/1.1\r\nTransfer-Encoding: Chunked" END,                    0,   "/a", "",            0,  true,
         false                                                                                                                                     },
        {"nothing",             END,                                                                     400, NULL, NULL,          0,  false, false},
        {"one word",            "GET" END,                                                               400, NULL, NULL,          0,  false, false},
        {"two words",           "GET /" END,                                                             400, NULL, NULL,          0,  false, false},
        {"four words",          "GET / x HTTP/1.1" END,                                                  400, NULL, NULL,          0,  false, false},
        {"no path",             "GET http://a/ HTTP/1.1" END,                                            400, NULL, NULL,          0,  false, false},
        {"HTTP/2",              "GET / HTTP/2.0" END,                                                    505, NULL, NULL,          0,  false, false},
        {"no colon",            "GET / HTTP/1.1\r\nHost" END,                                            400, NULL, NULL,          0,  false, false},
        {"no name",             "GET / HTTP/1.1\r\n: x" END,                                             400, NULL, NULL,          0,  false, false},
        {"a folded line",       "GET / HTTP/1.1\r\nA: x\r\n y: z" END,                                   400, NULL, NULL,          0,  false, false},
        {"a length of nothing", "GET / HTTP/1.1\r\nContent-Length:" END,                                 400, NULL, NULL,          0,  false,
         false                                                                                                                                     },
        {"half a number",       "GET / HTTP/1.1\r\nContent-Length: 1x" END,                              400, NULL, NULL,          0,  false,
         false                                                                                                                                     },
        {"too long",            "GET / HTTP/1.1\r\nContent-Length: 1048577" END,                         413, NULL, NULL,          0,  false,
         false                                                                                                                                     },
        {"much too long",       "GET / HTTP/1.1\r\nContent-Length: 18446744073709551617" END,            413, NULL,
         NULL,                                                                                                                     0,  false, false},
        {"two lengths",         "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked" END,
         400,                                                                                                 NULL, NULL,          0,  false, false},
        {"another coding",      "GET / HTTP/1.1\r\nTransfer-Encoding: gzip" END,                         400, NULL, NULL,          0,
         false,                                                                                                                               false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        web_head_t head;
        const int status = web_head_read(&head, rows[i].text, strlen(rows[i].text));
        if (status != rows[i].status) {
            fail_msg("%s: want %d, got %d", rows[i].name, rows[i].status, status);
        }
        if (status == 0 &&
            (strcmp(head.request.path, rows[i].path) != 0 ||
             strcmp(head.request.query, rows[i].query) != 0 || head.length != rows[i].length ||
             head.chunked != rows[i].chunked || head.last != rows[i].last)) {
            fail_msg("%s: got %s?%s, %zu bytes", rows[i].name, head.request.path,
                     head.request.query, head.length);
        }
        web_head_free(&head);
    }
}

static void test_many_fields(void **state)
{
    (void)state;
    for (size_t n = WEB_HEADERS_MAX; n <= WEB_HEADERS_MAX + 1; n++) {
        sb_buf_t text = sb_buf(WEB_HEAD_MAX);
        sb_buf_puts(&text, "GET / HTTP/1.1\r\n");
        for (size_t i = 0; i < n; i++) {
            sb_buf_printf(&text, "A-%zu: %zu\r\n", i, i);
        }
        sb_buf_puts(&text, "\r\n");
        web_head_t head;
        const int status = web_head_read(&head, text.text, text.len);
        assert_int_equal(status, n > WEB_HEADERS_MAX ? 431 : 0);
        assert_string_equal(web_head_field(&head, "a-63"), "63");
        assert_null(web_head_field(&head, "a-64"));
        web_head_free(&head);
        sb_buf_free(&text);
    }
}

static void test_a_nul(void **state)
{
    (void)state;
    static const char text[] = "GET / HTTP/1.1\r\nA: x\0y" END;
    web_head_t head;
    assert_int_equal(web_head_read(&head, text, sizeof text - 1), 400);
    web_head_free(&head);
}

/* Feeds text in pieces of at most step bytes, as they come from a socket. Returns how much was
 * used, or -1. */
static int64_t s_feed(const char *text, size_t step, sb_buf_t *body, web_chunks_t *chunks)
{
    const size_t size = strlen(text);
    size_t used = 0;
    size_t come = 0;
    while (come < size && chunks->state != CHUNK_DONE) {
        come = size - come < step ? size : come + step;
        const int64_t n = web_chunks_read(chunks, text + used, come - used, body);
        if (n < 0) {
            return -1;
        }
        used += (size_t)n;
    }
    return (int64_t)used;
}

static void test_chunks(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        const char *body; /* NULL: refused */
        bool done;
        size_t rest; /* left for the next request */
    } rows[] = {
        {"nothing",           "0\r\n\r\n",                       "",           true,  0},
        {"two",               "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", "abcd",       true,  0},
        {"hexadecimal",       "0A\r\n0123456789\r\n0\r\n\r\n",   "0123456789", true,  0},
        {"an extension",      "1;x=y\r\na\r\n0\r\n\r\n",         "a",          true,  0},
        {"a trailer",         "1\r\na\r\n0\r\nA: b\r\n\r\n",     "a",          true,  0},
        {"another request",   "0\r\n\r\nGET",                    "",           true,  3},
        {"line ends within",  "4\r\n\r\n\r\n\r\n0\r\n\r\n",      "\r\n\r\n",   true,  0},
        {"not all",           "5\r\nabc",                        "abc",        false, 0},
        {"no size",           "\r\n",                            NULL,         false, 0},
        {"no number",         "x\r\n",                           NULL,         false, 0},
        {"a negative number", "-1\r\n",                          NULL,         false, 0},
        {"too large",         "fffffffff\r\n",                   NULL,         false, 0},
        {"a wrong end",       "1\r\nab\r\n",                     NULL,         false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t step = 1; step <= strlen(rows[i].text); step++) {
            sb_buf_t body = sb_buf(64);
            web_chunks_t chunks = {0};
            const int64_t used = s_feed(rows[i].text, step, &body, &chunks);
            if ((used < 0) != !rows[i].body) {
                fail_msg("%s by %zu: used %lld", rows[i].name, step, (long long)used);
            }
            if (rows[i].body && (strcmp(sb_buf_text(&body), rows[i].body) != 0 ||
                                 (chunks.state == CHUNK_DONE) != rows[i].done ||
                                 strlen(rows[i].text) - (size_t)used != rows[i].rest)) {
                fail_msg("%s by %zu: got %s, used %lld", rows[i].name, step, sb_buf_text(&body),
                         (long long)used);
            }
            sb_buf_free(&body);
        }
    }
}

static void test_an_endless_line(void **state)
{
    (void)state;
    char text[1024];
    memset(text, '0', sizeof text);
    sb_buf_t body = sb_buf(64);
    web_chunks_t chunks = {0};
    assert_int_equal(web_chunks_read(&chunks, text, 100, &body), 0);
    assert_int_equal(web_chunks_read(&chunks, text, sizeof text, &body), -1);
    sb_buf_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),           cmocka_unit_test(test_many_fields),
        cmocka_unit_test(test_a_nul),           cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_an_endless_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
