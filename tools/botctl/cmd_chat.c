/* cmd_chat.c: the built-in chat in a terminal, for people and, with --json, for scripts. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "proto/localchat.h"
#include "tools/botctl/chat_client.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/text.h"
#include "tools/botctl/when.h"

#define PREFIX_BYTES 6 /* of chance in our event ids */
#define INDENT 2

typedef struct {
    const char *as;
    const char *view;
    const char *url;
    const char *endpoints;
    bool json;
    const char *wait_for;
    int64_t timeout_ms;
} options_t;

static const opt_t s_opts[] = {
    {"as",        0, OPT_TEXT,     offsetof(options_t, as),         "PERSON",
     "whose conversation; with --view, who presses",                                                                   0, 0,          0, 0              },
    {"view",      0, OPT_CHOICE,   offsetof(options_t, view),       "security",
     "look at the security channel instead",                                                                           0, "security", 0, 0              },
    {"url",       0, OPT_TEXT,     offsetof(options_t, url),        "URL",      "where the chat is; default chat.url", 0,
     0,                                                                                                                               0, 0              },
    {"endpoints", 0, OPT_TEXT,     offsetof(options_t, endpoints),  "FILE",
     "chatd's endpoint file, which says where the chat is",                                                            0, 0,          0, 0              },
    {"json",      0, OPT_FLAG,     offsetof(options_t, json),       0,          "each message as a JSON line",         0, 0,          0, 0              },
    {"wait-for",  0, OPT_TEXT,     offsetof(options_t, wait_for),   "TEXT",
     "end when the bot says something with this in it",                                                                0, 0,          0, 0              },
    {"timeout",   0, OPT_DURATION, offsetof(options_t, timeout_ms), "TIME",
     "give up after so long: 10s, 2h; else never",                                                                     0, 0,          1, 30 * 86400000LL},
};

typedef struct {
    const options_t *options;
    chat_session_t *session;
    bool style;   /* the terminal understands bold */
    bool refused; /* something we said was */
    bool found;   /* what --wait-for waits for */
} chat_t;

static const char *s_text(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

/* ---- What the chat says. */

static void s_show_head(const chat_t *self, sb_buf_t *out, const cJSON *message)
{
    char when[WHEN_SIZE];
    const cJSON *at = cJSON_GetObjectItemCaseSensitive(message, "at_ms");
    const char *sender = s_text(message, "sender");
    sb_buf_puts(out, self->style ? "\n\033[1m" : "\n");
    text_escape(out, sender[0] ? sender : "Securitybot");
    sb_buf_puts(out, self->style ? "\033[0m" : "");
    sb_buf_printf(out, "  %s",
                  cJSON_IsNumber(at) ? when_format((int64_t)at->valuedouble, when) : "");
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(message, "edited"))) {
        sb_buf_puts(out, "  (changed)");
    }
    sb_buf_printf(out, "\n%*s", INDENT, "");
}

static void s_show_buttons(sb_buf_t *out, const cJSON *buttons, const char *or_else)
{
    int n = 0;
    const cJSON *button;
    cJSON_ArrayForEach(button, buttons)
    {
        sb_buf_printf(out, n == 0 ? "\n%*s[%d] " : "%*s[%d] ", INDENT, "", n + 1);
        text_escape(out, s_text(button, "label"));
        n++;
    }
    if (n > 0) {
        sb_buf_printf(out, "\n%*stype a number%s", INDENT, "", or_else);
    }
}

static void s_show(const chat_t *self, const cJSON *message)
{
    if (chat_session_own(self->session, s_text(message, "id"))) {
        return; /* it stands in the terminal already */
    }
    sb_buf_t out = sb_buf(16 * SB_TEXT_MAX);
    s_show_head(self, &out, message);
    text_escape_lines(&out, s_text(message, "text"), INDENT);
    if (self->options->as) {
        s_show_buttons(&out, cJSON_GetObjectItemCaseSensitive(message, "buttons"),
                       self->options->view ? "" : ", or your answer");
    }
    (void)puts(sb_buf_text(&out));
    sb_buf_free(&out);
}

static void s_on_message(void *ctx, const cJSON *message)
{
    chat_t *self = ctx;
    if (self->options->json) {
        cJSON *copy = sb_json_copy(message);
        ctl_print_json(&copy);
    } else {
        s_show(self, message);
    }
    (void)fflush(stdout);
    if (self->options->wait_for && !s_text(message, "sender")[0] &&
        strstr(s_text(message, "text"), self->options->wait_for)) {
        self->found = true;
    }
}

static void s_on_refused(void *ctx, const char *what, const char *text)
{
    chat_t *self = ctx;
    self->refused = true;
    sb_buf_t line = sb_buf(4096);
    text_escape(&line, text);
    if (what) {
        sb_buf_puts(&line, ": ");
        text_escape(&line, what);
    }
    ctl_note("not sent: %s", sb_buf_text(&line));
    sb_buf_free(&line);
}

static void s_on_state(void *ctx, const char *why)
{
    (void)ctx;
    ctl_note("%s", why ? why : "the chat is there again");
}

static bool s_done(void *ctx)
{
    const chat_t *self = ctx;
    return self->found;
}

/* ---- What is typed. */

static int s_press_json(chat_t *self, const cJSON *json, sb_err_t *err)
{
    sb_reader_t r = sb_reader(json, "line", err);
    const char *value = sb_read_str(&r, "press", 1, SB_VALUE_MAX);
    const char *message = sb_read_str_or(&r, "message", SB_EVENT_ID_MAX, NULL);
    if (sb_reader_code(&r)) {
        return sb_reader_code(&r);
    }
    return chat_session_press(self->session, value, message, err);
}

/* {"say": "..."} or {"press": "yes:HASH"}; anything else that looks like JSON is a text. */
static bool s_is_json(const char *text)
{
    return strncmp(text, "{\"say\"", 6) == 0 || strncmp(text, "{\"press\"", 8) == 0;
}

static int s_line_json(chat_t *self, const char *text, sb_err_t *err)
{
    cJSON *json = sb_json_parse(text, strlen(text), 0, err);
    if (!json) {
        return sb_fail_in(err, "line");
    }
    int code;
    if (cJSON_HasObjectItem(json, "press")) {
        code = s_press_json(self, json, err);
    } else {
        sb_reader_t r = sb_reader(json, "line", err);
        const char *say = sb_read_str(&r, "say", 1, SB_TEXT_MAX);
        code = sb_reader_code(&r) ? sb_reader_code(&r) : chat_session_say(self->session, say, err);
    }
    cJSON_Delete(json);
    return code;
}

/* The value of the button that was typed, as its number, its label or its first word; or NULL. */
static const char *s_typed_button(const chat_t *self, const char *text)
{
    int n = 0;
    const cJSON *button;
    cJSON_ArrayForEach(button, chat_session_buttons(self->session))
    {
        char number[8];
        const char *value = s_text(button, "value");
        const size_t action = strcspn(value, ":");
        (void)snprintf(number, sizeof number, "%d", ++n);
        if (strcmp(text, number) == 0 || strcasecmp(text, s_text(button, "label")) == 0 ||
            (strlen(text) == action && strncasecmp(text, value, action) == 0)) {
            return value;
        }
    }
    return NULL;
}

static const char s_press_word[] = "/press ";

static int s_type(chat_t *self, const char *text, sb_err_t *err)
{
    if (self->options->json && s_is_json(text)) {
        return s_line_json(self, text, err);
    }
    if (strncmp(text, s_press_word, sizeof s_press_word - 1) == 0) {
        return chat_session_press(self->session, text + sizeof s_press_word - 1, NULL, err);
    }
    const char *value = self->options->json ? NULL : s_typed_button(self, text);
    return value ? chat_session_press(self->session, value, NULL, err)
                 : chat_session_say(self->session, text, err);
}

static void s_on_line(void *ctx, const char *text)
{
    chat_t *self = ctx;
    sb_err_t err = {0};
    if (s_type(self, text, &err)) {
        s_on_refused(self, NULL, err.text);
    }
}

/* ---- The command. */

static char *s_prefix(void)
{
    unsigned char chance[PREFIX_BYTES];
    char hex[2 * PREFIX_BYTES + 1];
    sb_random(chance, sizeof chance);
    sb_hex(chance, sizeof chance, hex);
    return sb_strdup(hex);
}

static exit_code_t s_end(const chat_t *self, ctl_t *ctl, int code, const sb_err_t *err)
{
    if (code) {
        return ctl_fail(ctl, err);
    }
    return self->refused ? EXIT_REFUSED : EXIT_OK;
}

static exit_code_t s_run(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    static const chat_session_fns_t session_fns = {.message = s_on_message,
                                                   .refused = s_on_refused};
    static const chat_client_fns_t client_fns = {
        .line = s_on_line, .state = s_on_state, .done = s_done};
    const options_t *options = options_v;
    (void)words;
    (void)words_len;
    if (!options->as && !options->view) {
        return ctl_usage(ctl, "say --as PERSON or --view security");
    }
    chat_t self = {.options = options, .style = isatty(STDOUT_FILENO) && !getenv("NO_COLOR")};
    char *prefix = s_prefix();
    self.session = chat_session_new(options->as, options->view, prefix, &session_fns, &self);
    const char *url = options->url ? options->url : ctl_config(ctl)->chat_url;
    const chat_client_config_t config = {
        .url = options->endpoints && !options->url ? NULL : url,
        .endpoints = options->endpoints,
        .session = self.session,
        .fns = &client_fns,
        .ctx = &self,
        .timeout_ms = options->timeout_ms,
        .linger = options->wait_for != NULL,
    };
    if (isatty(STDIN_FILENO) && !options->json) {
        ctl_note("the chat at %s; Ctrl-D ends it", config.url ? config.url : config.endpoints);
    }
    sb_err_t err = {0};
    const int code = chat_client_run(&config, &err);
    chat_session_destroy(&self.session);
    free(prefix);
    return s_end(&self, ctl, code, &err);
}

const command_t cmd_chat = {
    .name = "chat",
    .summary = "Be a person in the built-in chat, or a responder in the security channel",
    .usage = "",
    COMMAND_OPTS(s_opts, options_t),
    .run = s_run,
    .details =
        "Each line that is typed is a message; the number of a button presses it. The end of the\n"
        "input ends it, once all is acknowledged. If the chat goes away it is tried again for a\n"
        "minute, and nothing is said twice. In the security channel nothing is typed: with --as, "
        "its\n"
        "buttons can be pressed.\n"
        "\n"
        "With --json, a line is a text, {\"say\": TEXT}, or {\"press\": VALUE} with the value of "
        "a\n"
        "button; /press VALUE is the same. Each message is printed when it is new and when it is\n"
        "changed (edited).\n"
        "\n"
        "Exit status: 0 all was said, 1 the chat refused something, or there is nobody of this "
        "name,\n"
        "3 the chat could not be reached or did not answer in time.",
};
