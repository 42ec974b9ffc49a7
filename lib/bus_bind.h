/* bus_bind.h: binds a socket of the bus so that nobody takes its address away.
 *
 * The kernel refuses a TCP port that is taken. A local socket is a file, and libzmq unlinks the one
 * that it finds: a second daemon would silently take the place of a running one. So the right to an
 * ipc:// address is a lock on the file PATH.lock beside it, which the kernel frees when its holder
 * dies, however it dies. The file itself stays: to unlink it would let two lock two files of one
 * name. */
#pragma once

#include <czmq.h>

#include "lib/err.h"

typedef struct sb_bind sb_bind_t;

/* Binds sock. NULL if it can't; the text names the endpoint. */
SB_MUSTCHECK sb_bind_t *sb_bind_new(zsock_t *sock, const char *endpoint, sb_err_t *err);
/* Lets others have the address. After the socket's end. */
void sb_bind_destroy(sb_bind_t **self_p);

const char *sb_bind_endpoint(const sb_bind_t *self); /* with the port that the kernel chose */
