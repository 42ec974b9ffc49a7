/* keys.c. What a folder holds becomes a list of (role, public key), and that list, never the
 * folder, is what the authenticator knows: CZMQ's own folder mode reads the disk on each handshake,
 * misses a replacement within the same second and aborts when a key is there twice. */
#include "lib/keys.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "lib/bus_monitor.h"
#include "lib/bus_timing.h"
#include "lib/key_file.h"
#include "lib/mem.h"
#include "proto/bus.h"

#define ZAP_DOMAIN "securitybot"
/* zmq.h shows it to draft builds only; the library of Debian has it all the same. */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

#define SELF_TEST_MS 5000

struct sb_keys {
    sb_role_t role;
    sb_key_pair_t pair; /* ours */
    sb_key_list_t known;
    zactor_t *auth;
};

/* ZAP has one address a process, and CZMQ aborts on a second authenticator. */
static atomic_flag s_auth_runs = ATOMIC_FLAG_INIT;

sb_keys_t *sb_keys_load(const char *folder, sb_role_t role, sb_err_t *err)
{
    assert(folder);
    assert(err);
    sb_keys_t *self = sb_alloc(sizeof *self);
    self->role = role;
    if (sb_key_list_load(folder, &self->known, err) ||
        sb_key_pair_load(folder, role, &self->known, &self->pair, err)) {
        sb_keys_destroy(&self);
        return NULL;
    }
    return self;
}

void sb_keys_destroy(sb_keys_t **self_p)
{
    assert(self_p);
    sb_keys_t *self = *self_p;
    if (!self) {
        return;
    }
    if (self->auth) {
        zactor_destroy(&self->auth);
        atomic_flag_clear(&s_auth_runs);
    }
    sb_wipe(self, sizeof *self);
    free(self);
    *self_p = NULL;
}

int sb_keys_auth_start(sb_keys_t *self, sb_err_t *err)
{
    assert(self);
    assert(err);
    if (atomic_flag_test_and_set(&s_auth_runs)) {
        return sb_fail(err, SB_ECONFLICT, "an authenticator runs in this process already");
    }
    zcertstore_t *store = zcertstore_new(NULL);
    for (size_t i = 0; i < self->known.len; i++) {
        const sb_known_key_t *known = &self->known.keys[i];
        unsigned char public_bytes[32];
        const unsigned char no_secret[32] = {0};
        (void)zmq_z85_decode(public_bytes, known->public_text);
        zcert_t *cert = zcert_new_from(public_bytes, no_secret);
        zcert_set_meta(cert, "role", "%s", sb_role_name(known->role));
        zcertstore_insert(store, &cert);
    }
    self->auth = zactor_new(zauth, store); /* takes the store */
    if (!self->auth) {
        zcertstore_destroy(&store);
        atomic_flag_clear(&s_auth_runs);
        return sb_fail(err, SB_EINTERNAL, "can't start the authenticator");
    }
    return SB_OK;
}

static int s_set(zsock_t *sock, int option, const char *what, const void *value, size_t size,
                 sb_err_t *err)
{
    if (zmq_setsockopt(zsock_resolve(sock), option, value, size)) {
        return sb_fail(err, SB_EINTERNAL, "can't set %s on a socket: %s", what,
                       zmq_strerror(errno));
    }
    return SB_OK;
}

static int s_set_text(zsock_t *sock, int option, const char *what, const char *text, sb_err_t *err)
{
    return s_set(sock, option, what, text, strlen(text), err);
}

/* Dead hosts are found by TCP and stuck programs by the bus's own heartbeats. ZeroMQ's are off: in
 * libzmq 4.3.4 they abort the process when a peer goes away while our queue for it is full. */
static int s_set_limits(zsock_t *sock, sb_err_t *err)
{
    const int silence_ms = (int)sb_bus_timing.silence_ms;
    const int beat_s = (int)(sb_bus_timing.heartbeat_ms + 999) / 1000;
    const struct {
        int option;
        const char *what;
        int value;
    } rows[] = {
        {ZMQ_LINGER,              "LINGER",              0                            },
        {ZMQ_SNDHWM,              "SNDHWM",              SB_HWM                       },
        {ZMQ_RCVHWM,              "RCVHWM",              SB_HWM                       },
        {ZMQ_HANDSHAKE_IVL,       "HANDSHAKE_IVL",       (int)sb_bus_timing.connect_ms},
        {ZMQ_TCP_KEEPALIVE,       "TCP_KEEPALIVE",       1                            },
        {ZMQ_TCP_KEEPALIVE_IDLE,  "TCP_KEEPALIVE_IDLE",  beat_s                       },
        {ZMQ_TCP_KEEPALIVE_INTVL, "TCP_KEEPALIVE_INTVL", beat_s                       },
        {ZMQ_TCP_KEEPALIVE_CNT,   "TCP_KEEPALIVE_CNT",   3                            },
        {ZMQ_TCP_MAXRT,           "TCP_MAXRT",           silence_ms                   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (s_set(sock, rows[i].option, rows[i].what, &rows[i].value, sizeof rows[i].value, err)) {
            return err->code;
        }
    }
    const int64_t cut = SB_FRAME_SIZE_CUT;
    return s_set(sock, ZMQ_MAXMSGSIZE, "MAXMSGSIZE", &cut, sizeof cut, err);
}

static int s_set_pair(zsock_t *sock, const sb_key_pair_t *pair, sb_err_t *err)
{
    if (s_set_text(sock, ZMQ_CURVE_PUBLICKEY, "CURVE_PUBLICKEY", pair->public_text, err) ||
        s_set_text(sock, ZMQ_CURVE_SECRETKEY, "CURVE_SECRETKEY", pair->secret_text, err)) {
        return err->code;
    }
    return SB_OK;
}

int sb_keys_secure_server(sb_keys_t *self, zsock_t *sock, sb_err_t *err)
{
    assert(self);
    assert(sock);
    assert(err);
    const int on = 1;
    if (s_set_limits(sock, err) || s_set_pair(sock, &self->pair, err) ||
        s_set(sock, ZMQ_CURVE_SERVER, "CURVE_SERVER", &on, sizeof on, err) ||
        s_set_text(sock, ZMQ_ZAP_DOMAIN, "ZAP_DOMAIN", ZAP_DOMAIN, err) ||
        s_set(sock, ZMQ_ZAP_ENFORCE_DOMAIN, "ZAP_ENFORCE_DOMAIN", &on, sizeof on, err)) {
        return err->code;
    }
    return SB_OK;
}

static int s_secure_client(const sb_key_pair_t *pair, zsock_t *sock, const char *server_key,
                           sb_err_t *err)
{
    if (s_set_limits(sock, err) || s_set_pair(sock, pair, err) ||
        s_set_text(sock, ZMQ_CURVE_SERVERKEY, "CURVE_SERVERKEY", server_key, err)) {
        return err->code;
    }
    return SB_OK;
}

int sb_keys_secure_client(sb_keys_t *self, zsock_t *sock, sb_role_t server, sb_err_t *err)
{
    assert(self);
    assert(sock);
    assert(err);
    for (size_t i = 0; i < self->known.len; i++) {
        const sb_known_key_t *known = &self->known.keys[i];
        if (known->role == server && !known->old) {
            return s_secure_client(&self->pair, sock, known->public_text, err);
        }
    }
    return sb_fail(err, SB_ENOTFOUND, "no key for the role %s", sb_role_name(server));
}

/* The first event that settles a handshake, 0 after SELF_TEST_MS. */
static int s_verdict(zsock_t *monitor)
{
    zmq_pollitem_t item = {zsock_resolve(monitor), 0, ZMQ_POLLIN, 0};
    sb_event_t event;
    if (zmq_poll(&item, 1, SELF_TEST_MS) > 0 && sb_monitor_read(monitor, &event)) {
        return event.event;
    }
    return 0;
}

/* Connects with pair; *verdict_r is the event that ended the handshake, *role_r what the server
 * took us for. */
static int s_try(zsock_t *server, const char *server_key, const sb_key_pair_t *pair, int *verdict_r,
                 sb_role_t *role_r, sb_err_t *err)
{
    *verdict_r = 0;
    *role_r = SB_ROLE_NONE;
    zsock_t *client = zsock_new(ZMQ_DEALER);
    assert(client);
    zsock_t *monitor = NULL;
    int code = s_secure_client(pair, client, server_key, err);
    if (!code) {
        monitor = sb_monitor_open(client, ZMQ_EVENT_HANDSHAKE_SUCCEEDED | SB_EVENTS_FAILED, err);
        code = monitor ? SB_OK : err->code;
    }
    if (!code && zsock_connect(client, "%s", zsock_endpoint(server))) {
        code = sb_fail(err, SB_EINTERNAL, "%s: %s", zsock_endpoint(server), zmq_strerror(errno));
    }
    if (!code) {
        *verdict_r = s_verdict(monitor);
    }
    if (*verdict_r == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        (void)zstr_send(client, "who am I");
        zmsg_t *msg = zmsg_recv(server);
        zframe_t *last = msg ? zmsg_last(msg) : NULL;
        *role_r = last ? sb_keys_frame_role(last) : SB_ROLE_NONE;
        zmsg_destroy(&msg);
    }
    sb_monitor_close(client, &monitor);
    zsock_destroy(&client);
    return code;
}

int sb_keys_self_test(sb_keys_t *self, sb_err_t *err)
{
    assert(self);
    assert(err);
    zsock_t *server = zsock_new(ZMQ_ROUTER);
    assert(server);
    sb_key_pair_t stranger;
    sb_key_pair_make(&stranger);
    int verdict = 0;
    sb_role_t role = SB_ROLE_NONE;
    int code = sb_keys_secure_server(self, server, err);
    zsock_set_rcvtimeo(server, SELF_TEST_MS);
    if (!code && zsock_bind(server, "tcp://127.0.0.1:*") < 0) {
        code = sb_fail(err, SB_EINTERNAL, "can't bind on 127.0.0.1: %s", zmq_strerror(errno));
    }
    if (!code) {
        code = s_try(server, self->pair.public_text, &self->pair, &verdict, &role, err);
    }
    if (!code && (verdict != ZMQ_EVENT_HANDSHAKE_SUCCEEDED || role != self->role)) {
        code = sb_fail(err, SB_EINTERNAL, "our own key was taken for the role %s (event %d)",
                       sb_role_name(role), verdict);
    }
    if (!code) {
        code = s_try(server, self->pair.public_text, &stranger, &verdict, &role, err);
    }
    if (!code && verdict != ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
        code = sb_fail(err, SB_EINTERNAL, "a stranger's key was not refused (event %d)", verdict);
    }
    zsock_destroy(&server);
    return code ? sb_fail_in(err, "self-test of the keys") : SB_OK;
}

sb_role_t sb_keys_frame_role(zframe_t *frame)
{
    assert(frame);
    const char *name = zframe_meta(frame, "role");
    return name ? sb_role_of(name) : SB_ROLE_NONE;
}
