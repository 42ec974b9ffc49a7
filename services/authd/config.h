/* config.h: every key of authd's configuration. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/config.h"
#include "lib/daemon.h"

#define AUTHD_BOTDS_MAX 8   /* botd.endpoints */
#define AUTHD_ORIGINS_MAX 8 /* webauthn.origins */
#define AUTHD_MEANS_MAX 8   /* oidc.acr_values, oidc.require_amr */

/* Where a code is typed. */
enum { AUTHD_ENTRY_CHAT, AUTHD_ENTRY_PAGE };
enum { AUTHD_DUO_V2, AUTHD_DUO_V5 };
/* Whether codes of Okta Verify are asked for, and where. */
enum { AUTHD_CODES_OFF, AUTHD_CODES_CHAT };

typedef struct {
    sb_common_t common;
    char *taskd;                   /* taskd.endpoint */
    char *taskd_hints;             /* taskd.hints; used if page.url is set */
    char **botd;                   /* botd.endpoints */
    int64_t credit;                /* worker.credit */
    char **factors;                /* factors */
    char *page_url;                /* page.url; "": there is no page */
    char *page_key_file;           /* page.key_file */
    char *totp_key_file;           /* totp.key_file */
    int totp_entry;                /* totp.entry: AUTHD_ENTRY_ */
    char *webauthn_rp_id;          /* webauthn.rp_id */
    char **webauthn_origins;       /* webauthn.origins */
    char *duo_api_host;            /* duo.api_host */
    char *duo_integration_key;     /* duo.integration_key */
    char *duo_secret_key_file;     /* duo.secret_key_file */
    char *duo_ca_file;             /* duo.ca_file; "": the pinned authorities */
    bool duo_require_number;       /* duo.require_number */
    int duo_signature_version;     /* duo.signature_version: AUTHD_DUO_ */
    char *okta_url;                /* okta.url */
    char *okta_token_file;         /* okta.token_file; "": OAuth */
    char *okta_client_id;          /* okta.client_id */
    char *okta_private_key_file;   /* okta.private_key_file */
    char *okta_login_suffix;       /* okta.login_suffix */
    int okta_codes;                /* okta.codes: AUTHD_CODES_ */
    char *okta_ca_file;            /* okta.ca_file; "": the system's */
    char *oidc_issuer;             /* oidc.issuer */
    char *oidc_client_id;          /* oidc.client_id */
    char *oidc_client_secret_file; /* oidc.client_secret_file */
    char *oidc_redirect_url;       /* oidc.redirect_url; "": under page.url */
    char *oidc_claim;              /* oidc.claim */
    char *oidc_claim_suffix;       /* oidc.claim_suffix */
    char **oidc_acr_values;        /* oidc.acr_values */
    char **oidc_require_amr;       /* oidc.require_amr */
    int64_t oidc_max_age;          /* oidc.max_age, in seconds */
    char *oidc_ca_file;            /* oidc.ca_file; "": the system's */
} authd_config_t;

extern const sb_key_t authd_keys[];
extern const size_t authd_keys_len;
