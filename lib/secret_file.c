/* secret_file.c */
#include "lib/secret_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/mem.h"

#define OTHERS_MODE 0037 /* the group may read it at most, all others nothing */

static void s_trim(char *secret)
{
    static const char blank[] = " \t\r\n";
    const size_t begin = strspn(secret, blank);
    size_t len = strlen(secret) - begin;
    memmove(secret, secret + begin, len);
    while (len > 0 && strchr(blank, secret[len - 1])) {
        len--;
    }
    sb_wipe(secret + len, SB_SECRET_FILE_SIZE - len);
}

static int s_check(const char *path, const char *prefix, char *secret, sb_err_t *err)
{
    s_trim(secret);
    if (!secret[0]) {
        return sb_fail(err, SB_EINVALID, "%s is empty", path);
    }
    for (const char *p = secret; *p; p++) {
        if (*p <= ' ' || *p >= 0x7f) {
            return sb_fail(err, SB_EINVALID, "%s holds more than one word", path);
        }
    }
    if (strncmp(secret, prefix, strlen(prefix)) != 0) {
        return sb_fail(err, SB_EINVALID, "%s does not begin with \"%s\": it is another secret",
                       path, prefix);
    }
    return SB_OK;
}

static int s_check_mode(FILE *file, const char *path, sb_err_t *err)
{
    struct stat st;
    if (fstat(fileno(file), &st)) {
        return sb_fail(err, SB_EINVALID, "%s: %s", path, strerror(errno));
    }
    if (S_ISREG(st.st_mode) && (st.st_mode & OTHERS_MODE)) {
        return sb_fail(err, SB_EINVALID,
                       "%s: mode is %04o, a secret must be 0600 or 0640: chmod 0600 %s", path,
                       (unsigned)st.st_mode & 07777, path);
    }
    return SB_OK;
}

int sb_secret_file_read(const char *path, const char *prefix, char secret_r[SB_SECRET_FILE_SIZE],
                        sb_err_t *err)
{
    memset(secret_r, 0, SB_SECRET_FILE_SIZE);
    FILE *file = fopen(path, "re");
    if (!file) {
        return sb_fail(err, SB_EINVALID, "%s: %s", path, strerror(errno));
    }
    if (s_check_mode(file, path, err)) {
        (void)fclose(file);
        return err->code;
    }
    (void)setvbuf(file, NULL, _IONBF, 0); /* no copy is left behind */
    const size_t size = fread(secret_r, 1, SB_SECRET_FILE_SIZE, file);
    const bool failed = ferror(file) != 0;
    (void)fclose(file);
    int code;
    if (failed || size == SB_SECRET_FILE_SIZE) {
        code = sb_fail(err, SB_EINVALID, failed ? "%s can't be read" : "%s is too long", path);
    } else {
        code = s_check(path, prefix, secret_r, err);
    }
    if (code) {
        sb_wipe(secret_r, SB_SECRET_FILE_SIZE);
    }
    return code;
}
