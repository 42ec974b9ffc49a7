/* cmd_totp.c: codes of authenticator apps: their keys, secrets and the codes themselves. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/factor_secret.h"
#include "lib/mem.h"
#include "lib/otpauth.h"
#include "lib/totp.h"
#include "proto/taskd.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/list.h"
#include "tools/botctl/qr.h"
#include "tools/botctl/secret_text.h"
#include "tools/botctl/when.h"

#define DRIVER "totp"
#define INPUT_SIZE_MAX 4096

static void s_wipe_free(char *text)
{
    if (text) {
        sb_wipe(text, strlen(text));
        free(text);
    }
}

/* ---- enroll */

typedef struct {
    bool replace;
    const char *key_file;
    const char *issuer;
    bool qr;
    bool no_qr;
    bool json;
} enroll_options_t;

#define AT(member) offsetof(enroll_options_t, member)
static const opt_t s_enroll_opts[] = {
    {"replace",  0, OPT_FLAG, AT(replace),  0,      "instead of one that is enrolled already",            0,             0, 0, 0},
    {"key-file", 0, OPT_TEXT, AT(key_file), "FILE", "the key that seals it; else totp.key_file",          0,
     0,                                                                                                                     0, 0},
    {"issuer",   0, OPT_TEXT, AT(issuer),   "TEXT", "what the app shows it under",                        "Securitybot", 0, 0,
     0                                                                                                                          },
    {"qr",       0, OPT_FLAG, AT(qr),       0,      "draw the QR code even if the output is no terminal", 0,             0, 0,
     0                                                                                                                          },
    {"no-qr",    0, OPT_FLAG, AT(no_qr),    0,      "print the URI alone",                                0,             0, 0, 0},
    {"json",     0, OPT_FLAG, AT(json),     0,      "print {\"uri\", \"secret\"} instead",                0,             0, 0, 0},
};
#undef AT

/* Seals the secret and puts it into the store. */
static int s_enroll_secret(ctl_t *ctl, const enroll_options_t *options, const char *person,
                           const uint8_t *secret, size_t size, sb_err_t *err)
{
    uint8_t key[SB_KEY_SIZE];
    const char *path = options->key_file ? options->key_file : ctl_config(ctl)->totp_key_file;
    if (sb_key_file_load(path, key, err) != SB_OK) {
        return err->code;
    }
    char *sealed = sb_totp_secret_seal(key, person, secret, size);
    sb_wipe(key, sizeof key);
    cJSON *body = sb_json_object();
    cJSON *reply = NULL;
    sb_json_add_str(body, "person", person);
    sb_json_add_str(body, "driver", DRIVER);
    sb_json_add_str(body, "secret", sealed);
    sb_json_add_bool(body, "replace", options->replace);
    free(sealed);
    const int code = ctl_ask_taskd(ctl, "factor.enroll", &body, &reply, err);
    cJSON_Delete(reply);
    return code;
}

static int s_print_enrolled(const enroll_options_t *options, const char *uri, const char *secret,
                            sb_err_t *err)
{
    if (options->json) {
        cJSON *line = sb_json_object();
        sb_json_add_str(line, "uri", uri);
        sb_json_add_str(line, "secret", secret);
        ctl_print_json(&line);
        return SB_OK;
    }
    const bool terminal = isatty(STDOUT_FILENO);
    if (!options->no_qr && (options->qr || terminal)) {
        char *drawing = qr_draw(uri, terminal, err);
        if (!drawing) {
            return err->code;
        }
        (void)fputs(drawing, stdout);
        s_wipe_free(drawing);
    }
    (void)puts(uri);
    return SB_OK;
}

static exit_code_t s_enroll(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words_len;
    const enroll_options_t *options = options_v;
    char person[SB_PERSON_ID_MAX + 1];
    if (strlen(words[0]) > SB_PERSON_ID_MAX) {
        return ctl_usage(ctl, "a username has at most %d bytes", SB_PERSON_ID_MAX);
    }
    (void)snprintf(person, sizeof person, "%s", words[0]);
    for (char *c = person; *c; c++) {
        *c = (char)tolower((unsigned char)*c); /* as the store has it: the seal binds the name */
    }
    uint8_t secret[SB_TOTP_SECRET_SIZE];
    sb_random(secret, sizeof secret);
    sb_err_t err;
    int code = s_enroll_secret(ctl, options, person, secret, sizeof secret, &err);
    if (code == SB_OK) {
        char *uri = sb_otpauth_uri(options->issuer, person, secret, sizeof secret);
        char *text = sb_base32(secret, sizeof secret);
        code = s_print_enrolled(options, uri, text, &err);
        s_wipe_free(uri);
        s_wipe_free(text);
    }
    sb_wipe(secret, sizeof secret);
    if (code == SB_ECONFLICT) {
        ctl_note("with --replace the new secret takes the place of the old one");
    }
    return code == SB_OK ? EXIT_OK : ctl_fail(ctl, &err);
}

static exit_code_t s_remove(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    (void)options;
    (void)words_len;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", words[0]);
    sb_json_add_str(body, "driver", DRIVER);
    return ctl_do_taskd(ctl, "factor.remove", &body);
}

/* ---- code */

typedef struct {
    const char *secret;
    int64_t at_ms;
} code_options_t;

static const opt_t s_code_opts[] = {
    {"secret", 0, OPT_TEXT, offsetof(code_options_t, secret), "TEXT",
     "the secret itself; others on this machine can see it meanwhile",                                0, 0, 0, 0},
    {"at",     0, OPT_TIME, offsetof(code_options_t, at_ms),  "TIME", "the code of then, not of now", 0,
     0,                                                                                                     0, 0},
};

/* path "-" is standard input. The caller wipes and frees the text. */
static char *s_read(const char *path, sb_err_t *err)
{
    const bool input = strcmp(path, "-") == 0;
    FILE *file = input ? stdin : fopen(path, "re");
    if (!file) {
        (void)sb_fail(err, SB_EINVALID, "can't read %s: %s", path, strerror(errno));
        return NULL;
    }
    char *text = sb_alloc(INPUT_SIZE_MAX + 1);
    const size_t size = fread(text, 1, INPUT_SIZE_MAX, file);
    if (ferror(file) || size == INPUT_SIZE_MAX) {
        (void)sb_fail(err, SB_EINVALID, "can't read %s, or it is longer than %d bytes", path,
                      INPUT_SIZE_MAX - 1);
        sb_wipe(text, INPUT_SIZE_MAX);
        free(text);
        text = NULL;
    }
    if (!input) {
        (void)fclose(file);
    }
    return text;
}

static exit_code_t s_code(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    const code_options_t *options = options_v;
    if (options->secret && words_len > 0) {
        return ctl_usage(ctl, "either --secret or FILE, not both");
    }
    sb_err_t err;
    uint8_t *secret = NULL;
    size_t size = 0;
    char *text =
        options->secret ? sb_strdup(options->secret) : s_read(words_len > 0 ? words[0] : "-", &err);
    if (!text) {
        return ctl_usage(ctl, "%s", err.text);
    }
    const int code = secret_text_parse(text, &secret, &size, &err);
    s_wipe_free(text);
    if (code != SB_OK) {
        return ctl_usage(ctl, "%s", err.text);
    }
    const int64_t now_ms = options->at_ms == WHEN_NONE ? sb_clock_wall_ms() : options->at_ms;
    char digits[SB_TOTP_DIGITS + 1];
    sb_totp_code(secret, size, sb_totp_step(now_ms / 1000), digits);
    (void)puts(digits);
    sb_wipe(digits, sizeof digits);
    sb_wipe(secret, size);
    free(secret);
    return EXIT_OK;
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
    ctl_advise(
        "made %s; authd reads it too (its totp.key_file). Keep a copy: without it no enrolled "
        "secret can be read",
        words[0]);
    return EXIT_OK;
}

/* ---- factors list */

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
        {"person",       "person",          CELL_TEXT  },
        {"driver",       "driver",          CELL_TEXT  },
        {"enrolled",     "enrolled_ms",     CELL_TIME  },
        {"used",         "used_ms",         CELL_TIME  },
        {"misses",       "misses",          CELL_NUMBER},
        {"locked_until", "locked_until_ms", CELL_DUE   },
    };
    const list_options_t *options = options_v;
    cJSON *body = sb_json_object();
    if (options->person) {
        sb_json_add_str(body, "person", options->person);
    }
    return list_request(ctl, "factor.list", &body, "factors", cells, sizeof cells / sizeof cells[0],
                        options->json, "no factors");
}

const command_t cmd_factors_list = {
    .name = "factors list",
    .summary = "List the second factors that are enrolled",
    .usage = "",
    COMMAND_OPTS(s_list_opts, list_options_t),
    .run = s_list,
};
const command_t cmd_totp_enroll = {
    .name = "totp enroll",
    .summary = "Make a person's TOTP secret, and show it for their app",
    .usage = "PERSON",
    .words_min = 1,
    .words_max = 1,
    COMMAND_OPTS(s_enroll_opts, enroll_options_t),
    .run = s_enroll,
    .details = "The secret is shown this once; the store has it sealed under the key of\n"
               "totp.key_file, which authd reads too.",
};
const command_t cmd_totp_remove = {
    .name = "totp remove",
    .summary = "Forget a person's TOTP secret",
    .usage = "PERSON",
    .words_min = 1,
    .words_max = 1,
    .run = s_remove,
};
const command_t cmd_totp_code = {
    .name = "totp code",
    .summary = "Print the code of now for a secret",
    .usage = "[FILE]",
    .words_max = 1,
    COMMAND_OPTS(s_code_opts, code_options_t),
    .run = s_code,
    .details = "FILE, or standard input, holds the secret in base 32, an otpauth URI, or what\n"
               "'totp enroll --json' printed.",
};
const command_t cmd_totp_key = {
    .name = "totp key",
    .summary = "Make the key file that seals factor secrets",
    .usage = "FILE",
    .words_min = 1,
    .words_max = 1,
    .run = s_key,
};
