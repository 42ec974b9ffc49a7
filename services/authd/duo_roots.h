/* duo_roots.h: the certificates that vouch for Duo: a file of the operator's, or, by default, of
 * all that the system trusts only those few authorities that Duo's own clients trust.
 *
 * They are known by the hashes of their keys; the certificates themselves are the system's. */
#pragma once

#include <stddef.h>

#include "lib/err.h"

#define DUO_SYSTEM_ROOTS "/etc/ssl/certs/ca-certificates.crt" /* Debian's */

typedef struct duo_roots duo_roots_t;

/* ca_file: PEM, taken as it is; "": those of system_file that Duo's clients trust. NULL and err if
 * there is no certificate. */
duo_roots_t *duo_roots_new(const char *ca_file, const char *system_file, sb_err_t *err);
void duo_roots_destroy(duo_roots_t **self_p);

/* Of a file with them, which is there as long as self. */
const char *duo_roots_path(const duo_roots_t *self);
size_t duo_roots_len(const duo_roots_t *self);
