#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bed.h"
#include "lib/bus_monitor.h"
#include "lib/keys.h"
#include "lib/mem.h"

static char *s_folder;

static int set_up(void **state)
{
    (void)state;
    s_folder = bed_keys_folder();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bed_remove(&s_folder);
    return 0;
}

static char *s_read(const char *name)
{
    char *path = sb_format("%s/%s", s_folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = sb_alloc(4097);
    assert_true(fread(text, 1, 4096, file) > 0);
    fclose(file);
    free(path);
    return text;
}

static void s_write(const char *name, const char *text)
{
    char *path = sb_format("%s/%s", s_folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);
    free(path);
}

static void s_copy(const char *from, const char *to)
{
    char *text = s_read(from);
    s_write(to, text);
    free(text);
}

static void s_remove(const char *name)
{
    char *path = sb_format("%s/%s", s_folder, name);
    assert_int_equal(unlink(path), 0);
    free(path);
}

static void s_chmod(const char *name, mode_t mode)
{
    char *path = sb_format("%s/%s", s_folder, name);
    assert_int_equal(chmod(path, mode), 0);
    free(path);
}

static mode_t s_mode(const char *name)
{
    char *path = sb_format("%s/%s", s_folder, name);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    free(path);
    return st.st_mode & 07777;
}

/* ---- Making. */

static void init_makes_every_role(void **state)
{
    (void)state;
    for (size_t i = 0; i < sb_roles_len; i++) {
        char *name = sb_format("%s.key", sb_role_name(sb_roles[i]));
        assert_int_equal(s_mode(name), 0600);
        free(name);
        sb_keys_t *keys = bed_keys(s_folder, sb_roles[i]);
        sb_keys_destroy(&keys);
        sb_keys_destroy(&keys);
    }
    char *text = s_read("chatd.pub");
    assert_null(strstr(text, "secret"));
    bed_assert_in(text, "role = \"chatd\"");
    free(text);
}

static void init_never_overwrites(void **state)
{
    (void)state;
    static const char *const names[] = {"taskd.key", "botctl.pub", "authd.old.pub"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *other = s_folder;
        char *text = s_read("taskd.key");
        s_folder = bed_folder();
        s_write(names[i], text);
        sb_err_t err = {0};
        assert_int_equal(sb_keys_init(s_folder, &err), SB_ECONFLICT);
        bed_assert_in(err.text, names[i]);
        char *kept = s_read(names[i]);
        assert_string_equal(kept, text);
        s_remove(names[i]);
        assert_int_equal(rmdir(s_folder), 0); /* nothing else was written */
        free(kept);
        free(text);
        free(s_folder);
        s_folder = other;
    }
    sb_err_t err = {0};
    assert_int_equal(sb_keys_init(s_folder, &err), SB_ECONFLICT);
}

static void init_says_why_a_folder_can_not_be_made(void **state)
{
    (void)state;
    sb_err_t err = {0};
    assert_true(sb_keys_init("/proc/no/such", &err) < 0);
    bed_assert_in(err.text, "/proc/no/such");
}

/* ---- Loading. */

static void break_no_public(void)
{
    s_remove("webd.pub");
}

static void break_no_secret(void)
{
    s_remove("chatd.key");
}

static void break_empty(void)
{
    s_write("webd.pub", "");
}

static void break_short_key(void)
{
    s_write("webd.pub", "metadata\n    role = \"webd\"\ncurve\n    public-key = \"abc\"\n");
}

static void break_no_z85(void)
{
    s_write("webd.pub", "metadata\n    role = \"webd\"\ncurve\n    public-key = "
                        "\"~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\"\n");
}

static void break_junk(void)
{
    s_write("webd.pub", "\x01\x02 not = [a {key}\n        file");
}

static void break_too_large(void)
{
    char *text = sb_alloc(5001);
    memset(text, '#', 5000);
    s_write("webd.pub", text);
    free(text);
}

static void break_no_file(void)
{
    s_remove("webd.pub");
    char *path = sb_format("%s/webd.pub", s_folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    free(path);
}

static void break_other_role(void)
{
    s_copy("taskd.pub", "webd.pub");
}

static void break_unknown_role(void)
{
    s_copy("taskd.pub", "intruder.pub");
}

static void break_unknown_old_role(void)
{
    s_copy("taskd.pub", "intruder.old.pub");
}

static void break_same_key(void)
{
    s_copy("webd.pub", "webd.old.pub");
}

static void break_world_readable(void)
{
    s_chmod("chatd.key", 0644);
}

static void break_group_writable(void)
{
    s_chmod("chatd.key", 0660);
}

static void break_foreign_secret(void)
{
    s_copy("authd.key", "chatd.key");
}

static void break_public_as_secret(void)
{
    s_copy("chatd.pub", "chatd.key");
}

static void load_says_which_file(void **state)
{
    (void)state;
    static const struct {
        void (*damage)(void);
        const char *file;
        const char *why;
    } rows[] = {
        {break_no_public,        "/webd.pub",         "No such file"    },
        {break_no_secret,        "/chatd.key",        "No such file"    },
        {break_empty,            "/webd.pub",         "bad format"      },
        {break_short_key,        "/webd.pub",         "curve/public-key"},
        {break_no_z85,           "/webd.pub",         "curve/public-key"},
        {break_junk,             "/webd.pub",         "bad format"      },
        {break_too_large,        "/webd.pub",         "not a key file"  },
        {break_no_file,          "/webd.pub",         "not a key file"  },
        {break_other_role,       "/webd.pub",         "its role is"     },
        {break_unknown_role,     "/intruder.pub",     "no such role"    },
        {break_unknown_old_role, "/intruder.old.pub", "no such role"    },
        {break_same_key,         "/webd.old.pub",     "the same key"    },
        {break_world_readable,   "/chatd.key",        "0644"            },
        {break_group_writable,   "/chatd.key",        "0660"            },
        {break_foreign_secret,   "/chatd.key",        "does not belong" },
        {break_public_as_secret, "/chatd.key",        "curve/secret-key"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *other = s_folder;
        s_folder = bed_keys_folder();
        rows[i].damage();
        sb_err_t err = {0};
        sb_keys_t *keys = sb_keys_load(s_folder, SB_ROLE_CHATD, &err);
        if (keys || err.code >= 0 || !strstr(err.text, rows[i].file) ||
            !strstr(err.text, rows[i].why)) {
            fail_msg("row %zu (%s): '%s'", i, rows[i].why, err.text);
        }
        bed_remove(&s_folder);
        s_folder = other;
    }
    sb_err_t err = {0};
    assert_null(sb_keys_load("/no/such", SB_ROLE_CHATD, &err));
    bed_assert_in(err.text, "/no/such");
}

static void load_takes_a_secret_the_group_may_read(void **state)
{
    (void)state;
    s_chmod("chatd.key", 0640);
    sb_keys_t *keys = bed_keys(s_folder, SB_ROLE_CHATD);
    sb_keys_destroy(&keys);
}

static void same_key_of_two_roles_is_an_error(void **state)
{
    (void)state;
    char *text = s_read("taskd.pub");
    char *role = strstr(text, "taskd");
    assert_non_null(role);
    memcpy(role, "authd", 5);
    s_write("authd.pub", text);
    free(text);
    sb_err_t err = {0};
    assert_null(sb_keys_load(s_folder, SB_ROLE_CHATD, &err));
    bed_assert_in(err.text, "/authd.pub: the same key as in taskd.pub");
}

/* ---- Sockets. */

static zsock_t *s_bind(sb_keys_t *keys)
{
    zsock_t *server = zsock_new(ZMQ_ROUTER);
    sb_err_t err;
    assert_int_equal(sb_keys_secure_server(keys, server, &err), SB_OK);
    assert_true(zsock_bind(server, "%s", bed_endpoint()) > 0);
    zsock_set_rcvtimeo(server, BED_WAIT_MS);
    return server;
}

/* The event that settles the handshake of client, which is destroyed; *role_r is what server took
 * it for if it got in. */
static int s_knock(zsock_t *server, zsock_t **client_p, sb_role_t *role_r)
{
    sb_err_t err;
    zsock_t *monitor =
        sb_monitor_open(*client_p, ZMQ_EVENT_HANDSHAKE_SUCCEEDED | SB_EVENTS_FAILED, &err);
    assert_non_null(monitor);
    assert_int_equal(zsock_connect(*client_p, "%s", zsock_endpoint(server)), 0);
    zmq_pollitem_t item = {zsock_resolve(monitor), 0, ZMQ_POLLIN, 0};
    assert_int_equal(zmq_poll(&item, 1, BED_WAIT_MS), 1);
    sb_event_t event;
    assert_true(sb_monitor_read(monitor, &event));
    if (event.event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        assert_int_equal(zsock_send(*client_p, "ss", "head", "body"), 0);
        zmsg_t *msg = zmsg_recv(server);
        assert_non_null(msg);
        *role_r = sb_keys_frame_role(zmsg_last(msg));
        zmsg_destroy(&msg);
    }
    sb_monitor_close(*client_p, &monitor);
    zsock_destroy(client_p);
    return event.event;
}

static int s_knock_as(zsock_t *server, sb_keys_t *keys, sb_role_t to, sb_role_t *role_r)
{
    zsock_t *client = zsock_new(ZMQ_DEALER);
    sb_err_t err;
    assert_int_equal(sb_keys_secure_client(keys, client, to, &err), SB_OK);
    return s_knock(server, &client, role_r);
}

static int s_knock_as_stranger(zsock_t *server, sb_keys_t *keys, sb_role_t to)
{
    zsock_t *client = zsock_new(ZMQ_DEALER);
    sb_err_t err;
    assert_int_equal(sb_keys_secure_client(keys, client, to, &err), SB_OK);
    zcert_t *cert = zcert_new();
    zcert_apply(cert, client);
    zcert_destroy(&cert);
    sb_role_t role;
    return s_knock(server, &client, &role);
}

static void role_is_that_of_the_key(void **state)
{
    (void)state;
    sb_keys_t *keys = bed_keys(s_folder, SB_ROLE_TASKD);
    sb_err_t err;
    assert_int_equal(sb_keys_auth_start(keys, &err), SB_OK);
    zsock_t *server = s_bind(keys);
    for (size_t i = 0; i < sb_roles_len; i++) {
        sb_keys_t *peer = bed_keys(s_folder, sb_roles[i]);
        sb_role_t role = SB_ROLE_NONE;
        assert_int_equal(s_knock_as(server, peer, SB_ROLE_TASKD, &role),
                         ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
        assert_int_equal(role, sb_roles[i]);
        sb_keys_destroy(&peer);
    }
    zsock_destroy(&server);
    sb_keys_destroy(&keys);
}

static void role_is_lost_on_no_frame_we_read(void **state)
{
    (void)state;
    zframe_t *frame = zframe_from("of nobody");
    assert_int_equal(sb_keys_frame_role(frame), SB_ROLE_NONE);
    zframe_destroy(&frame);
}

static void stranger_is_refused(void **state)
{
    (void)state;
    sb_keys_t *keys = bed_keys(s_folder, SB_ROLE_TASKD);
    sb_err_t err;
    assert_int_equal(sb_keys_auth_start(keys, &err), SB_OK);
    zsock_t *server = s_bind(keys);
    assert_int_equal(s_knock_as_stranger(server, keys, SB_ROLE_TASKD),
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    zsock_destroy(&server);
    sb_keys_destroy(&keys);
}

static void unencrypted_peer_is_refused(void **state)
{
    (void)state;
    sb_keys_t *keys = bed_keys(s_folder, SB_ROLE_TASKD);
    sb_err_t err;
    assert_int_equal(sb_keys_auth_start(keys, &err), SB_OK);
    zsock_t *server = s_bind(keys);
    zsock_t *client = zsock_new(ZMQ_DEALER);
    sb_role_t role;
    assert_int_not_equal(s_knock(server, &client, &role), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    zsock_destroy(&server);
    sb_keys_destroy(&keys);
}

static void nobody_gets_in_when_the_authenticator_died(void **state)
{
    (void)state;
    sb_keys_t *auth = bed_keys(s_folder, SB_ROLE_TASKD);
    sb_keys_t *keys = bed_keys(s_folder, SB_ROLE_TASKD);
    sb_err_t err;
    assert_int_equal(sb_keys_auth_start(auth, &err), SB_OK);
    zsock_t *server = s_bind(keys);
    sb_role_t role = SB_ROLE_NONE;
    assert_int_equal(s_knock_as(server, keys, SB_ROLE_TASKD, &role), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);

    sb_keys_destroy(&auth);
    assert_int_not_equal(s_knock_as(server, keys, SB_ROLE_TASKD, &role),
                         ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_not_equal(s_knock_as_stranger(server, keys, SB_ROLE_TASKD),
                         ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    zsock_set_rcvtimeo(server, 0);
    assert_null(zmsg_recv(server));

    assert_int_equal(sb_keys_auth_start(keys, &err), SB_OK);
    zsock_set_rcvtimeo(server, BED_WAIT_MS);
    assert_int_equal(s_knock_as(server, keys, SB_ROLE_TASKD, &role), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    zsock_destroy(&server);
    sb_keys_destroy(&keys);
}

static void server_with_another_key_is_not_trusted(void **state)
{
    (void)state;
    sb_keys_t *keys = bed_keys(s_folder, SB_ROLE_CHATD);
    sb_err_t err;
    assert_int_equal(sb_keys_auth_start(keys, &err), SB_OK);
    zsock_t *server = s_bind(keys);
    sb_role_t role;
    assert_int_not_equal(s_knock_as(server, keys, SB_ROLE_TASKD, &role),
                         ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    zsock_destroy(&server);
    sb_keys_destroy(&keys);
}

static void old_key_keeps_its_role_during_a_rotation(void **state)
{
    (void)state;
    sb_keys_t *old_peer = bed_keys(s_folder, SB_ROLE_CHATD);
    char *old_text = s_read("chatd.pub");
    char *other = bed_keys_folder(); /* only for a new pair */
    char *keep = s_folder;
    s_folder = other;
    char *new_public = s_read("chatd.pub");
    char *new_secret = s_read("chatd.key");
    s_folder = keep;
    s_write("chatd.pub", new_public);
    s_write("chatd.key", new_secret);
    s_write("chatd.old.pub", old_text);

    sb_keys_t *keys = bed_keys(s_folder, SB_ROLE_TASKD);
    sb_keys_t *new_peer = bed_keys(s_folder, SB_ROLE_CHATD);
    sb_err_t err;
    assert_int_equal(sb_keys_auth_start(keys, &err), SB_OK);
    zsock_t *server = s_bind(keys);
    sb_role_t role = SB_ROLE_NONE;
    assert_int_equal(s_knock_as(server, old_peer, SB_ROLE_TASKD, &role),
                     ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_equal(role, SB_ROLE_CHATD);
    role = SB_ROLE_NONE;
    assert_int_equal(s_knock_as(server, new_peer, SB_ROLE_TASKD, &role),
                     ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_equal(role, SB_ROLE_CHATD);
    zsock_destroy(&server);
    sb_keys_destroy(&keys);

    s_remove("chatd.old.pub");
    keys = bed_keys(s_folder, SB_ROLE_TASKD);
    assert_int_equal(sb_keys_auth_start(keys, &err), SB_OK);
    server = s_bind(keys);
    assert_int_equal(s_knock_as(server, old_peer, SB_ROLE_TASKD, &role),
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    zsock_destroy(&server);
    sb_keys_destroy(&keys);
    sb_keys_destroy(&old_peer);
    sb_keys_destroy(&new_peer);
    free(old_text);
    free(new_public);
    free(new_secret);
    bed_remove(&other);
}

static void second_authenticator_is_an_error(void **state)
{
    (void)state;
    sb_keys_t *one = bed_keys(s_folder, SB_ROLE_TASKD);
    sb_keys_t *two = bed_keys(s_folder, SB_ROLE_TASKD);
    sb_err_t err = {0};
    assert_int_equal(sb_keys_auth_start(one, &err), SB_OK);
    assert_int_equal(sb_keys_auth_start(two, &err), SB_ECONFLICT);
    sb_keys_destroy(&one);
    assert_int_equal(sb_keys_auth_start(two, &err), SB_OK);
    sb_keys_destroy(&two);
}

static void self_test_tells_a_living_authenticator_from_none(void **state)
{
    (void)state;
    sb_keys_t *keys = bed_keys(s_folder, SB_ROLE_AUTHD);
    sb_err_t err = {0};
    assert_int_equal(sb_keys_self_test(keys, &err), SB_EINTERNAL);
    bed_assert_in(err.text, "our own key");
    assert_int_equal(sb_keys_auth_start(keys, &err), SB_OK);
    assert_int_equal(sb_keys_self_test(keys, &err), SB_OK);
    sb_keys_destroy(&keys);
}

/* An authenticator that takes everybody for authd. */
static void s_careless(zsock_t *pipe, void *arg)
{
    (void)arg;
    static const unsigned char role[] = {4, 'r', 'o', 'l', 'e', 0,   0,
                                         0, 5,   'a', 'u', 't', 'h', 'd'};
    zsock_t *handler = zsock_new(ZMQ_REP);
    assert_true(zsock_bind(handler, "inproc://zeromq.zap.01") == 0);
    zsock_signal(pipe, 0);
    zpoller_t *poller = zpoller_new(pipe, handler, NULL);
    while (zpoller_wait(poller, -1) == handler) {
        zmsg_t *request = zmsg_recv(handler);
        assert_non_null(request);
        char *version = zmsg_popstr(request);
        char *id = zmsg_popstr(request);
        zsock_send(handler, "sssssb", version, id, "200", "OK", "anybody", role, sizeof role);
        free(version);
        free(id);
        zmsg_destroy(&request);
    }
    zpoller_destroy(&poller);
    zsock_destroy(&handler);
}

static void self_test_fails_when_a_stranger_gets_in(void **state)
{
    (void)state;
    sb_keys_t *keys = bed_keys(s_folder, SB_ROLE_AUTHD);
    zactor_t *careless = zactor_new(s_careless, NULL);
    assert_non_null(careless);
    sb_err_t err = {0};
    assert_int_equal(sb_keys_self_test(keys, &err), SB_EINTERNAL);
    bed_assert_in(err.text, "stranger");
    zactor_destroy(&careless);
    sb_keys_destroy(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(init_makes_every_role, set_up, tear_down),
        cmocka_unit_test_setup_teardown(init_never_overwrites, set_up, tear_down),
        cmocka_unit_test(init_says_why_a_folder_can_not_be_made),
        cmocka_unit_test_setup_teardown(load_says_which_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(load_takes_a_secret_the_group_may_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(same_key_of_two_roles_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(role_is_that_of_the_key, set_up, tear_down),
        cmocka_unit_test(role_is_lost_on_no_frame_we_read),
        cmocka_unit_test_setup_teardown(stranger_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unencrypted_peer_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_gets_in_when_the_authenticator_died, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(server_with_another_key_is_not_trusted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_key_keeps_its_role_during_a_rotation, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(second_authenticator_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(self_test_tells_a_living_authenticator_from_none, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(self_test_fails_when_a_stranger_gets_in, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
