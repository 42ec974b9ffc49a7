/* config.h: every key of webd's configuration. */
#pragma once

#include <stddef.h>

#include "lib/config.h"
#include "lib/daemon.h"

typedef struct {
    sb_common_t common;
    char *taskd;         /* taskd.endpoint */
    char *taskd_hints;   /* taskd.hints */
    char *listen;        /* listen */
    bool open;           /* open */
    char *page_url;      /* page.url: an origin, as browsers write it */
    char *rp_id;         /* webauthn.rp_id; "": the host of page.url */
    char *tls_cert_file; /* tls.cert_file; "": no TLS */
    char *tls_key_file;  /* tls.key_file */
} webd_config_t;

extern const sb_key_t webd_keys[];
extern const size_t webd_keys_len;

/* The rows together: where it listens suits what it speaks, and passkeys belong to page.url. */
SB_MUSTCHECK int webd_config_check(void *config, sb_err_t *err);

/* The id that passkeys are made for; the caller frees it. */
char *webd_config_rp_id(const webd_config_t *self);
/* Whether browsers reach us by https. */
bool webd_config_secure(const webd_config_t *self);
