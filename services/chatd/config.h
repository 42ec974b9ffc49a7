/* config.h: chatd's keys. */
#pragma once

#include "lib/daemon.h"

#define CHATD_BOTDS_MAX 16 /* addresses of botd */

#define SLACK_BOT_TOKEN_PREFIX "xoxb-"
#define SLACK_APP_TOKEN_PREFIX "xapp-"

typedef struct {
    sb_common_t common;
    int driver; /* index into CHAT_DRIVERS */
    char *taskd;
    char *taskd_hints;
    char **botds;
    int64_t credit;
    char *local_listen;
    bool local_open;
    char **local_hosts;
    char *local_people_file;
    char *local_channel;
    char *slack_api_url;
    char *slack_bot_token_file;
    char *slack_app_token_file;
    char *slack_signing_secret_file;
    char *slack_events_listen; /* "": Socket Mode */
    char *slack_reporting_channel;
    char *slack_ca_file;
    int slack_username; /* slack_username_t */
    int64_t slack_pace;
} chatd_config_t;

extern const sb_key_t chatd_keys[];
extern const size_t chatd_keys_len;

/* What no single row can say: that only loopback is listened on unless that was asked for, that the
 * file of people can be read, that Slack's tokens are there. */
SB_MUSTCHECK int chatd_config_check(void *config, sb_err_t *err);
