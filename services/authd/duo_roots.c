/* duo_roots.c. The chosen certificates stand in a file in memory, under a path that libcurl can
 * open: so they are read once, and cached by libcurl, like any other file of certificates. */
#include "services/authd/duo_roots.h"

#include <assert.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/mem.h"

#define CERTIFICATES_MAX 10000 /* in one file */

/* SHA-256 of the authorities' keys (SubjectPublicKeyInfo). */
/* clang-format off */
static const char *const s_pins[] = {
    "fbe3018031f9586bcbf41727e417b7d1c45c2f47f93be372a17b96b50757d5a2", /* Amazon Root CA 1 */
    "7f4296fc5b6a4e3b35d3c369623e364ab1af381d8fa7121533c9d6c633ea2461", /* Amazon Root CA 2 */
    "36abc32656acfc645c61b71613c4bf21c787f5cabbee48348d58597803d7abc9", /* Amazon Root CA 3 */
    "f7ecded5c66047d28ed6466b543c40e0743abe81d109254dcf845d4c2c7853c5", /* Amazon Root CA 4 */
    "5a889647220e54d6bd8a16817224520bb5c78e58984bd570506388b9de0f075f", /* DigiCert High Assurance EV Root CA */
    "a02fafa192c8cb81cb1341554f9c05b71cca2a890b0d1298d683647c961efbdf", /* DigiCert TLS ECC P384 Root G5 */
    "6a97b51c8219e93e5dec64bad5806cdeb0f8355be47e757010b702456e01aafd", /* DigiCert TLS RSA4096 Root G5 */
    "55f77de41c03792428f8d518c55104225be43a5598d926a528ad653e1ccec7bf", /* GTS Root R2 */
    "9847e5653e5e9e847516e5cb818606aa7544a19be67fd7366d506988e8d84347", /* GTS Root R4 */
    "e04a022ce32f4ccf2c7f6046287b828a32a909f5e751447f83fd2c71f6fd8173", /* GlobalSign Root E46 */
    "ae7f962cb9e6a7dbf7b833fb18fa9b71a89175df949c232b6a9ef7cb3df2bbfc", /* GlobalSign Root R46 */
    "07e854f26a7cbd389927aa041bfef1b6cd21dd143818ad947dc655a9e587fe88", /* IdenTrust Commercial Root CA 1 */
    "58dd61feb36ea7d258724371709149cb121337864cacb2d0999ad20739d06477", /* IdenTrust Public Sector Root CA 1 */
    "808d68b3fab4884a5f971ace7d10550d7a95a163774f3ec36afffb213fbe4c74", /* Starfield Root Certificate Authority - G2 */
    "2b071c59a0a0ae76b0eadb2bad23bad4580b69c3601b630c2eaf0613afa83f92", /* Starfield Services Root Certificate Authority - G2 */
};
/* clang-format on */

struct duo_roots {
    char *path;
    size_t len;
    int fd; /* of the file in memory; -1: path is the operator's */
};

static bool s_is_pinned(X509 *certificate)
{
    uint8_t *key = NULL;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    if (size <= 0) {
        return false;
    }
    uint8_t hash[SB_SHA256_SIZE];
    char hex[2 * sizeof hash + 1];
    sb_sha256(key, (size_t)size, hash);
    sb_hex(hash, sizeof hash, hex);
    OPENSSL_free(key);
    for (size_t i = 0; i < sizeof s_pins / sizeof s_pins[0]; i++) {
        if (strcmp(s_pins[i], hex) == 0) {
            return true;
        }
    }
    return false;
}

/* How many certificates of in are taken: all, or, if out is there, those that are pinned, which are
 * written to it. Stops at the first thing that is none. */
static size_t s_sift(BIO *in, BIO *out)
{
    size_t taken = 0;
    for (size_t i = 0; i < CERTIFICATES_MAX; i++) {
        X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
        if (!certificate) {
            break;
        }
        if (!out || (s_is_pinned(certificate) && PEM_write_bio_X509(out, certificate) == 1)) {
            taken++;
        }
        X509_free(certificate);
    }
    return taken;
}

static int s_read(duo_roots_t *self, const char *file, BIO *out, sb_err_t *err)
{
    BIO *in = BIO_new_file(file, "r");
    if (!in) {
        return sb_fail(err, SB_ENOTFOUND, "%s: can't be read", file);
    }
    self->len = s_sift(in, out);
    BIO_free(in);
    if (self->len > 0) {
        return SB_OK;
    }
    return sb_fail(err, SB_EINVALID, "%s: %s", file,
                   out ? "none of the authorities that Duo's clients trust is in it"
                       : "no certificate is in it (PEM)");
}

/* A file in memory with those of system_file that are pinned. */
static int s_pin(duo_roots_t *self, const char *system_file, sb_err_t *err)
{
    self->fd = memfd_create("duo-roots", MFD_CLOEXEC);
    if (self->fd < 0) {
        return sb_fail(err, SB_EINTERNAL, "no file in memory can be made");
    }
    self->path = sb_format("/proc/self/fd/%d", self->fd);
    BIO *out = BIO_new_fd(self->fd, BIO_NOCLOSE);
    assert(out); /* else memory is out */
    const int code = s_read(self, system_file, out, err);
    BIO_free(out);
    return code;
}

duo_roots_t *duo_roots_new(const char *ca_file, const char *system_file, sb_err_t *err)
{
    assert(ca_file && system_file && err);
    duo_roots_t *self = sb_alloc(sizeof *self);
    self->fd = -1;
    int code;
    if (ca_file[0]) {
        self->path = sb_strdup(ca_file);
        code = s_read(self, ca_file, NULL, err);
    } else {
        code = s_pin(self, system_file, err);
    }
    if (code) {
        duo_roots_destroy(&self);
    }
    return self;
}

void duo_roots_destroy(duo_roots_t **self_p)
{
    duo_roots_t *self = *self_p;
    if (!self) {
        return;
    }
    if (self->fd >= 0) {
        (void)close(self->fd);
    }
    free(self->path);
    free(self);
    *self_p = NULL;
}

const char *duo_roots_path(const duo_roots_t *self)
{
    return self->path;
}

size_t duo_roots_len(const duo_roots_t *self)
{
    return self->len;
}
