/* duo_sign.h: how a request to Duo's Auth API is signed, in its versions 2 and 5. Pure.
 *
 * What is signed is a text of lines: date, method, host, path, parameters; version 5, whose
 * parameters are a JSON body, adds hashes of the body and of the headers that Duo defines. The
 * signature is the HMAC-SHA-512 of it under the integration's secret key. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypto.h"

#define DUO_PARAMS_MAX 16
#define DUO_SIGNATURE_SIZE (2 * SB_SHA512_SIZE + 1)
#define DUO_DATE_SIZE 48

typedef struct {
    const char *name;
    const char *value; /* NULL: the parameter is left out */
} duo_param_t;

/* Appends text, every byte but A-Z a-z 0-9 - . _ ~ as %XX. */
void duo_encode(sb_buf_t *out, const char *text);
/* Appends name=value&..., encoded and in the order of the encoded names: what is signed, and the
 * query or form that is sent. At most DUO_PARAMS_MAX; no name comes twice. */
void duo_params(sb_buf_t *out, const duo_param_t *params, size_t len);

/* The time as Duo wants it in the header Date: "Tue, 21 Aug 2012 17:29:18 -0000". */
void duo_date(int64_t unix_s, char out[DUO_DATE_SIZE]);

typedef struct {
    int version; /* 2 or 5 */
    const char *date;
    const char *method;
    const char *host; /* without a port; its case does not matter */
    const char *path;
    const char *params;  /* of duo_params; "" if there are none, or they are in a JSON body */
    const char *body;    /* counts in version 5 */
    const char *headers; /* those that begin with X-Duo-, as name NUL value NUL name ..., lower */
    size_t headers_size; /* case names, sorted; counts in version 5; 0: none */
} duo_signed_t;

/* Appends the text that is signed. */
void duo_canonical(sb_buf_t *out, const duo_signed_t *what);
void duo_sign(const duo_signed_t *what, const char *secret_key, char out[DUO_SIGNATURE_SIZE]);
