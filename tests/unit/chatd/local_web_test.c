/* local_web_test.c: the web server with real sockets: what it refuses, and that nothing a client
 * does stops it from serving the next. The core is a stand-in on a thread of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "proto/localchat.h"
#include "services/chatd/local_frame.h"
#include "services/chatd/local_web.h"
#include "tests/unit/chatd/web_client.h"

#define HEAR_MS 5000
#define FLOOD_TEXT_SIZE 15000
#define FLOOD_LEN 2000

static int s_port;
static zactor_t *s_core;

/* ---- The core: it knows alice, answers every say with an ack, and posts a flood when told to. */

static void s_answer(local_web_t *web, const local_mail_t *to, local_mail_kind_t kind, char *text)
{
    local_mail_t *mail = local_mail_new(kind, to->conn, to->hello);
    mail->text = text;
    mail->channel = sb_strdup("@alice");
    mail->person = sb_strdup(to->person);
    local_web_send(web, &mail);
}

static void s_post(local_web_t *web, const char *text)
{
    cJSON *message = sb_json_object();
    sb_json_add_str(message, "text", text);
    local_mail_t *mail = local_mail_new(LOCAL_MAIL_POST, 0, 0);
    mail->channel = sb_strdup("@alice");
    mail->text = local_frame_message(message);
    local_web_send(web, &mail);
    cJSON_Delete(message);
}

static void s_flood(local_web_t *web)
{
    char *text = sb_alloc(FLOOD_TEXT_SIZE + 1);
    memset(text, 'x', FLOOD_TEXT_SIZE);
    for (int i = 0; i < FLOOD_LEN; i++) {
        s_post(web, text);
    }
    free(text);
}

static void s_on_mail(void *ctx, const local_mail_t *mail)
{
    local_web_t *web = *(local_web_t **)ctx;
    sb_err_t err;
    cJSON *nobody = sb_json_array();
    switch (mail->kind) {
    case LOCAL_MAIL_HELLO:
        if (mail->person && strcmp(mail->person, "alice") != 0) {
            sb_fail(&err, SB_ENOTFOUND, "nobody");
            s_answer(web, mail, LOCAL_MAIL_REFUSE, local_frame_error("hello", NULL, &err));
        } else {
            s_answer(web, mail, LOCAL_MAIL_JOIN, local_frame_welcome("@alice", NULL, "#s"));
        }
        break;
    case LOCAL_MAIL_PEOPLE:
        s_answer(web, mail, LOCAL_MAIL_FRAME, local_frame_people(&nobody, false));
        break;
    case LOCAL_MAIL_SAY:
    case LOCAL_MAIL_PRESS:
        s_answer(web, mail, LOCAL_MAIL_FRAME,
                 local_frame_ack(mail->event, mail->channel ? mail->channel : mail->text));
        if (strcmp(mail->text, "flood") == 0) {
            s_flood(web);
        }
        break;
    default:
        fail();
    }
    cJSON_Delete(nobody);
}

static int s_on_pipe(zloop_t *loop, zsock_t *reader, void *arg)
{
    (void)loop;
    (void)reader;
    (void)arg;
    return -1;
}

static void s_run_core(zsock_t *pipe, void *args)
{
    const local_web_config_t config = {.host = "127.0.0.1", .port = 0};
    sb_err_t err = {0};
    local_web_t *web = NULL;
    zloop_t *loop = zloop_new();
    web = local_web_new(loop, &config, s_on_mail, &web, &err);
    assert_non_null(web);
    assert_int_equal(sscanf(local_web_url(web), "http://127.0.0.1:%d/", (int *)args), 1);
    (void)zloop_reader(loop, pipe, s_on_pipe, NULL);
    (void)zsock_signal(pipe, 0);
    (void)zloop_start(loop);
    local_web_destroy(&web);
    zloop_destroy(&loop);
}

static int s_setup(void **state)
{
    (void)state;
    (void)zsys_init();
    zsys_handler_set(NULL);
    sb_log_open("local_web_test", SB_ERROR, SB_LOG_TEXT);
    s_core = zactor_new(s_run_core, &s_port);
    return s_core ? 0 : -1;
}

static int s_teardown(void **state)
{
    (void)state;
    zactor_destroy(&s_core);
    return 0;
}

/* Whatever happened before, an ordinary browser is served. */
static void s_check_alive(void)
{
    const int fd = web_socket(s_port);
    web_say(fd, "{\"type\":\"people\"}");
    char *text = web_hear(fd, HEAR_MS, NULL);
    assert_string_equal(text, "{\"type\":\"people\",\"people\":[],\"more\":false}");
    free(text);
    (void)close(fd);
}

/* ---- HTTP. */

#define HOST "Host: 127.0.0.1\r\n"
#define UPGRADE                                                                                    \
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"                   \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static const struct {
    const char *name;
    const char *request;
    const char *status; /* "": closed without an answer */
} s_requests[] = {
    {"the page",                  "GET / HTTP/1.1\r\n" HOST "\r\n",                            "200"},
    {"with a query",              "GET /?as=alice HTTP/1.1\r\n" HOST "\r\n",                   "200"},
    {"a part",                    "GET /app.js HTTP/1.1\r\n" HOST "\r\n",                      "200"},
    {"only the head",             "HEAD / HTTP/1.1\r\n" HOST "\r\n",                           "200"},
    {"old HTTP",                  "GET / HTTP/1.0\r\n" HOST "\r\n",                            "200"},
    {"name of loopback",          "GET / HTTP/1.1\r\nHost: localhost:99\r\n\r\n",              "200"},
    {"no such page",              "GET /etc/passwd HTTP/1.1\r\n" HOST "\r\n",                  "404"},
    {"out of the root",           "GET /../../etc/passwd HTTP/1.1\r\n" HOST "\r\n",            "404"},
    {"escaped",                   "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" HOST "\r\n",    "404"},
    {"a body",                    "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc",   "405"},
    {"options",                   "OPTIONS / HTTP/1.1\r\n" HOST "\r\n",                        "405"},
    {"no host",                   "GET / HTTP/1.1\r\n\r\n",                                    "400"},
    {"rebound name",              "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",              "403"},
    {"socket without upgrade",    "GET /ws HTTP/1.1\r\n" HOST "\r\n",                          "404"},
    {"a proxy's connect",         "CONNECT evil.example:80 HTTP/1.1\r\n" HOST "\r\n",          ""   },
    {"no HTTP",                   "hello\r\n\r\n",                                             "403"},
    {"upgrade to HTTP/2",
     "GET / HTTP/1.1\r\n" HOST "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
     "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",                                       "400"},
    {"upgrade to something",
     "GET /ws HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: x\r\n\r\n",                  "403"},
    {"upgrade elsewhere",         "GET / HTTP/1.1\r\n" HOST UPGRADE "\r\n",                    "404"},
    {"upgrade by post",           "POST /ws HTTP/1.1\r\n" HOST UPGRADE "\r\n",                 "404"},
    {"upgrade of a rebound name", "GET /ws HTTP/1.1\r\nHost: evil.example\r\n" UPGRADE "\r\n",
     "403"                                                                                          },
    {"upgrade from another site",
     "GET /ws HTTP/1.1\r\n" HOST UPGRADE "Origin: http://evil.example\r\n\r\n",                "403"},
    {"upgrade from no site",      "GET /ws HTTP/1.1\r\n" HOST UPGRADE "Origin: null\r\n\r\n",  "403"},
    {"upgrade from another port",
     "GET /ws HTTP/1.1\r\n" HOST UPGRADE "Origin: http://127.0.0.1:1\r\n\r\n",                 "403"},
    {"another subprotocol",
     "GET /ws HTTP/1.1\r\n" HOST UPGRADE "Sec-WebSocket-Protocol: other\r\n\r\n",              ""   },
    {"upgrade",                   "GET /ws HTTP/1.1\r\n" HOST UPGRADE "\r\n",                  "101"},
    {"upgrade from our page",
     "GET /ws HTTP/1.1\r\n" HOST UPGRADE "Origin: http://127.0.0.1\r\n"
     "Sec-WebSocket-Protocol: " LOCALCHAT_PROTOCOL "\r\n\r\n",
     "101"                                                                                          },
};

static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_requests / sizeof s_requests[0]; i++) {
        char *answer = web_ask(s_port, s_requests[i].request);
        const size_t len = strlen(s_requests[i].status);
        const bool good = len == 0 ? answer[0] == '\0'
                                   : strncmp(answer, "HTTP/1.", 7) == 0 &&
                                         strncmp(answer + 9, s_requests[i].status, len) == 0;
        if (!good) {
            fail_msg("%s: expected %s, got: %.200s", s_requests[i].name, s_requests[i].status,
                     answer);
        }
        free(answer);
    }
    s_check_alive();
}

static void test_headers(void **state)
{
    (void)state;
    static const char *const wants[] = {
        "content-security-policy: default-src 'none';",
        "frame-ancestors 'none'",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "content-type: text/html; charset=utf-8",
    };
    char *answer = web_ask(s_port, "GET / HTTP/1.1\r\n" HOST "\r\n");
    for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++) {
        if (!strstr(answer, wants[i])) {
            fail_msg("no %s in: %.600s", wants[i], answer);
        }
    }
    assert_non_null(strstr(answer, "No login here."));
    free(answer);
    answer = web_ask(s_port, "GET /nothing HTTP/1.1\r\n" HOST "\r\n");
    assert_non_null(strstr(answer, wants[0]));
    free(answer);
}

/* The preface of an HTTP/2 connection must not be answered in HTTP/2. */
static void test_http2_preface(void **state)
{
    (void)state;
    char *answer = web_ask(s_port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert_true(answer[0] == '\0' || strncmp(answer, "HTTP/1.", 7) == 0);
    assert_true(strncmp(answer + 9, "20", 2) != 0);
    free(answer);
    s_check_alive();
}

static void test_long_headers(void **state)
{
    (void)state;
    static const size_t sizes[] = {600, 3900, 5000, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *filler = sb_alloc(sizes[i] + 1);
        memset(filler, 'a', sizes[i]);
        char *in_path = sb_format("GET /%s HTTP/1.1\r\n" HOST "\r\n", filler);
        char *in_header = sb_format("GET / HTTP/1.1\r\n" HOST "Origin: %s\r\n\r\n", filler);
        char *in_host = sb_format("GET / HTTP/1.1\r\nHost: %s\r\n\r\n", filler);
        char *answer = web_ask(s_port, in_path);
        assert_null(strstr(answer, "HTTP/1.1 200"));
        free(answer);
        free(web_ask(s_port, in_header));
        answer = web_ask(s_port, in_host);
        assert_null(strstr(answer, "HTTP/1.1 200"));
        free(answer);
        free(in_path);
        free(in_header);
        free(in_host);
        free(filler);
    }
    s_check_alive();
}

static void test_no_extension(void **state)
{
    (void)state;
    const int fd = web_connect(s_port);
    char *head = web_upgrade(fd, "Sec-WebSocket-Extensions: permessage-deflate; "
                                 "client_max_window_bits\r\n");
    assert_non_null(strstr(head, "HTTP/1.1 101 "));
    assert_null(strcasestr(head, "extensions"));
    free(head);
    (void)close(fd);
}

/* ---- Frames. */

static const struct {
    const char *name;
    web_op_t op;
    const char *data;
    const char *want; /* in the answer */
} s_frames[] = {
    {"not JSON",                     WEB_TEXT,   "hello",                                                       "\"code\":\"INVALID\",\"text\":\"frame: byte 0"           },
    {"binary",                       WEB_BINARY, "{\"type\":\"people\"}",                                       "expected text, not binary"                               },
    {"bad UTF-8",                    WEB_TEXT,   "{\"type\":\"people\",\"search\":\"\xff\"}",                   "not UTF-8"                                               },
    {"duplicate key",                WEB_TEXT,   "{\"type\":\"people\",\"type\":\"people\"}",
     "stands there already"                                                                                                                                               },
    {"unknown type",                 WEB_TEXT,   "{\"type\":\"shout\"}",                                        "frame.type"                                              },
    {"say before hello",             WEB_TEXT,   "{\"type\":\"say\",\"event\":\"e1\",\"text\":\"x\"}",
     "\"about\":\"say\",\"event\":\"e1\",\"code\":\"INVALID\""                                                                                                            },
    {"hello as nobody",              WEB_TEXT,   "{\"type\":\"hello\",\"as\":\"eve\"}",
     "\"about\":\"hello\",\"event\":null,\"code\":\"NOT_FOUND\""                                                                                                          },
    {"say after a refused hello",    WEB_TEXT,   "{\"type\":\"say\",\"event\":\"e2\",\"text\":\"x\"}",
     "\"event\":\"e2\",\"code\":\"INVALID\""                                                                                                                              },
    {"security",                     WEB_TEXT,   "{\"type\":\"hello\",\"view\":\"security\"}",                  "welcome"                                                 },
    {"say to security",              WEB_TEXT,   "{\"type\":\"say\",\"event\":\"e3\",\"text\":\"x\"}",
     "\"event\":\"e3\",\"code\":\"INVALID\""                                                                                                                              },
    {"press in security",            WEB_TEXT,
     "{\"type\":\"press\",\"event\":\"e6\",\"message\":\"q\",\"value\":\"ack:0\"}",                             "\"event\":\"e6\",\"code\":\"INVALID\""                   },
    {"security as nobody",           WEB_TEXT,   "{\"type\":\"hello\",\"view\":\"security\",\"as\":\"eve\"}",
     "\"code\":\"NOT_FOUND\""                                                                                                                                             },
    {"security as someone",          WEB_TEXT,   "{\"type\":\"hello\",\"view\":\"security\",\"as\":\"alice\"}",
     "welcome"                                                                                                                                                            },
    {"say to security as someone",   WEB_TEXT,   "{\"type\":\"say\",\"event\":\"e7\",\"text\":\"x\"}",
     "nobody speaks"                                                                                                                                                      },
    {"press in security as someone", WEB_TEXT,
     "{\"type\":\"press\",\"event\":\"e8\",\"message\":\"q\",\"value\":\"ack:0\"}",                             "{\"type\":\"ack\",\"event\":\"e8\",\"id\":\"#security\"}"},
    {"hello",                        WEB_TEXT,   "{\"type\":\"hello\",\"as\":\"alice\"}",                       "welcome"                                                 },
    {"say",                          WEB_TEXT,   "{\"type\":\"say\",\"event\":\"e4\",\"text\":\"x\"}",
     "{\"type\":\"ack\",\"event\":\"e4\",\"id\":\"x\"}"                                                                                                                   },
    {"press",                        WEB_TEXT,
     "{\"type\":\"press\",\"event\":\"e5\",\"message\":\"q\",\"value\":\"yes:0\",\"label\":"
     "\"Yes\"}",                                                                                                "{\"type\":\"ack\",\"event\":\"e5\",\"id\":\"Yes\"}"      },
};

static void s_expect(int fd, const char *name, const char *want)
{
    char *text = web_hear(fd, HEAR_MS, NULL);
    if (!text || !strstr(text, want)) {
        fail_msg("%s: expected %s, got %.300s", name, want, text ? text : "nothing");
    }
    free(text);
}

/* All over one connection, which no wrong frame ends. */
static void test_frames(void **state)
{
    (void)state;
    const int fd = web_socket(s_port);
    for (size_t i = 0; i < sizeof s_frames / sizeof s_frames[0]; i++) {
        web_frame(fd, s_frames[i].op, true, s_frames[i].data, strlen(s_frames[i].data));
        s_expect(fd, s_frames[i].name, s_frames[i].want);
    }
    (void)close(fd);
}

static void test_fragments(void **state)
{
    (void)state;
    const int fd = web_socket(s_port);
    web_op_t op;
    web_frame(fd, WEB_TEXT, false, "{\"type\":", 8);
    web_frame(fd, WEB_PING, true, "p", 1);
    web_frame(fd, WEB_MORE, false, "\"peo", 4);
    web_frame(fd, WEB_MORE, true, "ple\"}", 5);
    char *text = web_hear(fd, HEAR_MS, &op);
    assert_int_equal(op, WEB_PONG);
    free(text);
    s_expect(fd, "fragments", "\"people\":[]");
    (void)close(fd);
}

static void test_too_large(void **state)
{
    (void)state;
    const int fd = web_socket(s_port);
    char *big = sb_alloc(3 * 1024 * 1024);
    memset(big, ' ', 3 * 1024 * 1024);
    web_frame(fd, WEB_TEXT, true, big, LOCALCHAT_FRAME_MAX);
    s_expect(fd, "greatest", "\"code\":\"INVALID\"");
    web_frame(fd, WEB_TEXT, true, big, LOCALCHAT_FRAME_MAX + 1);
    s_expect(fd, "one more", "\"code\":\"TOO_LARGE\"");
    web_frame(fd, WEB_TEXT, true, big, 3 * 1024 * 1024);
    s_expect(fd, "3 MiB", "\"code\":\"TOO_LARGE\"");
    for (int i = 0; i < 4; i++) {
        web_frame(fd, i == 0 ? WEB_TEXT : WEB_MORE, i == 3, big, LOCALCHAT_FRAME_MAX / 2);
    }
    s_expect(fd, "in fragments", "\"code\":\"TOO_LARGE\"");
    web_say(fd, "{\"type\":\"people\"}");
    s_expect(fd, "after it", "\"people\":[]");
    free(big);
    (void)close(fd);
}

/* Faults of the framing itself end that connection and no other. */
static void test_broken_framing(void **state)
{
    (void)state;
    static const unsigned char reserved[] = {0xf1, 0x80, 0, 0, 0, 0};
    static const unsigned char opcode[] = {0x83, 0x80, 0, 0, 0, 0};
    static const unsigned char long_ping[] = {0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0};
    static const unsigned char huge[] = {0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                         0xff, 0xff, 0xff, 0,    0,    0,    0};
    static const struct {
        const unsigned char *data;
        size_t size;
    } rows[] = {
        {reserved,  sizeof reserved },
        {opcode,    sizeof opcode   },
        {long_ping, sizeof long_ping},
        {huge,      sizeof huge     }
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int fd = web_socket(s_port);
        web_send(fd, rows[i].data, rows[i].size);
        free(web_hear(fd, 200, NULL));
        (void)close(fd);
    }
    s_check_alive();
}

/* ---- Many and much. */

static int s_flooded(int fd)
{
    web_say(fd, "{\"type\":\"hello\",\"as\":\"alice\"}");
    s_expect(fd, "hello", "welcome");
    web_say(fd, "{\"type\":\"say\",\"event\":\"f\",\"text\":\"flood\"}");
    s_check_alive();
    /* What was queued comes first; then we are told that something is missing. */
    int messages = 0;
    for (;;) {
        char *text = web_hear(fd, HEAR_MS, NULL);
        assert_non_null(text);
        const bool resync = strcmp(text, local_frame_resync) == 0;
        messages += strstr(text, "\"message\"") != NULL;
        free(text);
        if (resync) {
            return messages;
        }
    }
}

static void test_overflow(void **state)
{
    (void)state;
    const int fd = web_socket(s_port);
    assert_true(s_flooded(fd) < FLOOD_LEN);
    /* The conversation goes on after another hello. */
    web_say(fd, "{\"type\":\"hello\",\"as\":\"alice\"}");
    s_expect(fd, "hello after resync", "welcome");
    web_say(fd, "{\"type\":\"say\",\"event\":\"g\",\"text\":\"x\"}");
    s_expect(fd, "say after resync", "ack");
    (void)close(fd);
}

/* More than may be served at once are served all the same, only later. */
static void test_hurry(void **state)
{
    (void)state;
    const int frames = LOCALCHAT_BURST + LOCALCHAT_RATE;
    const int fd = web_socket(s_port);
    for (int i = 0; i < frames; i++) {
        web_say(fd, "{\"type\":\"people\"}");
    }
    const int64_t start_ms = zclock_mono();
    for (int i = 0; i < frames; i++) {
        s_expect(fd, "in a hurry", "\"people\":[]");
    }
    const int64_t ms = zclock_mono() - start_ms;
    assert_true(ms > 500 && ms < 5000);
    (void)close(fd);
}

static void test_connections(void **state)
{
    (void)state;
    static int fds[LOCALCHAT_CONNECTIONS_MAX + 64];
    const size_t len = sizeof fds / sizeof fds[0];
    for (size_t i = 0; i < len; i++) {
        fds[i] = web_connect(s_port);
        web_send(fds[i], "GET", 3); /* never finished */
    }
    zclock_sleep(100);
    for (size_t i = 0; i < len; i++) {
        (void)close(fds[i]);
    }
    s_check_alive();
}

static void test_port_taken(void **state)
{
    (void)state;
    const local_web_config_t config = {.host = "127.0.0.1", .port = s_port};
    sb_err_t err = {0};
    zloop_t *loop = zloop_new();
    assert_null(local_web_new(loop, &config, s_on_mail, NULL, &err));
    assert_non_null(strstr(err.text, "can't listen on 127.0.0.1"));
    zloop_destroy(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),       cmocka_unit_test(test_headers),
        cmocka_unit_test(test_http2_preface),  cmocka_unit_test(test_long_headers),
        cmocka_unit_test(test_no_extension),   cmocka_unit_test(test_frames),
        cmocka_unit_test(test_fragments),      cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_broken_framing), cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_hurry),          cmocka_unit_test(test_connections),
        cmocka_unit_test(test_port_taken),
    };
    return cmocka_run_group_tests(tests, s_setup, s_teardown);
}
