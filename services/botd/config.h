/* config.h: botd's keys, and the policy that is made of them. */
#pragma once

#include "lib/daemon.h"
#include "services/botd/policy.h"

typedef struct {
    sb_common_t common;
    char *bind;
    char *taskd;
    char *taskd_hints;
    int64_t answer_ms;
    int64_t proof_ms;
    int64_t codes_max;
    char **factors;
    char *strength;
    char **push_titles;
    char **passkey_titles;
    int64_t proofs_per_hour;
    int64_t proofs_per_day;
    int64_t cooloff_ms;
    int64_t fraud_cooloff_ms;
    bool hours_enabled;
    char *hours_zone;
    char **hours_days;
    char *hours_open;
    char *hours_close;
    int64_t automute_ms;
    int64_t ignore_max_ms;
    char **never_mute;
    char *messages_path;
    char *commands_path;
} botd_config_t;

extern const sb_key_t botd_keys[];
extern const size_t botd_keys_len;

/* For --check: everything that botd_policy_new would refuse. */
SB_MUSTCHECK int botd_config_check(void *config, sb_err_t *err);

/* A policy and all it points to; keeps nothing of config. */
policy_t *botd_policy_new(const botd_config_t *config, sb_err_t *err);
void botd_policy_destroy(policy_t **self_p);
