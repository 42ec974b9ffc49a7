#include "services/webd/config.h"

#include <string.h>
#include <unistd.h>

#include "lib/listen.h"
#include "lib/mem.h"

#define AT(member) offsetof(webd_config_t, member)
#define HTTPS "https://"
#define HTTP "http://"
#define LOCALHOST "localhost"

/* clang-format off */
const sb_key_t webd_keys[] = {
    SB_COMMON_KEYS(webd_config_t, "ipc:///run/securitybot/webd.sock"),
    {"taskd.endpoint", SB_STRING, AT(taskd), "tcp://127.0.0.1:7301", 1, 512, NULL,
     SB_CONFIG_ENDPOINT,
     "where taskd answers requests"},
    {"taskd.hints", SB_STRING, AT(taskd_hints), "tcp://127.0.0.1:7302", 1, 512, NULL,
     SB_CONFIG_ENDPOINT,
     "where taskd publishes hints"},
    {"listen", SB_STRING, AT(listen), "127.0.0.1:8443", 1, SB_HOST_MAX, NULL, 0,
     "address and port for browsers, or for the proxy before them; port 0 is the kernel's choice"},
    {"open", SB_BOOLEAN, AT(open), "false", 0, 0, NULL, 0,
     "listen without TLS on an address that is not loopback; only where nobody but a proxy with TLS "
     "reaches it"},
    {"page.url", SB_STRING, AT(page_url), "http://localhost:8443", 8, SB_HOST_MAX, NULL, 0,
     "how browsers reach us: https://NAME, with a port if it is not 443; the same as authd's"},
    {"webauthn.rp_id", SB_STRING, AT(rp_id), "", 0, 253, NULL, 0,
     "the domain that passkeys are made for: the host of page.url (the default), or a domain above "
     "it; the same as authd's"},
    {"tls.cert_file", SB_PATH, AT(tls_cert_file), "", 0, 4096, NULL, 0,
     "PEM file with the certificate and its chain; empty: no TLS, which a proxy does then"},
    {"tls.key_file", SB_PATH, AT(tls_key_file), "", 0, 4096, NULL, 0,
     "PEM file with the certificate's key"},
};
/* clang-format on */
const size_t webd_keys_len = sizeof webd_keys / sizeof webd_keys[0];

bool webd_config_secure(const webd_config_t *self)
{
    return strncmp(self->page_url, HTTPS, strlen(HTTPS)) == 0;
}

/* What follows the scheme, and how much of it is the host. NULL if there is no scheme. */
static const char *s_host(const char *url, size_t *len_r)
{
    const char *host = NULL;
    if (strncmp(url, HTTPS, strlen(HTTPS)) == 0) {
        host = url + strlen(HTTPS);
    } else if (strncmp(url, HTTP, strlen(HTTP)) == 0) {
        host = url + strlen(HTTP);
    }
    *len_r = host ? strcspn(host, ":") : 0;
    return host;
}

char *webd_config_rp_id(const webd_config_t *self)
{
    size_t len;
    const char *host = s_host(self->page_url, &len);
    return self->rp_id[0] ? sb_strdup(self->rp_id) : sb_strndup(host ? host : "", len);
}

/* An origin as browsers write it: lower case, no path, no user, and no port that goes without
 * saying. It is compared to the byte. */
static int s_check_url(const webd_config_t *self, sb_err_t *err)
{
    size_t len;
    const char *url = self->page_url;
    const char *host = s_host(url, &len);
    const char *port = host && host[len] == ':' ? host + len + 1 : NULL;
    const size_t digits = port ? strspn(port, "0123456789") : 0;
    if (!host || len == 0 || strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != len ||
        (port && (digits == 0 || digits > 5 || port[digits] != '\0'))) {
        return sb_fail(err, SB_EINVALID,
                       "page.url: expected an origin like https://confirm.example.com, in lower "
                       "case and with nothing behind it, not \"%.100s\"",
                       url);
    }
    if (port && strcmp(port, webd_config_secure(self) ? "443" : "80") == 0) {
        return sb_fail(err, SB_EINVALID, "page.url: leave out the port %s, as browsers do", port);
    }
    if (!webd_config_secure(self) &&
        (len != strlen(LOCALHOST) || memcmp(host, LOCALHOST, len) != 0)) {
        return sb_fail(err, SB_EINVALID,
                       "page.url: expected https, since browsers have passkeys nowhere else but on "
                       "http://localhost");
    }
    return SB_OK;
}

/* The host, or a domain above it. What is no registrable domain browsers refuse themselves. */
static int s_check_rp_id(const webd_config_t *self, sb_err_t *err)
{
    size_t len;
    const char *host = s_host(self->page_url, &len);
    const size_t size = strlen(self->rp_id);
    if (size == 0) {
        return SB_OK;
    }
    const bool same = size <= len && memcmp(host + len - size, self->rp_id, size) == 0;
    if (!same || (size < len && host[len - size - 1] != '.')) {
        return sb_fail(err, SB_EINVALID,
                       "webauthn.rp_id: \"%.100s\" is neither the host of page.url nor a domain "
                       "above it",
                       self->rp_id);
    }
    return SB_OK;
}

static int s_check_listen(const webd_config_t *self, sb_err_t *err)
{
    char host[SB_HOST_MAX];
    int port;
    const bool tls = self->tls_cert_file[0] != '\0';
    if (sb_listen_parse(self->listen, host, &port, err)) {
        return sb_fail_in(err, "listen");
    }
    if (tls != (self->tls_key_file[0] != '\0')) {
        return sb_fail(err, SB_EINVALID, "%s: the other one of the two is set",
                       tls ? "tls.key_file" : "tls.cert_file");
    }
    if (tls && !webd_config_secure(self)) {
        return sb_fail(err, SB_EINVALID, "page.url: expected https, since there is a certificate");
    }
    if (!tls && !self->open && !sb_listen_loopback(host)) {
        return sb_fail(err, SB_EINVALID,
                       "listen: %.64s is not a loopback address, and there is no TLS; set "
                       "tls.cert_file, or open if nobody but a proxy reaches it",
                       host);
    }
    return SB_OK;
}

static int s_check_file(const char *key, const char *path, sb_err_t *err)
{
    if (path[0] && access(path, R_OK) != 0) {
        return sb_fail(err, SB_EINVALID, "%s: can't read %.180s", key, path);
    }
    return SB_OK;
}

int webd_config_check(void *config, sb_err_t *err)
{
    const webd_config_t *self = config;
    if (s_check_url(self, err) || s_check_rp_id(self, err) || s_check_listen(self, err) ||
        s_check_file("tls.cert_file", self->tls_cert_file, err) ||
        s_check_file("tls.key_file", self->tls_key_file, err)) {
        return err->code;
    }
    return SB_OK;
}
