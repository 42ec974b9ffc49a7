/* crypto.c. Each primitive is one call of OpenSSL's one-shot or EVP interface. A failure of those
 * with arguments of ours means no memory or a broken library: as with our own allocations, there is
 * nothing sensible to go on with. */
#include "lib/crypto.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mem.h"

#define MARK_SIZE sizeof s_mark
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define SEAL_HEAD_SIZE (MARK_SIZE + NONCE_SIZE + TAG_SIZE)
#define KEY_DIGITS ((size_t)SB_KEY_SIZE * 2)

static const uint8_t s_mark[] = {'v', '1'};

static void s_must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "crypto: %s failed\n", what);
        abort();
    }
}

void sb_random(void *out, size_t size)
{
    uint8_t *at = out;
    while (size > 0) {
        const ssize_t got = getrandom(at, size, 0);
        s_must(got > 0 || errno == EINTR, "the system's random generator");
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
}

void sb_crypto_thread_end(void)
{
    OPENSSL_thread_stop();
}

void sb_sha256(const void *data, size_t size, uint8_t out[SB_SHA256_SIZE])
{
    s_must(EVP_Digest(data, size, out, NULL, EVP_sha256(), NULL) == 1, "SHA-256");
}

void sb_sha512(const void *data, size_t size, uint8_t out[SB_SHA512_SIZE])
{
    s_must(EVP_Digest(data, size, out, NULL, EVP_sha512(), NULL) == 1, "SHA-512");
}

void sb_hmac_sha1(const void *key, size_t key_size, const void *data, size_t size, uint8_t out[20])
{
    assert(key_size <= INT_MAX);
    unsigned got = 0;
    const uint8_t *done = HMAC(EVP_sha1(), key, (int)key_size, data, size, out, &got);
    s_must(done && got == 20, "HMAC-SHA-1");
}

void sb_hmac_sha256(const void *key, size_t key_size, const void *data, size_t size,
                    uint8_t out[SB_SHA256_SIZE])
{
    assert(key_size <= INT_MAX);
    unsigned got = 0;
    const uint8_t *done = HMAC(EVP_sha256(), key, (int)key_size, data, size, out, &got);
    s_must(done && got == SB_SHA256_SIZE, "HMAC-SHA-256");
}

void sb_hmac_sha512(const void *key, size_t key_size, const void *data, size_t size,
                    uint8_t out[SB_SHA512_SIZE])
{
    assert(key_size <= INT_MAX);
    unsigned got = 0;
    const uint8_t *done = HMAC(EVP_sha512(), key, (int)key_size, data, size, out, &got);
    s_must(done && got == SB_SHA512_SIZE, "HMAC-SHA-512");
}

bool sb_equal(const void *a, const void *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}

/* A context with key, nonce and aad given, ready for the text. */
static EVP_CIPHER_CTX *s_gcm(bool seal, const uint8_t *key, const uint8_t *nonce, const char *aad)
{
    const size_t aad_size = strlen(aad);
    assert(aad_size <= INT_MAX);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    s_must(ctx, "AES-GCM");
    s_must(EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce, seal) == 1, "AES-GCM key");
    int got = 0;
    s_must(EVP_CipherUpdate(ctx, NULL, &got, (const uint8_t *)aad, (int)aad_size) == 1,
           "AES-GCM aad");
    return ctx;
}

void sb_seal(const uint8_t key[SB_KEY_SIZE], const char *aad, const void *plain, size_t size,
             uint8_t **out_r, size_t *out_size_r)
{
    assert(key && aad && (plain || size == 0) && out_r && out_size_r);
    assert(size <= INT_MAX - SEAL_HEAD_SIZE);
    uint8_t *out = sb_alloc(SEAL_HEAD_SIZE + size);
    uint8_t *nonce = out + MARK_SIZE;
    uint8_t *tag = nonce + NONCE_SIZE;
    memcpy(out, s_mark, MARK_SIZE);
    sb_random(nonce, NONCE_SIZE);
    EVP_CIPHER_CTX *ctx = s_gcm(true, key, nonce, aad);
    int got = 0;
    if (size > 0) {
        s_must(EVP_CipherUpdate(ctx, out + SEAL_HEAD_SIZE, &got, plain, (int)size) == 1, "sealing");
    }
    int rest = 0;
    s_must(EVP_CipherFinal_ex(ctx, out + SEAL_HEAD_SIZE + got, &rest) == 1, "sealing");
    s_must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag) == 1, "the seal's tag");
    EVP_CIPHER_CTX_free(ctx);
    *out_r = out;
    *out_size_r = SEAL_HEAD_SIZE + size;
}

int sb_open(const uint8_t key[SB_KEY_SIZE], const char *aad, const void *sealed, size_t size,
            uint8_t **plain_r, size_t *plain_size_r, sb_err_t *err)
{
    assert(key && aad && (sealed || size == 0) && plain_r && plain_size_r);
    const uint8_t *in = sealed;
    if (size < SEAL_HEAD_SIZE || size > INT_MAX || memcmp(in, s_mark, MARK_SIZE) != 0) {
        return sb_fail(err, SB_EINVALID, "not a sealed text of version 1");
    }
    uint8_t tag[TAG_SIZE];
    memcpy(tag, in + MARK_SIZE + NONCE_SIZE, TAG_SIZE);
    const size_t plain_size = size - SEAL_HEAD_SIZE;
    uint8_t *plain = sb_alloc(plain_size + 1); /* a NUL follows, for texts */
    EVP_CIPHER_CTX *ctx = s_gcm(false, key, in + MARK_SIZE, aad);
    int got = 0;
    if (plain_size > 0) {
        s_must(EVP_CipherUpdate(ctx, plain, &got, in + SEAL_HEAD_SIZE, (int)plain_size) == 1,
               "opening a seal");
    }
    s_must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) == 1, "the seal's tag");
    int rest = 0;
    const int fits = EVP_CipherFinal_ex(ctx, plain + got, &rest);
    EVP_CIPHER_CTX_free(ctx);
    if (fits != 1) {
        sb_wipe(plain, plain_size);
        free(plain);
        return sb_fail(err, SB_EINVALID, "key, owner and sealed text don't belong together");
    }
    *plain_r = plain;
    *plain_size_r = plain_size;
    return SB_OK;
}

/* ---- Key files. */

/* Reads to the end of the file or to room bytes; -1 and errno when it can't. */
static ssize_t s_read_all(int fd, char *out, size_t room)
{
    size_t len = 0;
    while (len < room) {
        const ssize_t got = read(fd, out + len, room - len);
        if (got < 0 && errno != EINTR) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        len += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)len;
}

static int s_key_read(int fd, const char *path, uint8_t key_r[SB_KEY_SIZE], sb_err_t *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return sb_fail(err, SB_EINVALID, "%s: %m", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return sb_fail(err, SB_EINVALID, "%s: not a regular file", path);
    }
    if ((st.st_mode & 07777 & ~(mode_t)0640) != 0) {
        return sb_fail(err, SB_EINVALID, "%s: mode %04o lets others at the key; at most 0640", path,
                       (unsigned)(st.st_mode & 07777));
    }
    char text[KEY_DIGITS + 2]; /* room for one byte too many */
    const ssize_t len = s_read_all(fd, text, sizeof text);
    int rc = SB_OK;
    if (len < 0) {
        rc = sb_fail(err, SB_EINVALID, "%s: %m", path);
    } else if (((size_t)len != KEY_DIGITS && (size_t)len != KEY_DIGITS + 1) ||
               ((size_t)len == KEY_DIGITS + 1 && text[KEY_DIGITS] != '\n') ||
               sb_unhex(text, KEY_DIGITS, key_r, err) != SB_OK) {
        /* Says nothing of the content: it is a secret, if a broken one. */
        rc = sb_fail(err, SB_EINVALID, "%s: not %zu hex digits and a newline", path, KEY_DIGITS);
    }
    sb_wipe(text, sizeof text);
    return rc;
}

int sb_key_file_load(const char *path, uint8_t key_r[SB_KEY_SIZE], sb_err_t *err)
{
    assert(path && key_r);
    /* O_NONBLOCK: a FIFO must not hold up the start. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return sb_fail(err, errno == ENOENT ? SB_ENOTFOUND : SB_EINVALID, "%s: %m", path);
    }
    const int rc = s_key_read(fd, path, key_r, err);
    (void)close(fd);
    return rc;
}

static bool s_write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        const ssize_t put = write(fd, text, size);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        text += put > 0 ? put : 0;
        size -= put > 0 ? (size_t)put : 0;
    }
    return true;
}

int sb_key_file_make(const char *path, sb_err_t *err)
{
    assert(path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return sb_fail(err, errno == EEXIST ? SB_ECONFLICT : SB_EINVALID, "%s: %m", path);
    }
    uint8_t key[SB_KEY_SIZE];
    char text[KEY_DIGITS + 1];
    sb_random(key, sizeof key);
    sb_hex(key, sizeof key, text);
    text[KEY_DIGITS] = '\n';
    const bool written = s_write_all(fd, text, sizeof text) && fsync(fd) == 0;
    const int why = errno;
    sb_wipe(key, sizeof key);
    sb_wipe(text, sizeof text);
    if (close(fd) != 0 || !written) {
        errno = written ? errno : why;
        (void)sb_fail(err, SB_EINVALID, "%s: %m", path);
        (void)unlink(path);
        return err->code;
    }
    return SB_OK;
}
