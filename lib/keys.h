/* keys.h: CURVE key pairs, roles, and sockets that fail closed.
 *
 * A key folder holds ROLE.pub for every role (public certificates, CZMQ's format, with the
 * metadata `role`) and ROLE.key for the roles this machine may act as (secret, mode 0600 or
 * 0640). During a rotation ROLE.old.pub may stand beside ROLE.pub: both keys have the role, so
 * peers that still act with the old one get in; whoever connects to ROLE expects the new one. */
#pragma once

#include <czmq.h>

#include "lib/err.h"
#include "lib/role.h"

typedef struct sb_keys sb_keys_t;

/* Makes the pairs of all roles in folder (created with mode 0700 if absent). Refuses, with
 * SB_ECONFLICT and naming the file, to replace one that exists. */
SB_MUSTCHECK int sb_keys_init(const char *folder, sb_err_t *err);

/* Loads our own secret key for role and the public keys of all roles. Errors name the file:
 * missing, unreadable, world-readable secret, bad format, unknown role, the same key twice. */
sb_keys_t *sb_keys_load(const char *folder, sb_role_t role, sb_err_t *err);
void sb_keys_destroy(sb_keys_t **self_p);

/* Starts the ZAP authenticator, at most one a process; it knows exactly the keys of the folder.
 * sb_keys_destroy ends it. */
SB_MUSTCHECK int sb_keys_auth_start(sb_keys_t *self, sb_err_t *err);

/* Before bind: CURVE server, ZAP domain, and ZMQ_ZAP_ENFORCE_DOMAIN (option 93), so that without a
 * living authenticator nobody gets in. Also sets the limits of proto/bus.h. */
SB_MUSTCHECK int sb_keys_secure_server(sb_keys_t *self, zsock_t *sock, sb_err_t *err);
/* Before connect: our key and the server's, by its role. */
SB_MUSTCHECK int sb_keys_secure_client(sb_keys_t *self, zsock_t *sock, sb_role_t server,
                                       sb_err_t *err);

/* Self-test at start: a stranger's key must be refused by a socket secured as ours are. Takes some
 * milliseconds. SB_EINTERNAL if it got in. */
SB_MUSTCHECK int sb_keys_self_test(sb_keys_t *self, sb_err_t *err);

/* The role of the peer that sent this frame: read from the last frame of a message, since libzmq
 * 4.3.4 loses the metadata of the routing-id frame. SB_ROLE_NONE if it has none. */
sb_role_t sb_keys_frame_role(zframe_t *frame);
