#include "lib/listen.h"

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

int sb_listen_parse(const char *listen, char host_r[SB_HOST_MAX], int *port_r, sb_err_t *err)
{
    const char *colon = strrchr(listen, ':');
    size_t host_len = colon ? (size_t)(colon - listen) : 0;
    if (host_len == 0 || host_len >= SB_HOST_MAX) {
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

bool sb_listen_loopback(const char *host)
{
    char bare[SB_HOST_MAX];
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
