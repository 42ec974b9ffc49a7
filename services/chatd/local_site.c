/* local_site.c. A handful of files from our own binary: no path is ever looked up on a disk. */
#include "services/chatd/local_site.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/lws.h"
#include "lib/mem.h"
#include "proto/localchat.h"
#include "services/chatd/local_host.h"

#define URI_MAX 512      /* bytes of a path with the NUL */
#define HEADERS_MAX 2048 /* bytes of our own headers */

extern const unsigned char chatd_page_html[], chatd_page_html_end[];
extern const unsigned char chatd_page_css[], chatd_page_css_end[];
extern const unsigned char chatd_page_js[], chatd_page_js_end[];
extern const unsigned char chatd_page_svg[], chatd_page_svg_end[];

struct local_file {
    const char *path;
    const char *type;
    const unsigned char *data;
    const unsigned char *end;
};

static const local_file_t s_files[] = {
    {"/",          "text/html; charset=utf-8",       chatd_page_html, chatd_page_html_end},
    {"/style.css", "text/css; charset=utf-8",        chatd_page_css,  chatd_page_css_end },
    {"/app.js",    "text/javascript; charset=utf-8", chatd_page_js,   chatd_page_js_end  },
    {"/icon.svg",  "image/svg+xml",                  chatd_page_svg,  chatd_page_svg_end },
};

static const struct lws_protocol_vhost_options s_no_cache = {NULL, NULL,
                                                             "cache-control:", "no-cache"};
static const struct lws_protocol_vhost_options s_no_embed = {
    &s_no_cache, NULL, "cross-origin-resource-policy:", "same-origin"};
static const struct lws_protocol_vhost_options s_no_opener = {
    &s_no_embed, NULL, "cross-origin-opener-policy:", "same-origin"};
static const struct lws_protocol_vhost_options s_no_referrer = {&s_no_opener, NULL,
                                                                "referrer-policy:", "no-referrer"};
static const struct lws_protocol_vhost_options s_no_sniff = {&s_no_referrer, NULL,
                                                             "x-content-type-options:", "nosniff"};
const struct lws_protocol_vhost_options local_site_headers = {
    &s_no_sniff, NULL, "content-security-policy:",
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"};

/* False if the request was refused. host_r gets the header. */
static bool s_check_host(struct lws *wsi, char *const *hosts, char host_r[SB_HOST_MAX])
{
    const int len = lws_hdr_copy(wsi, host_r, SB_HOST_MAX, WSI_TOKEN_HOST);
    if (len <= 0) {
        return sb_lws_refuse(wsi, HTTP_STATUS_BAD_REQUEST,
                             "A Host header of a sensible length is "
                             "needed.");
    }
    if (!local_host_allowed(host_r, hosts)) {
        return sb_lws_refuse(wsi, HTTP_STATUS_FORBIDDEN,
                             "This host name is not in chat.local.hosts.");
    }
    return true;
}

bool local_site_upgrade(struct lws *wsi, char *const *hosts)
{
    char upgrade[16];
    char host[SB_HOST_MAX];
    char origin[SB_HOST_MAX];
    char uri[URI_MAX];
    const int upgrade_len = lws_hdr_copy(wsi, upgrade, sizeof upgrade, WSI_TOKEN_UPGRADE);
    if (upgrade_len == 0) {
        return false; /* libwebsockets has refused it and dropped its headers */
    }
    if (upgrade_len < 0 || strcasecmp(upgrade, "websocket") != 0) {
        return sb_lws_refuse(wsi, HTTP_STATUS_BAD_REQUEST,
                             "Only an upgrade to websocket is served.");
    }
    if (!s_check_host(wsi, hosts, host)) {
        return false;
    }
    const int uri_len = lws_hdr_copy(wsi, uri, sizeof uri, WSI_TOKEN_GET_URI);
    if (uri_len <= 0 || strcmp(uri, LOCALCHAT_PATH) != 0) {
        return sb_lws_refuse(wsi, HTTP_STATUS_NOT_FOUND, "The WebSocket is at " LOCALCHAT_PATH ".");
    }
    const int origin_len = lws_hdr_copy(wsi, origin, sizeof origin, WSI_TOKEN_ORIGIN);
    if (origin_len != 0 && (origin_len < 0 || !local_origin_matches(origin, host))) {
        return sb_lws_refuse(wsi, HTTP_STATUS_FORBIDDEN, "The Origin is another site.");
    }
    return true;
}

static const local_file_t *s_find(const char *path)
{
    for (size_t i = 0; i < sizeof s_files / sizeof s_files[0]; i++) {
        if (strcmp(s_files[i].path, path) == 0) {
            return &s_files[i];
        }
    }
    return NULL;
}

static bool s_send_headers(struct lws *wsi, const local_file_t *file)
{
    unsigned char buffer[LWS_PRE + HEADERS_MAX];
    unsigned char *start = buffer + LWS_PRE;
    unsigned char *at = start;
    unsigned char *end = buffer + sizeof buffer - 1;
    return lws_add_http_common_headers(wsi, HTTP_STATUS_OK, file->type,
                                       (lws_filepos_t)(file->end - file->data), &at, end) == 0 &&
           lws_finalize_write_http_header(wsi, start, &at, end) == 0;
}

bool local_site_request(struct lws *wsi, char *const *hosts, const local_file_t **file_r)
{
    char host[SB_HOST_MAX];
    char uri[URI_MAX];
    *file_r = NULL;
    if (!s_check_host(wsi, hosts, host)) {
        return false;
    }
    const bool head = lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;
    if (!head && lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) == 0) {
        return sb_lws_refuse(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED, "Only GET and HEAD are served.");
    }
    if (lws_hdr_copy(wsi, uri, sizeof uri, head ? WSI_TOKEN_HEAD_URI : WSI_TOKEN_GET_URI) < 0) {
        return sb_lws_refuse(wsi, HTTP_STATUS_REQ_URI_TOO_LONG, "The path is too long.");
    }
    const local_file_t *file = s_find(uri);
    if (!file) {
        return sb_lws_refuse(wsi, HTTP_STATUS_NOT_FOUND, "There is no such page.");
    }
    if (!s_send_headers(wsi, file)) {
        return false;
    }
    if (head) {
        return lws_http_transaction_completed(wsi) == 0;
    }
    *file_r = file;
    lws_callback_on_writable(wsi);
    return true;
}

bool local_site_write(struct lws *wsi, const local_file_t **file_p)
{
    const local_file_t *file = *file_p;
    if (!file) { /* libwebsockets asks of its own accord too */
        return true;
    }
    *file_p = NULL;
    const size_t size = (size_t)(file->end - file->data);
    unsigned char *buffer = sb_alloc(LWS_PRE + size);
    memcpy(buffer + LWS_PRE, file->data, size);
    const int written = lws_write(wsi, buffer + LWS_PRE, size, LWS_WRITE_HTTP_FINAL);
    free(buffer);
    return written >= 0 && lws_http_transaction_completed(wsi) == 0;
}
