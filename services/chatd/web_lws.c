#include "services/chatd/web_lws.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/log_gate.h"

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

void web_lws_log_open(void)
{
    lws_set_log_level(LLL_ERR | LLL_WARN, s_log);
}

bool web_lws_refuse(struct lws *wsi, unsigned status, const char *why)
{
    static _Thread_local sb_log_gate_t gate; /* a thread is a server */
    int64_t hidden;
    if (sb_log_gate(&gate, sb_clock_mono_ms(), &hidden)) {
        sb_info("http request refused", "status", sb_num(status), "why", why, NULL);
    }
    (void)lws_return_http_status(wsi, status, why);
    return false;
}

void web_lws_url(const char *host, int port, const char *path, char url_r[WEB_URL_MAX])
{
    const bool any = strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
    if (any) {
        host = "127.0.0.1";
    }
    const bool v6 = strchr(host, ':') != NULL;
    (void)snprintf(url_r, WEB_URL_MAX, "http://%s%s%s:%d%s", v6 ? "[" : "", host, v6 ? "]" : "",
                   port, path);
}
