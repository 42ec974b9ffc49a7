/* local_host.c. Names are compared as text: what a name resolves to is what an attacker chooses. */
#include "services/chatd/local_host.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* -1 if digits are no port. */
static int s_port(const char *digits)
{
    const size_t len = strspn(digits, "0123456789");
    if (len == 0 || len > 5 || digits[len] != '\0') {
        return -1;
    }
    const long port = strtol(digits, NULL, 10);
    return port <= 65535 ? (int)port : -1;
}

int local_listen_parse(const char *listen, char host_r[LOCAL_HOST_MAX], int *port_r, sb_err_t *err)
{
    const char *colon = strrchr(listen, ':');
    size_t host_len = colon ? (size_t)(colon - listen) : 0;
    if (host_len == 0 || host_len >= LOCAL_HOST_MAX) {
        return sb_fail(err, SB_EINVALID, "expected HOST:PORT, e.g. 127.0.0.1:8080, not \"%s\"",
                       listen);
    }
    const char *host = listen;
    if (host[0] == '[' && host[host_len - 1] == ']') {
        host++;
        host_len -= 2;
    } else if (memchr(host, ':', host_len)) {
        return sb_fail(err, SB_EINVALID,
                       "expected an IPv6 address in brackets, e.g. [::1]:8080, "
                       "not \"%s\"",
                       listen);
    }
    const int port = s_port(colon + 1);
    if (port < 0) {
        return sb_fail(err, SB_EINVALID, "expected a port from 0 to 65535, not \"%s\"", colon + 1);
    }
    memcpy(host_r, host, host_len);
    host_r[host_len] = '\0';
    *port_r = port;
    struct in6_addr address; /* room for either kind */
    if (inet_pton(AF_INET, host_r, &address) != 1 && inet_pton(AF_INET6, host_r, &address) != 1 &&
        strcasecmp(host_r, "localhost") != 0) {
        return sb_fail(err, SB_EINVALID, "expected an address or localhost, not \"%s\"", host_r);
    }
    return SB_OK;
}

bool local_host_loopback(const char *host)
{
    char bare[LOCAL_HOST_MAX];
    size_t len = strlen(host);
    if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof bare) {
        return false;
    }
    memcpy(bare, host, len);
    bare[len] = '\0';
    struct in_addr v4;
    if (inet_pton(AF_INET, bare, &v4) == 1) {
        return (ntohl(v4.s_addr) >> 24) == 127;
    }
    struct in6_addr v6;
    if (inet_pton(AF_INET6, bare, &v6) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&v6);
    }
    return strcasecmp(bare, "localhost") == 0;
}

/* The length of header without its ":port"; brackets stay. */
static size_t s_name_len(const char *header)
{
    const char *from = header;
    if (header[0] == '[') {
        const char *close = strchr(header, ']');
        from = close ? close : header;
    }
    const char *colon = strchr(from, ':');
    return colon ? (size_t)(colon - header) : strlen(header);
}

bool local_host_allowed(const char *header, char *const *extra)
{
    char name[LOCAL_HOST_MAX];
    const size_t len = s_name_len(header);
    if (len == 0 || len >= sizeof name) {
        return false;
    }
    memcpy(name, header, len);
    name[len] = '\0';
    if (local_host_loopback(name)) {
        return true;
    }
    for (size_t i = 0; extra && extra[i]; i++) {
        if (strcasecmp(extra[i], name) == 0) {
            return true;
        }
    }
    return false;
}

bool local_origin_matches(const char *origin, const char *host_header)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        const size_t len = strlen(schemes[i]);
        if (strncasecmp(origin, schemes[i], len) == 0) {
            return host_header[0] && strcasecmp(origin + len, host_header) == 0;
        }
    }
    return false;
}
