/* api.c */
#include "tests/support/fake_slack/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "tests/support/fake_slack/bucket.h"
#include "tests/support/fake_slack/slack.h"

#define TIER_1 1
#define TIER_2 20
#define TIER_3 50
#define TIER_4 100
#define POSTS 600   /* "several hundred" in a workspace */
#define AUTHS 600   /* "hundreds" */
#define BURST_MIN 5 /* a tier lets through a burst of its own size, and at least so many */

static const method_t s_methods[] = {
    {"api.test",              TOKEN_NONE, NULL,               TIER_4, false, api_test             },
    {"auth.test",             TOKEN_ANY,  NULL,               AUTHS,  false, auth_test            },
    {"apps.connections.open", TOKEN_APP,  NULL,               TIER_1, false, apps_connections_open},
    {"chat.postMessage",      TOKEN_BOT,  "chat:write",       POSTS,  false, chat_post_message    },
    {"chat.update",           TOKEN_BOT,  "chat:write",       TIER_3, false, chat_update          },
    {"chat.delete",           TOKEN_BOT,  "chat:write",       TIER_3, false, chat_delete          },
    {"chat.postEphemeral",    TOKEN_BOT,  "chat:write",       TIER_4, false, chat_post_ephemeral  },
    {"conversations.open",    TOKEN_BOT,  "im:write",         TIER_3, false, conversations_open   },
    {"conversations.history", TOKEN_BOT,  NULL,               TIER_3, false, conversations_history},
    {"conversations.replies", TOKEN_BOT,  NULL,               TIER_3, true,  conversations_replies},
    {"conversations.join",    TOKEN_BOT,  "channels:join",    TIER_3, false, conversations_join   },
    {"conversations.info",    TOKEN_BOT,  NULL,               TIER_3, true,  conversations_info   },
    {"conversations.members", TOKEN_BOT,  NULL,               TIER_4, true,  conversations_members},
    {"conversations.list",    TOKEN_BOT,  NULL,               TIER_2, true,  conversations_list   },
    {"users.list",            TOKEN_BOT,  "users:read",       TIER_2, true,  users_list           },
    {"users.info",            TOKEN_BOT,  "users:read",       TIER_4, true,  users_info           },
    {"users.lookupByEmail",   TOKEN_BOT,  "users:read.email", TIER_3, true,  users_by_email       },
    {"views.publish",         TOKEN_BOT,  NULL,               TIER_4, false, views_publish        },
    {"views.open",            TOKEN_BOT,  NULL,               TIER_4, false, views_open           },
    {"views.update",          TOKEN_BOT,  NULL,               TIER_4, false, views_update         },
};
#define METHODS (sizeof s_methods / sizeof s_methods[0])

/* What each method has seen. */
typedef struct {
    int64_t calls;
    int64_t failed;  /* answered ok false */
    int64_t limited; /* answered 429 */
    int64_t early;   /* came before the Retry-After that was told last was over */
    int64_t scripted;
    int64_t limited_until_ms;
    bucket_t bucket;
    fault_t *faults;
} meter_t;

struct api {
    slack_t *slack;
    meter_t meters[METHODS];
    fault_t *faults; /* of any method */
    int64_t unknown; /* calls of methods that are none */
    int64_t tokens_in_body;
    bool tiers;
};

api_t *api_new(slack_t *slack)
{
    api_t *self = sb_alloc(sizeof *self);
    self->slack = slack;
    self->tiers = slack->options->tiers;
    return self;
}

static void s_free_faults(fault_t **list)
{
    while (*list) {
        fault_t *fault = *list;
        *list = fault->next;
        free(fault->error);
        free(fault->body);
        free(fault);
    }
}

void api_script_clear(api_t *self)
{
    s_free_faults(&self->faults);
    for (size_t i = 0; i < METHODS; i++) {
        s_free_faults(&self->meters[i].faults);
        self->meters[i].limited_until_ms = 0;
    }
}

void api_destroy(api_t **self_p)
{
    if (*self_p) {
        api_script_clear(*self_p);
        free(*self_p);
        *self_p = NULL;
    }
}

static size_t s_method(const char *name)
{
    size_t i = 0;
    while (i < METHODS && strcmp(s_methods[i].name, name) != 0) {
        i++;
    }
    return i;
}

bool api_has(const char *method)
{
    return strcmp(method, "*") == 0 || s_method(method) < METHODS;
}

void api_script(api_t *self, const char *method, fault_t **fault_p)
{
    fault_t **list =
        strcmp(method, "*") == 0 ? &self->faults : &self->meters[s_method(method)].faults;
    while (*list) {
        list = &(*list)->next;
    }
    *list = *fault_p;
    *fault_p = NULL;
}

void api_enforce_tiers(api_t *self, bool on)
{
    self->tiers = on;
}

bool api_tiers(const api_t *self)
{
    return self->tiers;
}

/* ---- What handlers need. */

const char *call_need(call_t *call, const char *name)
{
    const char *text = args_str(call->args, name);
    if (!text || !*text) {
        if (call->faults.len < FAULTS_TOLD_MAX) {
            call->faults.texts[call->faults.len++] = sb_format("missing required field: %s", name);
        }
        return NULL;
    }
    return text;
}

const char *call_scope(call_t *call, const char *scope)
{
    if (options_lists(call->slack->scopes, scope)) {
        return NULL;
    }
    call->needed = scope;
    return "missing_scope";
}

void call_warn(call_t *call, const char *warning)
{
    if (call->warnings_len < WARNINGS_MAX) {
        call->warnings[call->warnings_len++] = warning;
    }
}

size_t call_limit(call_t *call, size_t fallback, size_t max)
{
    const int64_t limit = args_int(call->args, "limit", 0);
    return limit <= 0 ? fallback : (size_t)limit < max ? (size_t)limit : max;
}

void call_next(call_t *call, const char *kind, const char *name)
{
    /* Slack's end in = as a rule, which a caller has to escape: so do ours. */
    char *plain = sb_format("%s:%u:%s", kind, call->slack->cursors_made, name);
    for (size_t len = strlen(plain); len % 3 == 0; len++) {
        char *longer = sb_format("%s ", plain);
        free(plain);
        plain = longer;
    }
    char *cursor = sb_base64(plain, strlen(plain));
    snprintf(call->next_cursor, sizeof call->next_cursor, "%s", cursor);
    free(cursor);
    free(plain);
}

bool call_cursor(call_t *call, const char *kind, char name_r[CURSOR_MAX], bool *given_r)
{
    const char *cursor = args_str(call->args, "cursor");
    *given_r = cursor && *cursor;
    call->pages = true;
    if (!*given_r) {
        return true;
    }
    uint8_t *plain = NULL;
    size_t size = 0;
    sb_err_t err = {0};
    char text[CURSOR_MAX] = "";
    if (sb_unbase64(cursor, &plain, &size, &err)) {
        return false;
    }
    while (size > 0 && plain[size - 1] == ' ') {
        size--;
    }
    if (size < sizeof text) {
        memcpy(text, plain, size);
        text[size] = '\0';
    }
    free(plain);
    char begin[64];
    const int len = snprintf(begin, sizeof begin, "%s:%u:", kind, call->slack->cursors_made);
    if (strncmp(text, begin, (size_t)len) != 0) {
        return false;
    }
    snprintf(name_r, CURSOR_MAX, "%s", text + len);
    return true;
}

/* ---- Answers. */

static void s_answer_error(reply_t *reply, const char *error)
{
    out_clear(&reply->body);
    out_begin(&reply->body, NULL, '{');
    out_bool(&reply->body, "ok", false);
    out_str(&reply->body, "error", error);
    out_end(&reply->body, '}');
}

static void s_answer_limited(meter_t *meter, reply_t *reply, int64_t wait_ms)
{
    const int64_t now_ms = sb_clock_mono_ms();
    reply->status = 429;
    reply->retry_after_s = wait_ms <= 0 ? 0 : (wait_ms + 999) / 1000;
    if (meter) {
        meter->limited++;
        const int64_t until_ms = now_ms + wait_ms;
        meter->limited_until_ms =
            until_ms > meter->limited_until_ms ? until_ms : meter->limited_until_ms;
    }
    s_answer_error(reply, "ratelimited");
}

static void s_write_list(out_t *out, const char *key, char *const *texts, size_t len)
{
    out_begin(out, key, '[');
    for (size_t i = 0; i < len; i++) {
        char *text = sb_format("[ERROR] %s", texts[i]);
        out_str(out, NULL, text);
        free(text);
    }
    out_end(out, ']');
}

static void s_write_metadata(const call_t *call, out_t *out)
{
    if (call->warnings_len > 0) {
        out_str(out, "warning", call->warnings[0]);
    }
    if (call->warnings_len == 0 && call->faults.len == 0 && !call->pages) {
        return;
    }
    out_begin(out, "response_metadata", '{');
    if (call->pages) {
        out_str(out, "next_cursor", call->next_cursor);
    }
    if (call->warnings_len > 0) {
        out_begin(out, "warnings", '[');
        for (size_t i = 0; i < call->warnings_len; i++) {
            out_str(out, NULL, call->warnings[i]);
        }
        out_end(out, ']');
    }
    if (call->faults.len > 0) {
        s_write_list(out, "messages", call->faults.texts, call->faults.len);
    }
    out_end(out, '}');
}

static void s_write_faults(const call_t *call, out_t *out)
{
    out_begin(out, "errors", '[');
    for (size_t i = 0; i < call->faults.len; i++) {
        out_str(out, NULL, call->faults.texts[i]);
    }
    out_end(out, ']');
}

static void s_answer_refusal(const call_t *call, reply_t *reply, const char *error)
{
    out_clear(&reply->body);
    out_begin(&reply->body, NULL, '{');
    out_bool(&reply->body, "ok", false);
    out_str(&reply->body, "error", error);
    if (call->needed) {
        out_str(&reply->body, "needed", call->needed);
        out_str(&reply->body, "provided", call->slack->scopes);
    }
    if (strcmp(error, "invalid_blocks") == 0) {
        s_write_faults(call, &reply->body);
    }
    s_write_metadata(call, &reply->body);
    out_end(&reply->body, '}');
}

/* Calls the handler, which begins where ok ends. */
static const char *s_call(call_t *call, reply_t *reply)
{
    out_begin(&reply->body, NULL, '{');
    out_bool(&reply->body, "ok", true);
    const char *error = call->method->fn(call);
    if (error) {
        call->pages = false;
        return error;
    }
    s_write_metadata(call, &reply->body);
    out_end(&reply->body, '}');
    return NULL;
}

/* ---- Before the handler. */

/* NULL, or the error of a request that can't be read. */
static const char *s_read_args(const request_t *request, const method_t *method, call_t *call)
{
    if (!args_add_form(call->args, request->query, strlen(request->query))) {
        return "invalid_form_data";
    }
    if (request->body.len == 0) {
        return NULL;
    }
    const char *type = request->content_type;
    if (strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0) {
        return args_add_form(call->args, request->body.text, request->body.len)
                   ? NULL
                   : "invalid_form_data";
    }
    if (strncasecmp(type, "application/json", 16) == 0) {
        if (!strcasestr(type, "charset")) {
            call_warn(call, "missing_charset");
        }
        if (method->form_only) {
            return NULL; /* as if there were no arguments */
        }
        return args_add_json(call->args, request->body.text, request->body.len) ? NULL
                                                                                : "invalid_json";
    }
    return *type ? "invalid_post_type" : "missing_post_type";
}

static const char *s_check_token(const slack_t *slack, const method_t *method,
                                 const request_t *request)
{
    if (method->token == TOKEN_NONE) {
        return NULL;
    }
    if (strncasecmp(request->authorization, "Bearer ", 7) != 0) {
        return "not_authed";
    }
    const char *token = request->authorization + 7;
    const bool bot = strcmp(token, slack->options->bot_token) == 0;
    const bool app = strcmp(token, slack->options->app_token) == 0;
    if (!bot && !app) {
        return "invalid_auth";
    }
    const bool good = method->token == TOKEN_ANY || (bot && method->token == TOKEN_BOT) ||
                      (app && method->token == TOKEN_APP);
    return good ? NULL : "not_allowed_token_type";
}

/* The script's next word on this call; NULL: none. Counts it. */
static const fault_t *s_next_fault(fault_t *list)
{
    for (fault_t *fault = list; fault; fault = fault->next) {
        if (fault->skip > 0) {
            fault->skip--;
        } else if (fault->times != 0) {
            fault->times -= fault->times > 0;
            return fault;
        }
    }
    return NULL;
}

/* Does to the answer what the script says. */
static void s_apply_fault(const fault_t *fault, meter_t *meter, reply_t *reply)
{
    meter->scripted++;
    reply->delay_ms = fault->hang_ms;
    reply->drop = fault->drop;
    if (fault->error) {
        s_answer_error(reply, fault->error);
    }
    if (fault->status == 429) {
        s_answer_limited(meter, reply, fault->retry_after_s * 1000);
        reply->retry_after_s = fault->retry_after_s; /* -1 leaves the header out */
    } else if (fault->status) {
        reply->status = fault->status;
        out_clear(&reply->body);
    }
    if (fault->body) {
        out_clear(&reply->body);
        sb_buf_puts(&reply->body.buf, fault->body);
    }
}

/* False if the call was answered 429. */
static bool s_check_rate(api_t *self, const method_t *method, meter_t *meter, reply_t *reply)
{
    const int64_t now_ms = sb_clock_mono_ms();
    int64_t wait_ms = meter->limited_until_ms - now_ms;
    if (wait_ms > 0) {
        meter->early++;
        s_answer_limited(meter, reply, wait_ms);
        return false;
    }
    const int64_t burst = method->per_minute > BURST_MIN ? method->per_minute : BURST_MIN;
    if (self->tiers && !bucket_take(&meter->bucket, method->per_minute, burst, now_ms, &wait_ms)) {
        s_answer_limited(meter, reply, wait_ms);
        return false;
    }
    return true;
}

static void s_run(api_t *self, const request_t *request, meter_t *meter, call_t *call,
                  reply_t *reply)
{
    const char *error = s_read_args(request, call->method, call);
    error = error ? error : s_check_token(self->slack, call->method, request);
    if (!error && call->method->scope) {
        error = call_scope(call, call->method->scope);
    }
    if (args_has(call->args, "token")) {
        self->tokens_in_body++;
    }
    error = error ? error : s_call(call, reply);
    if (error) {
        s_answer_refusal(call, reply, error);
    }
    if (error && strcmp(error, "ratelimited") == 0) {
        s_answer_limited(NULL, reply, call->retry_after_s * 1000);
        meter->limited++;
    }
    meter->failed += error ? 1 : 0;
    reply->scopes = self->slack->scopes;
    reply->accepted_scopes = call->method->scope;
}

void api_serve(api_t *self, const request_t *request, reply_t *reply)
{
    const char *name = request->path + strlen(API_PATH);
    const size_t place = s_method(name);
    if (place == METHODS) {
        self->unknown++;
        s_answer_error(reply, "unknown_method");
        return;
    }
    const method_t *method = &s_methods[place];
    meter_t *meter = &self->meters[place];
    meter->calls++;
    if (!s_check_rate(self, method, meter, reply)) {
        return;
    }
    const fault_t *fault = s_next_fault(meter->faults);
    fault = fault ? fault : s_next_fault(self->faults);
    if (!fault || fault->apply) {
        call_t call = {.slack = self->slack,
                       .method = method,
                       .args = args_new(),
                       .out = &reply->body,
                       .post = request->post};
        s_run(self, request, meter, &call, reply);
        args_destroy(&call.args);
        faults_told_free(&call.faults);
        free(call.text);
    }
    if (fault) {
        s_apply_fault(fault, meter, reply);
    }
}

void api_write_counters(const api_t *self, out_t *out, const char *key)
{
    out_begin(out, key, '{');
    out_int(out, "unknown_methods", self->unknown);
    out_int(out, "tokens_in_body", self->tokens_in_body);
    out_begin(out, "methods", '{');
    for (size_t i = 0; i < METHODS; i++) {
        const meter_t *meter = &self->meters[i];
        if (meter->calls == 0) {
            continue;
        }
        out_begin(out, s_methods[i].name, '{');
        out_int(out, "calls", meter->calls);
        out_int(out, "failed", meter->failed);
        out_int(out, "limited", meter->limited);
        out_int(out, "early", meter->early);
        out_int(out, "scripted", meter->scripted);
        out_end(out, '}');
    }
    out_end(out, '}');
    out_end(out, '}');
}
