/* local_host.c. Names are compared as text: what a name resolves to is what an attacker chooses. */
#include "services/chatd/local_host.h"

#include <string.h>
#include <strings.h>

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
    char name[SB_HOST_MAX];
    const size_t len = s_name_len(header);
    if (len == 0 || len >= sizeof name) {
        return false;
    }
    memcpy(name, header, len);
    name[len] = '\0';
    if (sb_listen_loopback(name)) {
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
