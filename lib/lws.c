#include "lib/lws.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/log_gate.h"

#define OWN_FDS 8 /* descriptors of a server that are no connections */

static void s_log(int level, const char *line)
{
    char text[256];
    size_t len = strlen(line);
    len = len < sizeof text ? len : sizeof text - 1;
    memcpy(text, line, len);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r')) {
        len--;
    }
    text[len] = '\0';
    sb_log(level == LLL_ERR ? SB_WARN : SB_DEBUG, "libwebsockets", "says", text, NULL);
}

void sb_lws_log_open(void)
{
    lws_set_log_level(LLL_ERR | LLL_WARN, s_log);
}

static bool s_any(const char *host)
{
    return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

/* Both context and listener need it: a listener without it speaks plainly, certificate or not. */
static uint64_t s_tls(const sb_lws_server_t *server)
{
    return server->cert_file ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0;
}

static struct lws_vhost *s_listen(const sb_lws_server_t *server, struct lws_context *lws)
{
    const bool v6 = strchr(server->host, ':') != NULL;
    const char *address = strcasecmp(server->host, "localhost") == 0 ? "127.0.0.1" : server->host;
    const struct lws_context_creation_info info = {
        .port = server->port,
        .iface = s_any(server->host) ? NULL : address,
        .protocols = server->protocols,
        .extensions = NULL,
        .alpn = "http/1.1",
        .headers = server->headers,
        .options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | s_tls(server) |
                   (v6 ? 0 : LWS_SERVER_OPTION_DISABLE_IPV6),
        .ssl_cert_filepath = server->cert_file,
        .ssl_private_key_filepath = server->key_file,
        .ssl_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1,
        .timeout_secs = server->handshake_s,
        .keepalive_timeout = server->keepalive_s,
        .retry_and_idle_policy = server->validity,
        .vhost_name = server->name,
    };
    return lws_create_vhost(lws, &info);
}

/* The address is taken in a second step, since libwebsockets leaks a context that fails in the
 * making. It is built with HTTP/2 and extensions, which have faults in this version: neither is
 * ever agreed on (no extension is named; the callbacks refuse h2c, which is an upgrade). */
struct lws_context *sb_lws_serve(const sb_lws_server_t *server, int *port_r)
{
    const struct lws_context_creation_info info = {
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | s_tls(server),
        .user = server->user,
        .gid = -1,
        .uid = -1,
        .fd_limit_per_thread = (unsigned)server->connections_max + OWN_FDS,
        .max_http_header_data2 = server->headers_max,
        .server_string = "securitybot",
    };
    struct lws_context *lws = lws_create_context(&info);
    struct lws_vhost *vhost = lws ? s_listen(server, lws) : NULL;
    *port_r = vhost ? lws_get_vhost_listen_port(vhost) : -1;
    return lws;
}

bool sb_lws_refuse(struct lws *wsi, unsigned status, const char *why)
{
    static _Thread_local sb_log_gate_t gate; /* a thread is a server */
    int64_t hidden;
    if (sb_log_gate(&gate, sb_clock_mono_ms(), &hidden)) {
        sb_info("http request refused", "status", sb_num(status), "why", why, NULL);
    }
    (void)lws_return_http_status(wsi, status, why);
    return false;
}

int sb_lws_refuse_upgrade(struct lws *wsi)
{
    char upgrade[16];
    if (lws_hdr_copy(wsi, upgrade, sizeof upgrade, WSI_TOKEN_UPGRADE) != 0) {
        (void)sb_lws_refuse(wsi, HTTP_STATUS_BAD_REQUEST, "No upgrade is served.");
    }
    return -1; /* without the header libwebsockets has refused it already */
}

void sb_lws_url(const char *host, int port, const char *path, char url_r[SB_LWS_URL_MAX])
{
    if (s_any(host)) {
        host = "127.0.0.1";
    }
    const bool v6 = strchr(host, ':') != NULL;
    (void)snprintf(url_r, SB_LWS_URL_MAX, "http://%s%s%s:%d%s", v6 ? "[" : "", host, v6 ? "]" : "",
                   port, path);
}
