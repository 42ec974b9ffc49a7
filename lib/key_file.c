/* key_file.c. */
#include "lib/key_file.h"

#include <assert.h>
#include <czmq.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/keys.h"
#include "lib/mem.h"

#define FILE_SIZE_MAX 4096

void sb_key_pair_make(sb_key_pair_t *pair_r)
{
    assert(pair_r);
    const int rc = zmq_curve_keypair(pair_r->public_text, pair_r->secret_text);
    assert(rc == 0); /* fails only if libzmq was built without CURVE */
}

/* ---- Reading. */

/* Opens a regular file of at most FILE_SIZE_MAX bytes. Others must not be able to read a secret. */
static int s_open(const char *path, bool secret, sb_err_t *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return sb_fail(err, errno == ENOENT ? SB_ENOTFOUND : SB_EINVALID, "%s: %s", path,
                       strerror(errno));
    }
    struct stat st;
    int code = SB_OK;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > FILE_SIZE_MAX) {
        code = sb_fail(err, SB_EINVALID, "%s: not a key file", path);
    } else if (secret && (st.st_mode & 0037)) {
        code = sb_fail(err, SB_EINVALID, "%s: mode is %04o, a secret key must be 0600 or 0640",
                       path, (unsigned)st.st_mode & 07777);
    }
    if (code) {
        close(fd);
        return code;
    }
    return fd;
}

/* The tree of a file in CZMQ's format; the caller destroys it. */
static zconfig_t *s_load(const char *path, bool secret, sb_err_t *err)
{
    const int fd = s_open(path, secret, err);
    if (fd < 0) {
        return NULL;
    }
    char text[FILE_SIZE_MAX + 1];
    size_t size = 0;
    ssize_t got;
    while ((got = read(fd, text + size, FILE_SIZE_MAX - size)) > 0) {
        size += (size_t)got;
    }
    close(fd);
    text[size] = '\0';
    zconfig_t *root = got < 0 || strlen(text) != size ? NULL : zconfig_str_load(text);
    sb_wipe(text, sizeof text);
    if (!root) {
        (void)sb_fail(err, SB_EINVALID, "%s: bad format", path);
    }
    return root;
}

static int s_read_key(zconfig_t *root, const char *name, const char *path,
                      char out[SB_KEY_TEXT_SIZE], sb_err_t *err)
{
    const char *text = zconfig_get(root, name, "");
    unsigned char bytes[32];
    if (strlen(text) != SB_KEY_TEXT_SIZE - 1 || !zmq_z85_decode(bytes, text)) {
        return sb_fail(err, SB_EINVALID, "%s: bad format, no valid %s", path, name + 1);
    }
    memcpy(out, text, SB_KEY_TEXT_SIZE);
    sb_wipe(bytes, sizeof bytes);
    return SB_OK;
}

static int s_add_known(sb_key_list_t *list, const sb_known_key_t *key, const char *path,
                       sb_err_t *err)
{
    for (size_t i = 0; i < list->len; i++) {
        const sb_known_key_t *other = &list->keys[i];
        if (strcmp(other->public_text, key->public_text) == 0) {
            return sb_fail(err, SB_EINVALID, "%s: the same key as in %s%s.pub", path,
                           sb_role_name(other->role), other->old ? ".old" : "");
        }
    }
    assert(list->len < SB_KNOWN_MAX);
    list->keys[list->len++] = *key;
    return SB_OK;
}

static int s_load_known(const char *folder, sb_role_t role, bool old, sb_key_list_t *list,
                        sb_err_t *err)
{
    char *path = sb_format("%s/%s%s.pub", folder, sb_role_name(role), old ? ".old" : "");
    sb_known_key_t key = {.role = role, .old = old};
    zconfig_t *root = s_load(path, false, err);
    int code = root ? s_read_key(root, "/curve/public-key", path, key.public_text, err) : err->code;
    if (!code) {
        const char *name = zconfig_get(root, "/metadata/role", "");
        if (strcmp(name, sb_role_name(role)) != 0) {
            code = sb_fail(err, SB_EINVALID, "%s: its role is '%s', expected %s", path, name,
                           sb_role_name(role));
        }
    }
    if (!code) {
        code = s_add_known(list, &key, path, err);
    }
    zconfig_destroy(&root);
    free(path);
    return code == SB_ENOTFOUND && old ? SB_OK : code;
}

/* A public key that belongs to no role is a mistake that nobody would notice. */
static int s_check_names(const char *folder, sb_err_t *err)
{
    DIR *dir = opendir(folder);
    if (!dir) {
        return sb_fail(err, errno == ENOENT ? SB_ENOTFOUND : SB_EINVALID, "%s: %s", folder,
                       strerror(errno));
    }
    int code = SB_OK;
    const struct dirent *entry;
    while (!code && (entry = readdir(dir)) != NULL) {
        char name[sizeof entry->d_name];
        memcpy(name, entry->d_name, sizeof name);
        char *end = strrchr(name, '.');
        if (!end || strcmp(end, ".pub") != 0) {
            continue;
        }
        *end = '\0';
        end = strrchr(name, '.');
        if (end && strcmp(end, ".old") == 0) {
            *end = '\0';
        }
        if (sb_role_of(name) == SB_ROLE_NONE) {
            code = sb_fail(err, SB_EINVALID, "%s/%s: no such role", folder, entry->d_name);
        }
    }
    closedir(dir);
    return code;
}

int sb_key_list_load(const char *folder, sb_key_list_t *list_r, sb_err_t *err)
{
    assert(folder);
    assert(list_r);
    assert(err);
    list_r->len = 0;
    if (s_check_names(folder, err)) {
        return err->code;
    }
    for (size_t i = 0; i < sb_roles_len; i++) {
        if (s_load_known(folder, sb_roles[i], false, list_r, err) ||
            s_load_known(folder, sb_roles[i], true, list_r, err)) {
            return err->code;
        }
    }
    return SB_OK;
}

int sb_key_pair_load(const char *folder, sb_role_t role, const sb_key_list_t *list,
                     sb_key_pair_t *pair_r, sb_err_t *err)
{
    assert(folder);
    assert(list);
    assert(pair_r);
    assert(err);
    char *path = sb_format("%s/%s.key", folder, sb_role_name(role));
    zconfig_t *root = s_load(path, true, err);
    int code =
        root ? s_read_key(root, "/curve/secret-key", path, pair_r->secret_text, err) : err->code;
    zconfig_destroy(&root);
    if (!code && zmq_curve_public(pair_r->public_text, pair_r->secret_text)) {
        code = sb_fail(err, SB_EINVALID, "%s: bad format, no secret key", path);
    }
    bool known = false;
    for (size_t i = 0; i < list->len; i++) {
        known |= list->keys[i].role == role &&
                 strcmp(list->keys[i].public_text, pair_r->public_text) == 0;
    }
    if (!code && !known) {
        code = sb_fail(err, SB_EINVALID, "%s: does not belong to %s.pub", path, sb_role_name(role));
    }
    free(path);
    return code;
}

/* ---- Making. */

static int s_write(const char *path, mode_t mode, const char *text, sb_err_t *err)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        return sb_fail(err, errno == EEXIST ? SB_ECONFLICT : SB_EINVALID, "%s: %s", path,
                       strerror(errno));
    }
    const size_t size = strlen(text);
    const bool written = write(fd, text, size) == (ssize_t)size && fsync(fd) == 0;
    const int fault = errno;
    if (close(fd) || !written) {
        (void)unlink(path);
        return sb_fail(err, SB_EINVALID, "%s: %s", path, strerror(fault));
    }
    return SB_OK;
}

static int s_make_pair(const char *folder, sb_role_t role, sb_err_t *err)
{
    sb_key_pair_t pair;
    sb_key_pair_make(&pair);
    const char *name = sb_role_name(role);
    char *public_path = sb_format("%s/%s.pub", folder, name);
    char *secret_path = sb_format("%s/%s.key", folder, name);
    char *public_text = sb_format("metadata\n    role = \"%s\"\ncurve\n    public-key = \"%s\"\n",
                                  name, pair.public_text);
    char *secret_text = sb_format("%s    secret-key = \"%s\"\n", public_text, pair.secret_text);
    int code = s_write(secret_path, 0600, secret_text, err);
    if (!code) {
        code = s_write(public_path, 0644, public_text, err);
        if (code) {
            (void)unlink(secret_path);
        }
    }
    sb_wipe(&pair, sizeof pair);
    sb_wipe(secret_text, strlen(secret_text));
    free(secret_text);
    free(public_text);
    free(secret_path);
    free(public_path);
    return code;
}

/* Looks before anything is written, so that a refusal leaves nothing behind. */
static int s_check_absent(const char *folder, sb_role_t role, sb_err_t *err)
{
    static const char *const endings[] = {"pub", "key", "old.pub"};
    int code = SB_OK;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0] && !code; i++) {
        char *path = sb_format("%s/%s.%s", folder, sb_role_name(role), endings[i]);
        struct stat st;
        if (lstat(path, &st) == 0) {
            code = sb_fail(err, SB_ECONFLICT, "%s: exists already", path);
        }
        free(path);
    }
    return code;
}

int sb_keys_init(const char *folder, sb_err_t *err)
{
    assert(folder);
    assert(err);
    if (mkdir(folder, 0700) && errno != EEXIST) {
        return sb_fail(err, SB_EINVALID, "%s: %s", folder, strerror(errno));
    }
    for (size_t i = 0; i < sb_roles_len; i++) {
        if (s_check_absent(folder, sb_roles[i], err)) {
            return err->code;
        }
    }
    for (size_t i = 0; i < sb_roles_len; i++) {
        if (s_make_pair(folder, sb_roles[i], err)) {
            return err->code;
        }
    }
    return SB_OK;
}
