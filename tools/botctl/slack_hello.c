/* slack_hello.c: one WebSocket, until its first frame. */
#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "tools/botctl/slack_web.h"

#define HELLO_MS 10000
#define FRAME_MAX 65536
#define HOST_SIZE 256
#define DEFAULT_PORT 443

typedef struct {
    struct lws_context *lws;
    char *frame;
    size_t len;
    bool whole;
    bool failed;
    bool asked; /* TCP and TLS stand, and the upgrade is asked for */
    bool open;  /* and was agreed on */
    int status; /* of its answer */
    char why[128];
} hello_t;

static int s_on_received(hello_t *hello, struct lws *wsi, const char *data, size_t size)
{
    if (hello->len + size > FRAME_MAX) {
        (void)snprintf(hello->why, sizeof hello->why, "its first frame is too long");
        hello->failed = true;
        return -1;
    }
    memcpy(hello->frame + hello->len, data, size);
    hello->len += size;
    hello->whole = lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0;
    return hello->whole ? -1 : 0;
}

static int s_on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *data,
                      size_t size)
{
    hello_t *hello = lws_context_user(lws_get_context(wsi));
    (void)user;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        hello->asked = true;
        break;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        hello->open = true;
        break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        hello->status = (int)lws_http_client_http_response(wsi);
        (void)snprintf(hello->why, sizeof hello->why, "%.*s", data ? (int)size : 7,
                       data ? (const char *)data : "refused");
        hello->failed = true;
        break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return s_on_received(hello, wsi, data, size);
    case LWS_CALLBACK_CLIENT_CLOSED:
        hello->failed = !hello->whole;
        break;
    default:
        break;
    }
    return 0;
}

static const struct lws_protocols s_protocols[] = {
    {.name = "slack",         .callback = s_on_event, .rx_buffer_size = 4096},
    {0},
};

/* Splits "wss://HOST[:PORT]/PATH"; the path begins with its slash. */
static bool s_split(const char *url, char host_r[HOST_SIZE], int *port_r, const char **path_r,
                    bool *tls_r)
{
    *tls_r = strncmp(url, "wss://", 6) == 0;
    if (!*tls_r && strncmp(url, "ws://", 5) != 0) {
        return false;
    }
    const char *host = url + (*tls_r ? 6 : 5);
    const size_t len = strcspn(host, ":/?");
    if (len == 0 || len >= HOST_SIZE) {
        return false;
    }
    memcpy(host_r, host, len);
    host_r[len] = '\0';
    const char *rest = host + len;
    char *end = NULL;
    *port_r = *tls_r ? DEFAULT_PORT : 80;
    if (*rest == ':') {
        *port_r = (int)strtol(rest + 1, &end, 10);
        rest = end;
    }
    *path_r = rest;
    return *rest == '/' && *port_r > 0 && *port_r <= 65535;
}

/* libwebsockets says in words alone which of the two it was. */
static bool s_is_tls(const char *why)
{
    static const char *const words[] = {"tls", "ssl", "certificate", "server's cert"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasestr(why, words[i])) {
            return true;
        }
    }
    return false;
}

static slack_hello_end_t s_end(const hello_t *hello)
{
    return hello->open            ? SLACK_HELLO_SILENT
           : hello->asked         ? SLACK_HELLO_STATUS
           : s_is_tls(hello->why) ? SLACK_HELLO_TLS
                                  : SLACK_HELLO_CONNECT;
}

static int s_wait(hello_t *hello, const struct lws_client_connect_info *info, sb_err_t *err)
{
    const int64_t end_ms = sb_clock_mono_ms() + HELLO_MS;
    if (!lws_client_connect_via_info(info) && !hello->failed) {
        return sb_fail(err, SB_ERETRY, "%s can't be connected to", info->address);
    }
    while (!hello->whole && !hello->failed && sb_clock_mono_ms() < end_ms) {
        if (lws_service(hello->lws, 0) < 0) {
            break;
        }
    }
    if (hello->whole) {
        return SB_OK;
    }
    if (hello->failed && hello->status > 0 && hello->asked && !hello->open) {
        return sb_fail(err, SB_ERETRY, "%s answered the upgrade with HTTP %d", info->address,
                       hello->status);
    }
    if (hello->failed) {
        return sb_fail(err, SB_ERETRY, "%s: %s", info->address,
                       hello->why[0] ? hello->why : "the connection was closed");
    }
    return sb_fail(err, SB_ETIMEOUT, "%s said no hello in %d s", info->address, HELLO_MS / 1000);
}

static void s_wake(lws_sorted_usec_list_t *sul)
{
    (void)sul; /* only so that the wait ends now and then */
}

static int s_read(const hello_t *hello, slack_hello_t *hello_r, sb_err_t *err)
{
    hello_r->end = SLACK_HELLO_TOLD;
    cJSON *frame = sb_json_parse_foreign(hello->frame, hello->len, 0, err);
    if (!frame) {
        return sb_fail_in(err, "its first frame");
    }
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(frame, "type");
    const cJSON *connections = cJSON_GetObjectItemCaseSensitive(frame, "num_connections");
    const cJSON *reason = cJSON_GetObjectItemCaseSensitive(frame, "reason");
    if (cJSON_IsString(type) && strcmp(type->valuestring, "hello") == 0) {
        hello_r->end = SLACK_HELLO_SAID;
        hello_r->connections = cJSON_IsNumber(connections) ? (int64_t)connections->valuedouble : 0;
    } else {
        (void)snprintf(hello_r->reason, sizeof hello_r->reason, "%s",
                       cJSON_IsString(reason) ? reason->valuestring : "");
        (void)sb_fail(err, SB_EINVALID, "it said \"%.40s\" instead of hello",
                      hello_r->reason[0]     ? hello_r->reason
                      : cJSON_IsString(type) ? type->valuestring
                                             : "something");
    }
    cJSON_Delete(frame);
    return hello_r->end == SLACK_HELLO_SAID ? SB_OK : err->code;
}

int slack_web_hello(const char *url, const char *ca_file, slack_hello_t *hello_r, sb_err_t *err)
{
    char host[HOST_SIZE];
    int port;
    const char *path;
    bool tls;
    *hello_r = (slack_hello_t){.end = SLACK_HELLO_CONNECT};
    if (!s_split(url, host, &port, &path, &tls)) {
        return sb_fail(err, SB_EINVALID, "the socket's address can't be read");
    }
    hello_t hello = {.frame = sb_alloc(FRAME_MAX)};
    lws_set_log_level(0, NULL);
    const struct lws_context_creation_info creation = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = s_protocols,
        .user = &hello,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                   (ca_file[0] ? LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS : 0),
        .client_ssl_ca_filepath = ca_file[0] ? ca_file : NULL,
    };
    hello.lws = lws_create_context(&creation);
    int code;
    if (!hello.lws) {
        code = sb_fail(err, SB_EINTERNAL, "no WebSocket can be made");
    } else {
        lws_sorted_usec_list_t wake = {0};
        lws_sul_schedule(hello.lws, 0, &wake, s_wake, (HELLO_MS + 100) * LWS_US_PER_MS);
        const struct lws_client_connect_info info = {
            .context = hello.lws,
            .address = host,
            .port = port,
            .path = path,
            .host = host,
            .ssl_connection = tls ? LCCSCF_USE_SSL : 0,
            .local_protocol_name = "slack",
        };
        code = s_wait(&hello, &info, err);
        lws_sul_cancel(&wake);
        lws_context_destroy(hello.lws);
        hello_r->end = s_end(&hello);
        hello_r->status = hello.status;
        code = code ? code : s_read(&hello, hello_r, err);
    }
    free(hello.frame);
    return code;
}
