#include "services/authd/config.h"

#include "proto/authd.h"
#include "proto/bus.h"

#define AT(member) offsetof(authd_config_t, member)

/* clang-format off */
const sb_key_t authd_keys[] = {
    SB_COMMON_KEYS(authd_config_t, "ipc:///run/securitybot/authd.sock"),
    {"taskd.endpoint", SB_STRING, AT(taskd), "tcp://127.0.0.1:7301", 1, 512, NULL,
     SB_CONFIG_ENDPOINT,
     "where taskd answers requests"},
    {"taskd.hints", SB_STRING, AT(taskd_hints), "tcp://127.0.0.1:7302", 1, 512, NULL,
     SB_CONFIG_ENDPOINT,
     "where taskd publishes hints; used if page.url is set"},
    {"botd.endpoints", SB_LIST, AT(botd), "tcp://127.0.0.1:7311", 1, AUTHD_BOTDS_MAX, NULL,
     SB_CONFIG_ENDPOINT,
     "every botd, leader and standbys, to which this worker goes"},
    {"worker.credit", SB_INTEGER, AT(credit), "4096", 1, SB_CREDIT_MAX, NULL, 0,
     "jobs from one botd at once"},
    {"factors", SB_LIST, AT(factors), "totp", 1, SB_DRIVERS_MAX, NULL, 0,
     "second factors, in the order in which they are tried if the policy names none"},
    {"page.url", SB_STRING, AT(page_url), "", 0, 400, NULL, 0,
     "where people reach webd, for links to the page, e.g. https://confirm.example.com"},
    {"page.key_file", SB_PATH, AT(page_key_file), "/etc/securitybot/keys/page.key", 1, 4096, NULL,
     0,
     "file with the key of the links to the page; the same for every authd"},
    {"totp.entry", SB_CHOICE, AT(totp_entry), "chat", 0, 0, "chat|page", 0,
     "where a code of factor totp is typed; page for Slack, where it would stay in the history"},
    {"webauthn.rp_id", SB_STRING, AT(webauthn_rp_id), "", 0, 253, NULL, 0,
     "the domain that passkeys are made for, e.g. confirm.example.com; the same in webd"},
    {"webauthn.origins", SB_LIST, AT(webauthn_origins), "", 0, AUTHD_ORIGINS_MAX, NULL, 0,
     "where passkeys may be used, e.g. https://confirm.example.com; the same in webd"},
    {"totp.key_file", SB_PATH, AT(totp_key_file), "/etc/securitybot/keys/totp.key", 1, 4096, NULL,
     0,
     "file with the key that the secrets of factor totp are sealed with"},
    {"duo.api_host", SB_STRING, AT(duo_api_host), "", 0, 260, NULL, 0,
     "Duo's host for this organisation, as the Duo Admin Panel shows it; maybe with a port"},
    {"duo.integration_key", SB_STRING, AT(duo_integration_key), "", 0, 64, NULL, 0,
     "integration key (client id) of the Auth API application at Duo"},
    {"duo.secret_key_file", SB_PATH, AT(duo_secret_key_file), "", 0, 4096, NULL, 0,
     "file with that application's secret key"},
    {"duo.ca_file", SB_PATH, AT(duo_ca_file), "", 0, 4096, NULL, 0,
     "file of certificates to trust for Duo instead of the few authorities that Duo's own clients trust"},
    {"duo.signature_version", SB_CHOICE, AT(duo_signature_version), "5", 0, 0, "2|5", 0,
     "how requests to Duo are signed"},
    {"okta.url", SB_STRING, AT(okta_url), "", 0, 260, NULL, 0,
     "address of the organisation at Okta, e.g. https://example.okta.com"},
    {"okta.token_file", SB_PATH, AT(okta_token_file), "", 0, 4096, NULL, 0,
     "file with a token of Okta's API; or else okta.client_id and okta.private_key_file"},
    {"okta.client_id", SB_STRING, AT(okta_client_id), "", 0, 64, NULL, 0,
     "client id of an API services application at Okta with the scope okta.users.manage"},
    {"okta.private_key_file", SB_PATH, AT(okta_private_key_file), "", 0, 4096, NULL, 0,
     "file with that application's private key in PEM, RSA or P-256"},
    {"okta.login_suffix", SB_STRING, AT(okta_login_suffix), "", 0, 190, NULL, 0,
     "what follows a person's username in their login at Okta, e.g. @example.com"},
    {"okta.codes", SB_CHOICE, AT(okta_codes), "off", 0, 0, "off|chat", 0,
     "whether who has no push of Okta Verify may type its codes in the chat; off for Slack"},
    {"okta.ca_file", SB_PATH, AT(okta_ca_file), "", 0, 4096, NULL, 0,
     "file of certificates to trust for Okta instead of the system's"},
};
/* clang-format on */
const size_t authd_keys_len = sizeof authd_keys / sizeof authd_keys[0];
