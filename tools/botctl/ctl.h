/* ctl.h: what every command works with: the configuration, our keys, the daemons, and the way to
 * say that something went wrong. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/config.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/keys.h"
#include "tools/botctl/command.h"

typedef struct {
    char *keys_dir;      /* keys.dir */
    char *taskd;         /* taskd.endpoint */
    char *hints;         /* taskd.hints */
    char *taskd_control; /* taskd.control */
    char *botd;          /* botd.endpoint */
    char *botd_control;  /* botd.control */
    char *chatd_control; /* chatd.control */
    char *authd_control; /* authd.control */
    char *webd_control;  /* webd.control */
    char *totp_key_file; /* totp.key_file */
    char *chat_url;      /* chat.url */
    char *page_url;      /* page.url; "": not known here */
    int64_t timeout_ms;  /* request.timeout */
} ctl_config_t;

extern const sb_key_t ctl_keys[];
extern const size_t ctl_keys_len;

/* file NULL: the one that SECURITYBOT_BOTCTL_CONFIG names, else CTL_CONFIG_FILE if it is there. */
#define CTL_CONFIG_FILE "/etc/securitybot/botctl.yaml"
#define CTL_CONFIG_ENV "SECURITYBOT_BOTCTL_CONFIG"
SB_MUSTCHECK int ctl_config_load(const char *file, ctl_config_t *config, sb_err_t *err);

/* One of the suite's daemons. */
typedef struct {
    const char *name;
    sb_role_t role;
    size_t control_offset; /* of its control endpoint in ctl_config_t */
    bool optional;         /* not everywhere: asked only by name */
} ctl_service_t;
extern const ctl_service_t ctl_services[];
extern const size_t ctl_services_len;
const ctl_service_t *ctl_service_find(const char *name); /* NULL: none */
const char *ctl_service_control(const ctl_config_t *config, const ctl_service_t *service);

/* Takes what the configuration holds. keys_dir (may be NULL) wins over its keys.dir. */
ctl_t *ctl_new(ctl_config_t *config, const char *keys_dir, const char *command);
void ctl_destroy(ctl_t **self_p);

const ctl_config_t *ctl_config(const ctl_t *self);
const char *ctl_keys_dir(const ctl_t *self);
/* Loaded at first use; NULL and err if that fails. Owned by self. */
sb_keys_t *ctl_load_keys(ctl_t *self, sb_err_t *err);

/* Lets us act as role where the folder has no key of botctl's own: a container that holds one
 * daemon's key alone. */
void ctl_act_as(ctl_t *self, sb_role_t role);

/* One request to taskd, botd, or the control socket of any. Takes the body; the caller owns
 * *reply_r. Errors say who did not answer, where, and what to look at. */
SB_MUSTCHECK int ctl_ask(ctl_t *self, sb_role_t server, const char *endpoint, const char *request,
                         cJSON **body_p, cJSON **reply_r, sb_err_t *err);
/* The same with a time-out of its own. */
SB_MUSTCHECK int ctl_ask_within(ctl_t *self, sb_role_t server, const char *endpoint,
                                const char *request, cJSON **body_p, int64_t timeout_ms,
                                cJSON **reply_r, sb_err_t *err);
SB_MUSTCHECK int ctl_ask_taskd(ctl_t *self, const char *request, cJSON **body_p, cJSON **reply_r,
                               sb_err_t *err);

/* Gives an error that came from our end of the bus (nobody there, key refused, no answer) a text
 * that helps, and puts the daemon's name before one that came from the daemon. Returns err->code.
 */
int ctl_explain(const ctl_t *self, sb_role_t server, const char *endpoint, int64_t timeout_ms,
                sb_err_t *err);

/* "botctl alert show: TEXT" on standard error; the exit status for its code. */
exit_code_t ctl_fail(const ctl_t *self, const sb_err_t *err);
/* The same for words that are wrong: EXIT_USAGE. */
exit_code_t ctl_usage(const ctl_t *self, const char *fmt, ...) SB_PRINTF(2, 3);
/* A line for the person, on standard error. */
void ctl_note(const char *fmt, ...) SB_PRINTF(1, 2);

/* The same for what only someone at a terminal wants to read: nothing if there is none. */
void ctl_advise(const char *fmt, ...) SB_PRINTF(1, 2);

/* One JSON line on standard output. Takes the value. */
void ctl_print_json(cJSON **json_p);

/* Who acts, for the audit trail: "botctl:" and the name of the user who runs us. */
const char *ctl_actor(const ctl_t *self);

/* A request to taskd whose answer holds nothing to show. Takes the body. */
exit_code_t ctl_do_taskd(ctl_t *self, const char *request, cJSON **body_p);
