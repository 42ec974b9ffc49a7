#include "tools/botctl/ctl.h"

#include <assert.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/bus_client.h"
#include "lib/mem.h"
#include "proto/taskd.h"
#include "tools/botctl/text.h"
#include "tools/botctl/when.h"

#define LINE_SIZE_MAX 4096

struct ctl {
    ctl_config_t config;
    char *keys_dir;
    const char *command; /* the row's name, for what goes wrong */
    char actor[SB_ACTOR_MAX + 1];
    sb_keys_t *keys; /* NULL until needed */
    sb_role_t role;  /* whose key that is */
};

ctl_t *ctl_new(ctl_config_t *config, const char *keys_dir, const char *command)
{
    assert(config);
    assert(command);
    ctl_t *self = sb_alloc(sizeof *self);
    self->config = *config;
    self->role = SB_ROLE_BOTCTL;
    *config = (ctl_config_t){0};
    self->keys_dir = sb_strdup(keys_dir ? keys_dir : self->config.keys_dir);
    self->command = command;
    const struct passwd *user = getpwuid(getuid());
    if (user) {
        (void)snprintf(self->actor, sizeof self->actor, "botctl:%s", user->pw_name);
    } else {
        (void)snprintf(self->actor, sizeof self->actor, "botctl:%u", (unsigned)getuid());
    }
    return self;
}

void ctl_destroy(ctl_t **self_p)
{
    assert(self_p);
    ctl_t *self = *self_p;
    if (!self) {
        return;
    }
    *self_p = NULL;
    sb_keys_destroy(&self->keys);
    sb_config_free(ctl_keys, ctl_keys_len, &self->config);
    free(self->keys_dir);
    free(self);
}

const ctl_config_t *ctl_config(const ctl_t *self)
{
    assert(self);
    return &self->config;
}

const char *ctl_keys_dir(const ctl_t *self)
{
    assert(self);
    return self->keys_dir;
}

const char *ctl_actor(const ctl_t *self)
{
    assert(self);
    return self->actor;
}

void ctl_act_as(ctl_t *self, sb_role_t role)
{
    assert(self);
    char *own = sb_format("%s/%s.key", self->keys_dir, sb_role_name(SB_ROLE_BOTCTL));
    if (access(own, F_OK) != 0 && self->role != role) {
        sb_keys_destroy(&self->keys);
        self->role = role;
    }
    free(own);
}

sb_keys_t *ctl_load_keys(ctl_t *self, sb_err_t *err)
{
    assert(self);
    if (!self->keys) {
        self->keys = sb_keys_load(self->keys_dir, self->role, err);
    }
    return self->keys;
}

int ctl_ask_within(ctl_t *self, sb_role_t server, const char *endpoint, const char *request,
                   cJSON **body_p, int64_t timeout_ms, cJSON **reply_r, sb_err_t *err)
{
    assert(self);
    sb_keys_t *keys = ctl_load_keys(self, err);
    if (!keys) {
        cJSON_Delete(*body_p);
        *body_p = NULL;
        return err->code;
    }
    const int code =
        sb_client_ask(keys, server, endpoint, request, body_p, timeout_ms, reply_r, err);
    return code == SB_OK ? SB_OK : ctl_explain(self, server, endpoint, timeout_ms, err);
}

int ctl_ask(ctl_t *self, sb_role_t server, const char *endpoint, const char *request,
            cJSON **body_p, cJSON **reply_r, sb_err_t *err)
{
    assert(self);
    return ctl_ask_within(self, server, endpoint, request, body_p, self->config.timeout_ms, reply_r,
                          err);
}

int ctl_ask_taskd(ctl_t *self, const char *request, cJSON **body_p, cJSON **reply_r, sb_err_t *err)
{
    assert(self);
    return ctl_ask(self, SB_ROLE_TASKD, self->config.taskd, request, body_p, reply_r, err);
}

exit_code_t ctl_do_taskd(ctl_t *self, const char *request, cJSON **body_p)
{
    cJSON *reply = NULL;
    sb_err_t err;
    const int code = ctl_ask_taskd(self, request, body_p, &reply, &err);
    cJSON_Delete(reply);
    return code == SB_OK ? EXIT_OK : ctl_fail(self, &err);
}

int ctl_explain(const ctl_t *self, sb_role_t server, const char *endpoint, int64_t timeout_ms,
                sb_err_t *err)
{
    assert(self);
    assert(endpoint);
    assert(err);
    const bool ours = err->code == SB_ETIMEOUT || err->code == SB_ERETRY;
    const char *at = ours ? strstr(err->text, endpoint) : NULL; /* the client's own texts name it */
    if (!at) {
        return sb_fail_in(err, "%s", sb_role_name(server));
    }
    char why[64] = "";
    at += strlen(endpoint);
    if (err->code == SB_ERETRY && strncmp(at, ": ", 2) == 0) {
        (void)snprintf(why, sizeof why, " (%s)", at + 2);
    }
    char span[WHEN_SIZE];
    return sb_fail(err, err->code,
                   "%s did not answer at %s within %s%s: is it running? is %s the folder its keys "
                   "came from?",
                   sb_role_name(server), endpoint, when_span(timeout_ms, span), why,
                   self->keys_dir);
}

static void s_print_error(const char *command, const char *text)
{
    sb_buf_t line = sb_buf(LINE_SIZE_MAX);
    text_escape(&line, text);
    (void)fflush(stdout);
    (void)fprintf(stderr, "botctl %s: %s\n", command, sb_buf_text(&line));
    sb_buf_free(&line);
}

exit_code_t ctl_fail(const ctl_t *self, const sb_err_t *err)
{
    assert(self);
    assert(err);
    s_print_error(self->command, err->text);
    return exit_of(err->code);
}

exit_code_t ctl_usage(const ctl_t *self, const char *fmt, ...)
{
    assert(self);
    char text[SB_ERR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    s_print_error(self->command, text);
    return EXIT_USAGE;
}

static void SB_PRINTF(1, 0) s_say(const char *fmt, va_list args)
{
    (void)fflush(stdout);
    (void)vfprintf(stderr, fmt, args);
    (void)fputc('\n', stderr);
}

void ctl_note(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    s_say(fmt, args);
    va_end(args);
}

void ctl_advise(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (isatty(STDERR_FILENO)) {
        s_say(fmt, args);
    }
    va_end(args);
}

void ctl_print_json(cJSON **json_p)
{
    assert(json_p);
    char *text = sb_json_print(*json_p);
    (void)puts(text);
    free(text);
    cJSON_Delete(*json_p);
    *json_p = NULL;
}
