/* options.c */
#include "tests/support/fake_slack/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define USERS_MAX 900000

const char options_help[] =
    "fake_slack [OPTION...]: a workspace of Slack for tests, all in memory\n"
    "  --host ADDRESS         listen there (127.0.0.1)\n"
    "  --port N               0 for any (0)\n"
    "  --endpoint-file PATH   write the address there once ready\n"
    "  --tls CERT KEY         https and wss; files in PEM\n"
    "  --users N              members besides the bots (0)\n"
    "  --bot-token TEXT       (xoxb-fake-bot-token)\n"
    "  --app-token TEXT       (xapp-fake-app-token)\n"
    "  --signing-secret TEXT  (8f742231b10e8888abcd99yyyzzz85a5)\n"
    "  --scopes A,B,...       of the bot token\n"
    "  --events A,B,...       subscribed ones\n"
    "  --request-url URL      deliver there, over HTTP, instead of Socket Mode\n"
    "  --request-ca PATH      certificate to trust there\n"
    "  --tiers                enforce the rate limits\n"
    "  --close-tcp            close TCP after the close handshake of a WebSocket\n"
    "  --time-scale N         divide waits of deliveries and connections by N (1)\n"
    "  --ack-ms N             limit for an acknowledgement (3000 / scale)\n"
    "  --ping-ms N            between pings of a WebSocket (10000)\n"
    "  --connection-s N       life of a WebSocket (18060)\n"
    "  --quiet                no log\n"
    "  --help\n";

enum {
    OPT_HOST = 1,
    OPT_PORT,
    OPT_ENDPOINT_FILE,
    OPT_TLS,
    OPT_USERS,
    OPT_BOT_TOKEN,
    OPT_APP_TOKEN,
    OPT_SIGNING_SECRET,
    OPT_SCOPES,
    OPT_EVENTS,
    OPT_REQUEST_URL,
    OPT_REQUEST_CA,
    OPT_TIERS,
    OPT_CLOSE_TCP,
    OPT_TIME_SCALE,
    OPT_ACK_MS,
    OPT_PING_MS,
    OPT_CONNECTION_S,
    OPT_QUIET,
    OPT_HELP
};

static const struct option s_long[] = {
    {"host",           required_argument, NULL, OPT_HOST          },
    {"port",           required_argument, NULL, OPT_PORT          },
    {"endpoint-file",  required_argument, NULL, OPT_ENDPOINT_FILE },
    {"tls",            required_argument, NULL, OPT_TLS           },
    {"users",          required_argument, NULL, OPT_USERS         },
    {"bot-token",      required_argument, NULL, OPT_BOT_TOKEN     },
    {"app-token",      required_argument, NULL, OPT_APP_TOKEN     },
    {"signing-secret", required_argument, NULL, OPT_SIGNING_SECRET},
    {"scopes",         required_argument, NULL, OPT_SCOPES        },
    {"events",         required_argument, NULL, OPT_EVENTS        },
    {"request-url",    required_argument, NULL, OPT_REQUEST_URL   },
    {"request-ca",     required_argument, NULL, OPT_REQUEST_CA    },
    {"tiers",          no_argument,       NULL, OPT_TIERS         },
    {"close-tcp",      no_argument,       NULL, OPT_CLOSE_TCP     },
    {"time-scale",     required_argument, NULL, OPT_TIME_SCALE    },
    {"ack-ms",         required_argument, NULL, OPT_ACK_MS        },
    {"ping-ms",        required_argument, NULL, OPT_PING_MS       },
    {"connection-s",   required_argument, NULL, OPT_CONNECTION_S  },
    {"quiet",          no_argument,       NULL, OPT_QUIET         },
    {"help",           no_argument,       NULL, OPT_HELP          },
    {NULL,             0,                 NULL, 0                 },
};

static const options_t s_defaults = {
    .host = "127.0.0.1",
    .bot_token = "xoxb-fake-bot-token",
    .app_token = "xapp-fake-app-token",
    .signing_secret = "8f742231b10e8888abcd99yyyzzz85a5",
    .scopes = "chat:write,chat:write.public,im:write,im:read,im:history,users:read,"
              "users:read.email,channels:read,channels:join,channels:history,"
              "app_mentions:read,commands",
    .events = "message.im,app_mention,app_home_opened,team_join,user_change,tokens_revoked,"
              "app_uninstalled",
    .time_scale = 1,
    .ping_ms = 10000,
    .connection_s = 18060,
};

static int s_number(const char *name, const char *text, int64_t min, int64_t max, int64_t *value_r,
                    sb_err_t *err)
{
    char *end = NULL;
    const long long value = strtoll(text, &end, 10);
    if (end == text || *end || value < min || value > max) {
        return sb_fail(err, SB_EINVALID, "--%s: expected a number from %lld to %lld", name,
                       (long long)min, (long long)max);
    }
    *value_r = value;
    return SB_OK;
}

/* Where the text of an option goes; NULL: it is none. */
static const char **s_text(options_t *self, int option)
{
    switch (option) {
    case OPT_HOST:
        return &self->host;
    case OPT_ENDPOINT_FILE:
        return &self->endpoint_file;
    case OPT_BOT_TOKEN:
        return &self->bot_token;
    case OPT_APP_TOKEN:
        return &self->app_token;
    case OPT_SIGNING_SECRET:
        return &self->signing_secret;
    case OPT_SCOPES:
        return &self->scopes;
    case OPT_EVENTS:
        return &self->events;
    case OPT_REQUEST_URL:
        return &self->request_url;
    case OPT_REQUEST_CA:
        return &self->request_ca;
    default:
        return NULL;
    }
}

static int s_read_number(options_t *self, int option, const char *text, sb_err_t *err)
{
    int64_t value = 0;
    int code;
    switch (option) {
    case OPT_PORT:
        code = s_number("port", text, 0, 65535, &value, err);
        self->port = (int)value;
        return code;
    case OPT_USERS:
        code = s_number("users", text, 0, USERS_MAX, &value, err);
        self->users = (size_t)value;
        return code;
    case OPT_TIME_SCALE:
        return s_number("time-scale", text, 1, 1000000, &self->time_scale, err);
    case OPT_ACK_MS:
        return s_number("ack-ms", text, 1, 600000, &self->ack_ms, err);
    case OPT_PING_MS:
        return s_number("ping-ms", text, 10, 86400000, &self->ping_ms, err);
    case OPT_CONNECTION_S:
        return s_number("connection-s", text, 1, 864000, &self->connection_s, err);
    default:
        return sb_fail(err, SB_EINVALID, "unknown option; --help tells which there are");
    }
}

static int s_read(options_t *self, int option, int argc, char **argv, bool *help_r, sb_err_t *err)
{
    const char **text = s_text(self, option);
    if (text) {
        *text = optarg;
        return SB_OK;
    }
    switch (option) {
    case OPT_TIERS:
        self->tiers = true;
        return SB_OK;
    case OPT_CLOSE_TCP:
        self->close_tcp = true;
        return SB_OK;
    case OPT_QUIET:
        self->quiet = true;
        return SB_OK;
    case OPT_HELP:
        *help_r = true;
        return SB_OK;
    case OPT_TLS: /* the one with two words */
        if (optind >= argc) {
            return sb_fail(err, SB_EINVALID, "--tls: expected CERT KEY");
        }
        self->tls_cert = optarg;
        self->tls_key = argv[optind++];
        return SB_OK;
    default:
        return s_read_number(self, option, optarg, err);
    }
}

int options_read(options_t *self, int argc, char **argv, bool *help_r, sb_err_t *err)
{
    *self = s_defaults;
    *help_r = false;
    opterr = 0;
    int option;
    while ((option = getopt_long(argc, argv, "+", s_long, NULL)) != -1) {
        const int code = s_read(self, option, argc, argv, help_r, err);
        if (code) {
            return code;
        }
    }
    if (optind < argc) {
        return sb_fail(err, SB_EINVALID, "unknown word: %s", argv[optind]);
    }
    if (self->ack_ms == 0) {
        self->ack_ms = 3000 / self->time_scale > 0 ? 3000 / self->time_scale : 1;
    }
    return SB_OK;
}

bool options_lists(const char *list, const char *name)
{
    const size_t len = strlen(name);
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, len) == 0 && (at[len] == ',' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}
