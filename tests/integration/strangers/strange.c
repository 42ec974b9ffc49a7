/* strange.c: strange KEYS SERVER ENDPOINT: sends what no peer of ours sends to the server (taskd or
 * botd) at an address, each over a connection of its own, and prints what came back: a line
 * "WHAT: ANSWER" with the code of the NACK, the kind of another answer, or "nothing". */
#include <czmq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/keys.h"
#include "lib/mem.h"
#include "lib/role.h"

#define ANSWER_MS 3000 /* far more than an answer takes */
#define SILENCE_MS 300 /* how long nothing must come where nothing should */

#define PING "SB1 REQ ping"
#define BODY "{\"id\":\"s1\",\"timeout_ms\":1000}"

typedef struct {
    const char *what;
    sb_role_t role; /* SB_ROLE_NONE: a key that nobody knows */
    const char *head;
    const char *body;
    size_t body_size; /* 0: all of body; else body is filled up with blanks */
    size_t more;      /* frames after the body */
    bool silent;      /* nothing may come back */
} row_t;

/* clang-format off */
static const row_t s_rows[] = {
    {"a good ping",             SB_ROLE_CHATD,  PING, BODY, 0, 0, false},
    {"a stranger's key",        SB_ROLE_NONE,   PING, BODY, 0, 0, true},
    {"a role that may not",     SB_ROLE_AUTHD,  "SB1 REQ stats", BODY, 0, 0, false},
    {"no such request",         SB_ROLE_BOTCTL, "SB1 REQ alert.delete", BODY, 0, 0, false},
    {"another protocol",        SB_ROLE_CHATD,  "MDPC01 ping", BODY, 0, 0, true},
    {"a head of nonsense",      SB_ROLE_CHATD,  "SB1 WHAT ping", BODY, 0, 0, false},
    {"a head that is too long", SB_ROLE_CHATD,
     "SB1 REQ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", BODY, 0, 0, false},
    {"one frame too many",      SB_ROLE_CHATD,  PING, BODY, 0, 1, false},
    {"no JSON",                 SB_ROLE_CHATD,  PING, "{\"id\":", 0, 0, false},
    {"a key twice",             SB_ROLE_CHATD,  PING, "{\"id\":\"a\",\"id\":\"b\"}", 0, 0, false},
    {"invalid UTF-8",           SB_ROLE_CHATD,  PING, "{\"id\":\"s\",\"x\":\"\xc3\x28\"}", 0, 0, false},
    {"no id",                   SB_ROLE_CHATD,  PING, "{\"timeout_ms\":1000}", 0, 0, false},
    {"2 MiB",                   SB_ROLE_CHATD,  PING, BODY, 2 << 20, 0, false},
    {"5 MiB",                   SB_ROLE_CHATD,  PING, BODY, 5 << 20, 0, true},
};
/* clang-format on */

static void s_must(bool holds, const char *else_text)
{
    if (!holds) {
        (void)fprintf(stderr, "strange: %s\n", else_text);
        exit(2);
    }
}

static void s_secure(zsock_t *sock, const char *folder, sb_role_t role, sb_role_t server)
{
    sb_err_t err;
    sb_keys_t *keys = sb_keys_load(folder, role == SB_ROLE_NONE ? SB_ROLE_BOTCTL : role, &err);
    s_must(keys != NULL, err.text);
    s_must(sb_keys_secure_client(keys, sock, server, &err) == SB_OK, err.text);
    sb_keys_destroy(&keys);
    if (role == SB_ROLE_NONE) {
        zcert_t *cert = zcert_new();
        zcert_apply(cert, sock);
        zcert_destroy(&cert);
    }
}

static void s_send(zsock_t *sock, const row_t *row)
{
    const size_t len = strlen(row->body);
    const size_t size = row->body_size ? row->body_size : len;
    char *body = sb_alloc(size);
    memset(body, ' ', size);
    memcpy(body, row->body, len);
    zmsg_t *msg = zmsg_new();
    zmsg_addstr(msg, row->head);
    zmsg_addmem(msg, body, size);
    for (size_t i = 0; i < row->more; i++) {
        zmsg_addstr(msg, "more");
    }
    s_must(zmsg_send(&msg, sock) == 0, "a message was not sent");
    free(body);
}

/* The code of a NACK, or the kind. */
static void s_print_answer(const row_t *row, zmsg_t *msg)
{
    char *head = zmsg_popstr(msg);
    char *body = zmsg_popstr(msg);
    const char *code = body ? strstr(body, "\"code\":\"") : NULL;
    if (strncmp(head, "SB1 NACK", 8) == 0 && code) {
        code += strlen("\"code\":\"");
        printf("%s: %.*s\n", row->what, (int)strcspn(code, "\""), code);
    } else {
        printf("%s: %s\n", row->what, head);
    }
    zstr_free(&head);
    zstr_free(&body);
}

static void s_try(const char *folder, sb_role_t server, const char *endpoint, const row_t *row)
{
    zsock_t *sock = zsock_new(ZMQ_DEALER);
    zsock_set_linger(sock, 0);
    s_secure(sock, folder, row->role, server);
    s_must(zsock_connect(sock, "%s", endpoint) == 0, "can't connect");
    s_send(sock, row);
    zsock_set_rcvtimeo(sock, row->silent ? SILENCE_MS : ANSWER_MS);
    zmsg_t *msg = zmsg_recv(sock);
    if (msg) {
        s_print_answer(row, msg);
        zmsg_destroy(&msg);
    } else {
        printf("%s: nothing\n", row->what);
    }
    zsock_destroy(&sock);
}

int main(int argc, char **argv)
{
    s_must(argc == 4, "usage: strange KEYS SERVER ENDPOINT");
    zsys_handler_set(NULL);
    const sb_role_t server = strcmp(argv[2], "botd") == 0 ? SB_ROLE_BOTD : SB_ROLE_TASKD;
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        s_try(argv[1], server, argv[3], &s_rows[i]);
    }
    return 0;
}
