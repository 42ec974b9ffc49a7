/* ctl_config.c. botctl's keys, and which file they come from. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/botctl/ctl.h"

#define ENDPOINT_SIZE_MAX 512
#define SOCK(name) "ipc:///run/securitybot/" name ".sock"
#define AT(member) offsetof(ctl_config_t, member)

/* clang-format off */
const sb_key_t ctl_keys[] = {
    {"keys.dir", SB_PATH, AT(keys_dir), "/etc/securitybot/keys", 1, 4096, NULL, 0,
     "folder with botctl.key and the public keys of all roles"},
    {"request.timeout", SB_DURATION, AT(timeout_ms), "5s", 100, 600000, NULL, 0,
     "how long an answer is waited for"},
    {"taskd.endpoint", SB_STRING, AT(taskd), "tcp://127.0.0.1:7301", 1, ENDPOINT_SIZE_MAX, NULL,
     SB_CONFIG_ENDPOINT,
     "where taskd takes requests"},
    {"taskd.hints", SB_STRING, AT(hints), "tcp://127.0.0.1:7302", 1, ENDPOINT_SIZE_MAX, NULL,
     SB_CONFIG_ENDPOINT,
     "where taskd tells of changes"},
    {"taskd.control", SB_STRING, AT(taskd_control), SOCK("taskd"), 1, ENDPOINT_SIZE_MAX, NULL,
     SB_CONFIG_ENDPOINT,
     "where taskd answers ping and stats"},
    {"botd.endpoint", SB_STRING, AT(botd), "tcp://127.0.0.1:7311", 1, ENDPOINT_SIZE_MAX, NULL,
     SB_CONFIG_ENDPOINT,
     "where botd takes requests"},
    {"botd.control", SB_STRING, AT(botd_control), SOCK("botd"), 1, ENDPOINT_SIZE_MAX, NULL,
     SB_CONFIG_ENDPOINT,
     "where botd answers ping and stats"},
    {"chatd.control", SB_STRING, AT(chatd_control), SOCK("chatd"), 1, ENDPOINT_SIZE_MAX, NULL,
     SB_CONFIG_ENDPOINT,
     "where chatd answers ping and stats"},
    {"authd.control", SB_STRING, AT(authd_control), SOCK("authd"), 1, ENDPOINT_SIZE_MAX, NULL,
     SB_CONFIG_ENDPOINT,
     "where authd answers ping and stats"},
    {"webd.control", SB_STRING, AT(webd_control), SOCK("webd"), 1, ENDPOINT_SIZE_MAX, NULL,
     SB_CONFIG_ENDPOINT,
     "where webd answers ping and stats"},
    {"totp.key_file", SB_PATH, AT(totp_key_file), "/etc/securitybot/keys/totp.key", 1, 4096, NULL,
     0,
     "the key that seals factor secrets, the same as authd's"},
    {"chat.url", SB_STRING, AT(chat_url), "http://127.0.0.1:8080/", 1, ENDPOINT_SIZE_MAX, NULL, 0,
     "the built-in web chat"},
    {"page.url", SB_STRING, AT(page_url), "", 0, ENDPOINT_SIZE_MAX, NULL, 0,
     "where people reach webd, the same as authd's"},
};
/* clang-format on */
const size_t ctl_keys_len = sizeof ctl_keys / sizeof ctl_keys[0];

int ctl_config_load(const char *file, ctl_config_t *config, sb_err_t *err)
{
    assert(config);
    assert(err);
    if (!file) {
        file = getenv(CTL_CONFIG_ENV);
    }
    if (!file && access(CTL_CONFIG_FILE, F_OK) == 0) {
        file = CTL_CONFIG_FILE;
    }
    return sb_config_load(ctl_keys, ctl_keys_len, file, config, err);
}

const ctl_service_t ctl_services[] = {
    {"taskd", SB_ROLE_TASKD, AT(taskd_control), false},
    {"botd",  SB_ROLE_BOTD,  AT(botd_control),  false},
    {"chatd", SB_ROLE_CHATD, AT(chatd_control), false},
    {"authd", SB_ROLE_AUTHD, AT(authd_control), false},
    {"webd",  SB_ROLE_WEBD,  AT(webd_control),  true },
};
const size_t ctl_services_len = sizeof ctl_services / sizeof ctl_services[0];

const ctl_service_t *ctl_service_find(const char *name)
{
    assert(name);
    for (size_t i = 0; i < ctl_services_len; i++) {
        if (strcmp(ctl_services[i].name, name) == 0) {
            return &ctl_services[i];
        }
    }
    return NULL;
}

const char *ctl_service_control(const ctl_config_t *config, const ctl_service_t *service)
{
    assert(config);
    assert(service);
    return *(char *const *)((const char *)config + service->control_offset);
}
