#include "bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"

char *bed_folder(void)
{
    char *folder = sb_format("%s/bus-test-XXXXXX", SB_BINARY_DIR);
    assert_non_null(mkdtemp(folder));
    return folder;
}

void bed_remove(char **folder_p)
{
    char *folder = *folder_p;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            /* libzmq takes its local sockets away itself, in its own time. */
            assert_true(unlinkat(dirfd(dir), entry->d_name, 0) == 0 || errno == ENOENT);
        }
    }
    closedir(dir);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
    *folder_p = NULL;
}

char *bed_keys_folder(void)
{
    char *folder = bed_folder();
    sb_err_t err;
    if (sb_keys_init(folder, &err)) {
        fail_msg("%s", err.text);
    }
    return folder;
}

sb_keys_t *bed_keys(const char *folder, sb_role_t role)
{
    sb_err_t err;
    sb_keys_t *keys = sb_keys_load(folder, role, &err);
    if (!keys) {
        fail_msg("%s", err.text);
    }
    return keys;
}

const char *bed_endpoint(void)
{
    static char endpoint[32];
    const int pid = getpid();
    (void)snprintf(endpoint, sizeof endpoint, "tcp://127.%d.%d.%d:*", 100 + pid / 62500 % 100,
                   pid / 250 % 250, 1 + pid % 250);
    return endpoint;
}

typedef struct {
    bed_done_fn *done;
    void *arg;
    bool is_done;
} wait_t;

static int s_on_look(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    wait_t *wait = arg;
    wait->is_done = wait->done(wait->arg);
    return wait->is_done ? -1 : 0;
}

static int s_on_end(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    return -1;
}

bool bed_run(zloop_t *loop, bed_done_fn *done, void *arg)
{
    wait_t wait = {done, arg, false};
    const int look = zloop_timer(loop, 2, 0, s_on_look, &wait);
    const int end = zloop_timer(loop, BED_WAIT_MS, 1, s_on_end, NULL);
    (void)zloop_start(loop);
    zloop_timer_end(loop, look);
    zloop_timer_end(loop, end);
    return wait.is_done;
}

void bed_run_ms(zloop_t *loop, size_t ms)
{
    const int end = zloop_timer(loop, ms, 1, s_on_end, NULL);
    (void)zloop_start(loop);
    zloop_timer_end(loop, end);
}

zsock_t *bed_peer(sb_keys_t *keys, sb_role_t server, const char *endpoint)
{
    zsock_t *peer = zsock_new(ZMQ_DEALER);
    sb_err_t err;
    assert_int_equal(sb_keys_secure_client(keys, peer, server, &err), SB_OK);
    assert_int_equal(zsock_connect(peer, "%s", endpoint), 0);
    return peer;
}

void bed_frame(zsock_t *peer, const void *data, size_t size, bool more)
{
    const int flags = more ? ZMQ_SNDMORE : 0;
    assert_int_equal(zmq_send(zsock_resolve(peer), data, size, flags), (int)size);
}

void bed_send(zsock_t *peer, const char *head, const char *body)
{
    bed_frame(peer, head, strlen(head), true);
    bed_frame(peer, body, strlen(body), false);
}

static bool s_has_input(void *arg)
{
    return (zsock_events(arg) & ZMQ_POLLIN) != 0;
}

void bed_hear(zloop_t *loop, zsock_t *peer, zframe_t **routing_p, bed_reply_t *reply)
{
    if (!bed_run(loop, s_has_input, peer)) {
        fail_msg("no message came");
    }
    zmsg_t *msg = zmsg_recv(peer);
    assert_non_null(msg);
    if (routing_p) {
        zframe_destroy(routing_p);
        *routing_p = zmsg_pop(msg);
    }
    assert_int_equal(zmsg_size(msg), 2);
    zframe_t *head = zmsg_pop(msg);
    zframe_t *body = zmsg_pop(msg);
    assert_true(zframe_size(head) < sizeof reply->head);
    memset(reply->head, 0, sizeof reply->head);
    memcpy(reply->head, zframe_data(head), zframe_size(head));
    free(reply->body);
    reply->body = sb_strndup((const char *)zframe_data(body), zframe_size(body));
    zframe_destroy(&head);
    zframe_destroy(&body);
    zmsg_destroy(&msg);
}

void bed_reply_free(bed_reply_t *reply)
{
    free(reply->body);
    reply->body = NULL;
}

void bed_assert_in(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("'%s' does not say '%s'", text, part);
    }
}
