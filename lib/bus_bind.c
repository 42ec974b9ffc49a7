/* bus_bind.c. See bus_bind.h. */
#include "lib/bus_bind.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/mem.h"

#define SCHEME "ipc://"

struct sb_bind {
    char *endpoint;
    int lock; /* -1: none is needed */
};

/* The file of a local socket; NULL for one without: another transport, one of the kernel's abstract
 * names, or a file of libzmq's choice, which is a new one. */
static const char *s_path(const char *endpoint)
{
    if (strncmp(endpoint, SCHEME, sizeof SCHEME - 1) != 0) {
        return NULL;
    }
    const char *path = endpoint + sizeof SCHEME - 1;
    return path[0] == '\0' || path[0] == '@' || strcmp(path, "*") == 0 ? NULL : path;
}

static int s_lock(sb_bind_t *self, const char *endpoint, const char *path, sb_err_t *err)
{
    char *name = sb_format("%s.lock", path);
    int code = SB_OK;
    self->lock = open(name, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (self->lock < 0) {
        code = sb_fail(err, SB_EINVALID, "can't bind %s: %s.lock: %s", endpoint, path,
                       strerror(errno));
    } else if (flock(self->lock, LOCK_EX | LOCK_NB) != 0) {
        code = errno == EWOULDBLOCK
                   ? sb_fail(err, SB_EINVALID, "%s: already in use by another process", endpoint)
                   : sb_fail(err, SB_EINVALID, "can't bind %s: %s.lock: %s", endpoint, path,
                             strerror(errno));
    }
    free(name);
    return code;
}

static int s_bind(sb_bind_t *self, zsock_t *sock, const char *endpoint, sb_err_t *err)
{
    const char *path = s_path(endpoint);
    if (path && s_lock(self, endpoint, path, err)) {
        return err->code;
    }
    if (zsock_bind(sock, "%s", endpoint) < 0) {
        return sb_fail(err, SB_EINVALID, "can't bind %s: %s", endpoint, zmq_strerror(errno));
    }
    self->endpoint = sb_strdup(zsock_endpoint(sock));
    return SB_OK;
}

sb_bind_t *sb_bind_new(zsock_t *sock, const char *endpoint, sb_err_t *err)
{
    assert(sock);
    assert(endpoint);
    assert(err);
    sb_bind_t *self = sb_alloc(sizeof *self);
    self->lock = -1;
    if (s_bind(self, sock, endpoint, err)) {
        sb_bind_destroy(&self);
    }
    return self;
}

void sb_bind_destroy(sb_bind_t **self_p)
{
    assert(self_p);
    sb_bind_t *self = *self_p;
    if (!self) {
        return;
    }
    if (self->lock >= 0) {
        (void)close(self->lock);
    }
    free(self->endpoint);
    free(self);
    *self_p = NULL;
}

const char *sb_bind_endpoint(const sb_bind_t *self)
{
    assert(self);
    return self->endpoint;
}
