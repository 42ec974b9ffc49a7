/* cmd_passkey.c: who has which passkey, and who may enrol one. The code of an invitation is made
 * here and shown once: the store gets its hash. */
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "proto/taskd.h"
#include "tools/botctl/cell.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/list.h"

/* ---- invite */

typedef struct {
    int64_t ttl_ms;
    bool json;
} invite_options_t;

static const opt_t s_invite_opts[] = {
    {"for",  0, OPT_DURATION, offsetof(invite_options_t, ttl_ms), "DURATION",
     "how long the code is good; at most 7d",                                                       "1d", 0, 1000, SB_INVITE_TTL_MS_MAX},
    {"json", 0, OPT_FLAG,     offsetof(invite_options_t, json),   0,          "as one JSON object", 0,    0, 0,    0                   },
};

static void s_print_invitation(const ctl_t *ctl, const invite_options_t *options,
                               const char *person, const char *code)
{
    static const cell_t cells[] = {
        {"person", "person",   CELL_TEXT},
        {"code",   "code",     CELL_TEXT},
        {"page",   "page",     CELL_TEXT},
        {"until",  "until_ms", CELL_TIME},
    };
    const char *url = ctl_config(ctl)->page_url;
    char *page =
        url[0] ? sb_format("%s%senroll", url, url[strlen(url) - 1] == '/' ? "" : "/") : NULL;
    cJSON *line = sb_json_object();
    sb_json_add_str(line, "person", person);
    sb_json_add_str(line, "code", code);
    sb_json_add_str(line, "page", page);
    sb_json_add_int(line, "until_ms", sb_clock_wall_ms() + options->ttl_ms);
    free(page);
    if (options->json) {
        ctl_print_json(&line);
        return;
    }
    cell_print_lines(line, cells, sizeof cells / sizeof cells[0]);
    cJSON_Delete(line);
    ctl_advise("hand it over yourself, by a way that is not the chat: who has it enrols a passkey "
               "as %s",
               person);
}

static exit_code_t s_invite(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words_len;
    const invite_options_t *options = options_v;
    uint8_t secret[SB_TOKEN_SIZE];
    uint8_t hash[SB_SHA256_SIZE];
    char hex[2 * SB_SHA256_SIZE + 1];
    sb_random(secret, sizeof secret);
    sb_sha256(secret, sizeof secret, hash);
    sb_hex(hash, sizeof hash, hex);
    cJSON *body = sb_json_object();
    cJSON *reply = NULL;
    sb_err_t err;
    sb_json_add_str(body, "person", words[0]);
    sb_json_add_str(body, "code_hash", hex);
    sb_json_add_int(body, "ttl_ms", options->ttl_ms);
    sb_json_add_str(body, "actor", ctl_actor(ctl));
    const int asked = ctl_ask_taskd(ctl, "invite.create", &body, &reply, &err);
    cJSON_Delete(reply);
    if (asked != SB_OK) {
        sb_wipe(secret, sizeof secret);
        return ctl_fail(ctl, &err);
    }
    char *code = sb_base64url(secret, sizeof secret);
    s_print_invitation(ctl, options, words[0], code);
    sb_wipe(secret, sizeof secret);
    sb_wipe(code, strlen(code));
    free(code);
    return EXIT_OK;
}

/* ---- list and remove */

typedef struct {
    const char *person;
    bool json;
} list_options_t;

static const opt_t s_list_opts[] = {
    {"person", 'p', OPT_TEXT, offsetof(list_options_t, person), "NAME", "only those of this person",
     0,                                                                                                 0, 0, 0},
    {"json",   0,   OPT_FLAG, offsetof(list_options_t, json),   0,      "one JSON object a line",    0, 0, 0, 0},
};

static exit_code_t s_list(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words;
    (void)words_len;
    static const cell_t cells[] = {
        {"person",   "person",      CELL_TEXT},
        {"name",     "name",        CELL_TEXT},
        {"enrolled", "enrolled_ms", CELL_TIME},
        {"used",     "used_ms",     CELL_TIME},
        {"id",       "id",          CELL_TEXT},
    };
    const list_options_t *options = options_v;
    cJSON *body = sb_json_object();
    if (options->person) {
        sb_json_add_str(body, "person", options->person);
    }
    return list_request(ctl, "passkey.list", &body, "passkeys", cells,
                        sizeof cells / sizeof cells[0], options->json, "no passkeys");
}

static exit_code_t s_remove(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    (void)options;
    (void)words_len;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", words[0]);
    sb_json_add_str(body, "id", words[1]);
    sb_json_add_str(body, "actor", ctl_actor(ctl));
    return ctl_do_taskd(ctl, "passkey.remove", &body);
}

/* ---- key */

static exit_code_t s_key(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    (void)options;
    (void)words_len;
    sb_err_t err;
    if (sb_key_file_make(words[0], &err) != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    ctl_advise("made %s for authd (its page.key_file); every authd needs the same", words[0]);
    return EXIT_OK;
}

const command_t cmd_passkey_invite = {
    .name = "passkey invite",
    .summary = "Make a code with which a person may enrol one passkey",
    .usage = "PERSON",
    .words_min = 1,
    .words_max = 1,
    COMMAND_OPTS(s_invite_opts, invite_options_t),
    .run = s_invite,
    .details = "The code is shown this once, and takes the place of one that was made before. The\n"
               "person types it on the page that page.url leads to.",
};
const command_t cmd_passkey_list = {
    .name = "passkey list",
    .summary = "List the passkeys that are enrolled",
    .usage = "",
    COMMAND_OPTS(s_list_opts, list_options_t),
    .run = s_list,
};
const command_t cmd_passkey_remove = {
    .name = "passkey remove",
    .summary = "Forget a person's passkey",
    .usage = "PERSON ID",
    .words_min = 2,
    .words_max = 2,
    .run = s_remove,
    .details = "ID is what 'passkey list --json' says.",
};
const command_t cmd_page_key = {
    .name = "page key",
    .summary = "Make the key file of the links to the page",
    .usage = "FILE",
    .words_min = 1,
    .words_max = 1,
    .run = s_key,
};
