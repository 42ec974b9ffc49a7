/* cose.c. A SubjectPublicKeyInfo of either kind is a constant head and the key's bytes. So the head
 * says which kind it is, to the byte, and what OpenSSL must judge are the point and the signature.
 */
#include "lib/cose.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#define PARAMETERS_MAX 8 /* of one key; ours have 4 or 5, RSA 4 */
#define COORDINATE_SIZE 32

enum { KTY = 1, ALG = 3, CRV = -1, X = -2, Y = -3 }; /* labels */
enum { OKP = 1, EC2 = 2, P_256 = 1, ED25519 = 6 };   /* values */

/* A key's parameter whose value is a number or bytes; of other kinds only the label counts. */
typedef struct {
    int64_t label;
    sb_cbor_item_t value;
} parameter_t;

typedef struct {
    size_t n;
    parameter_t all[PARAMETERS_MAX];
} parameters_t;

static const uint8_t s_p256_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                      0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                      0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
static const uint8_t s_ed25519_head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                         0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

static const parameter_t *s_find(const parameters_t *self, int64_t label)
{
    for (size_t i = 0; i < self->n; i++) {
        if (self->all[i].label == label) {
            return &self->all[i];
        }
    }
    return NULL;
}

static bool s_is(const parameters_t *self, int64_t label, int64_t want)
{
    const parameter_t *found = s_find(self, label);
    int64_t number = 0;
    return found && sb_cbor_int(&found->value, &number) && number == want;
}

/* The bytes of a coordinate; NULL if there is none. */
static const uint8_t *s_coordinate(const parameters_t *self, int64_t label)
{
    const parameter_t *found = s_find(self, label);
    const bool fits =
        found && found->value.kind == SB_CBOR_BYTES && found->value.bytes.size == COORDINATE_SIZE;
    return fits ? found->value.bytes.data : NULL;
}

static int s_read_parameter(sb_cbor_t *cbor, parameters_t *self, sb_err_t *err)
{
    parameter_t *parameter = &self->all[self->n];
    sb_cbor_item_t label;
    int rc = sb_cbor_next(cbor, &label, err);
    if (rc != SB_OK) {
        return rc;
    }
    if (!sb_cbor_int(&label, &parameter->label)) {
        return sb_fail(err, SB_EINVALID, "a label that is no number");
    }
    sb_cbor_t inside = *cbor; /* the head alone of a value that we have no use for */
    rc = sb_cbor_next(&inside, &parameter->value, err);
    if (rc == SB_OK) {
        rc = sb_cbor_skip(cbor, err);
    }
    self->n += rc == SB_OK;
    return rc;
}

static int s_read_parameters(sb_cbor_t *cbor, parameters_t *self, sb_err_t *err)
{
    sb_cbor_item_t map;
    int rc = sb_cbor_next(cbor, &map, err);
    if (rc == SB_OK && map.kind != SB_CBOR_MAP) {
        rc = sb_fail(err, SB_EINVALID, "it is no map");
    } else if (rc == SB_OK && map.number > PARAMETERS_MAX) {
        rc = sb_fail(err, SB_EINVALID, "%" PRIu64 " parameters, %d are the most", map.number,
                     PARAMETERS_MAX);
    }
    for (uint64_t i = 0; rc == SB_OK && i < map.number; i++) {
        rc = s_read_parameter(cbor, self, err);
    }
    return rc;
}

/* The kept key as OpenSSL wants it; NULL if it is none of this algorithm. */
static EVP_PKEY *s_open(sb_cose_algorithm_t algorithm, sb_bytes_t spki)
{
    const bool ec = algorithm == SB_COSE_ES256;
    const uint8_t *head = ec ? s_p256_head : s_ed25519_head;
    const size_t head_size = ec ? sizeof s_p256_head : sizeof s_ed25519_head;
    const size_t size = head_size + (ec ? (size_t)2 : (size_t)1) * COORDINATE_SIZE;
    if (spki.size != size || memcmp(spki.data, head, head_size) != 0) {
        return NULL;
    }
    const unsigned char *at = spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.size); /* fails for a point off the curve */
    ERR_clear_error(); /* the queue is the thread's, and others read it */
    return key;
}

static void s_append(sb_cose_key_t *key, const uint8_t *data, size_t size)
{
    memcpy(key->spki + key->spki_size, data, size);
    key->spki_size += size;
}

/* As many parameters as are needed, and each of them there: so none is there twice. */
static int s_take_ec2(const parameters_t *parameters, sb_cose_key_t *key, sb_err_t *err)
{
    const uint8_t *x = s_coordinate(parameters, X);
    const uint8_t *y = s_coordinate(parameters, Y);
    if (parameters->n != 5 || !s_is(parameters, KTY, EC2) || !s_is(parameters, CRV, P_256) || !x ||
        !y) {
        return sb_fail(err, SB_EINVALID, "ES256, but not a whole point of P-256 and nothing else");
    }
    s_append(key, s_p256_head, sizeof s_p256_head);
    s_append(key, x, COORDINATE_SIZE);
    s_append(key, y, COORDINATE_SIZE);
    return SB_OK;
}

static int s_take_okp(const parameters_t *parameters, sb_cose_key_t *key, sb_err_t *err)
{
    int64_t curve = 0;
    const parameter_t *crv = s_find(parameters, CRV);
    if (!s_is(parameters, KTY, OKP) || !crv || !sb_cbor_int(&crv->value, &curve)) {
        return sb_fail(err, SB_EINVALID, "EdDSA, but no curve of the Edwards kind");
    }
    if (curve != ED25519) {
        return sb_fail(err, SB_EUNKNOWN, "EdDSA on curve %" PRId64 ", Ed25519 alone is taken",
                       curve);
    }
    const uint8_t *x = s_coordinate(parameters, X);
    if (parameters->n != 4 || !x) {
        return sb_fail(err, SB_EINVALID, "EdDSA, but not a key of Ed25519 and nothing else");
    }
    s_append(key, s_ed25519_head, sizeof s_ed25519_head);
    s_append(key, x, COORDINATE_SIZE);
    return SB_OK;
}

static int s_take(const parameters_t *parameters, sb_cose_key_t *key, sb_err_t *err)
{
    int64_t algorithm = 0;
    const parameter_t *alg = s_find(parameters, ALG);
    if (!alg || !sb_cbor_int(&alg->value, &algorithm)) {
        return sb_fail(err, SB_EINVALID, "it names no algorithm");
    }
    if (algorithm != SB_COSE_ES256 && algorithm != SB_COSE_EDDSA) {
        return sb_fail(err, SB_EUNKNOWN, "algorithm %" PRId64 ", ES256 and EdDSA alone are taken",
                       algorithm);
    }
    key->algorithm = (sb_cose_algorithm_t)algorithm;
    const int rc = algorithm == SB_COSE_ES256 ? s_take_ec2(parameters, key, err)
                                              : s_take_okp(parameters, key, err);
    if (rc != SB_OK) {
        return rc;
    }
    EVP_PKEY *opened = s_open(key->algorithm, (sb_bytes_t){key->spki, key->spki_size});
    if (!opened) {
        return sb_fail(err, SB_EINVALID, "its point is not on the curve");
    }
    EVP_PKEY_free(opened);
    return SB_OK;
}

int sb_cose_key_read(sb_cbor_t *cbor, sb_cose_key_t *key_r, sb_err_t *err)
{
    assert(cbor && key_r && err);
    parameters_t parameters = {0};
    sb_cbor_t ahead = *cbor;
    sb_cose_key_t key = {0};
    int rc = s_read_parameters(&ahead, &parameters, err);
    if (rc == SB_OK) {
        rc = s_take(&parameters, &key, err);
    }
    if (rc != SB_OK) {
        return sb_fail_in(err, "public key");
    }
    *cbor = ahead;
    *key_r = key;
    return SB_OK;
}

int sb_cose_verify(int64_t algorithm, sb_bytes_t spki, sb_bytes_t message, sb_bytes_t signature,
                   sb_err_t *err)
{
    assert(err);
    if (algorithm != SB_COSE_ES256 && algorithm != SB_COSE_EDDSA) {
        return sb_fail(err, SB_EUNKNOWN, "algorithm %" PRId64 ", ES256 and EdDSA alone are taken",
                       algorithm);
    }
    EVP_PKEY *key = s_open((sb_cose_algorithm_t)algorithm, spki);
    if (!key) {
        return sb_fail(err, SB_EINVALID, "the kept key is no key of algorithm %" PRId64, algorithm);
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *digest = algorithm == SB_COSE_ES256 ? EVP_sha256() : NULL;
    const bool good =
        context && EVP_DigestVerifyInit(context, NULL, digest, NULL, key) == 1 &&
        EVP_DigestVerify(context, signature.data, signature.size, message.data, message.size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return good ? SB_OK : sb_fail(err, SB_EFORBIDDEN, "the signature is not of this key");
}
