/* chat_url.c: where a web chat is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tools/botctl/chat_client.h"

#define LINE_MAX_SIZE 1024 /* bytes of a line of an endpoint file */
#define PORT_DEFAULT 80

static const char s_scheme[] = "http://";

static int s_bad(const char *url, sb_err_t *err)
{
    return sb_fail(err, SB_EINVALID,
                   "expected an address like http://127.0.0.1:8080/, not \"%.100s\"", url);
}

/* -1 if text up to end is no port. */
static int s_port(const char *text, const char *end)
{
    int port = 0;
    if (text == end || end - text > 5) {
        return -1;
    }
    for (; text < end; text++) {
        if (*text < '0' || *text > '9') {
            return -1;
        }
        port = port * 10 + (*text - '0');
    }
    return port >= 1 && port <= 65535 ? port : -1;
}

int chat_url_parse(const char *url, char *host_r, size_t host_size, int *port_r, sb_err_t *err)
{
    if (strncmp(url, s_scheme, sizeof s_scheme - 1) != 0) {
        return s_bad(url, err);
    }
    const char *host = url + sizeof s_scheme - 1;
    const char *end = host + strcspn(host, "/?#");
    if (end[0] && strcmp(end, "/") != 0) {
        return s_bad(url, err);
    }
    const char *host_end = end;
    *port_r = PORT_DEFAULT;
    const char *from = host[0] == '[' ? memchr(host, ']', (size_t)(end - host)) : host;
    const char *colon = from ? memchr(from, ':', (size_t)(end - from)) : NULL;
    if (colon) {
        host_end = colon;
        *port_r = s_port(colon + 1, end);
    }
    if (from && host[0] == '[') { /* the connection wants it bare */
        host++;
        host_end = from;
    }
    const size_t len = from && host_end > host ? (size_t)(host_end - host) : 0;
    if (len == 0 || len >= host_size || *port_r < 0 || memchr(host, '@', len)) {
        return s_bad(url, err);
    }
    memcpy(host_r, host, len);
    host_r[len] = '\0';
    return SB_OK;
}

int chat_url_load(const char *path, char **url_r, sb_err_t *err)
{
    static const char key[] = "http=";
    FILE *file = fopen(path, "re");
    if (!file) {
        return sb_fail(err, SB_ERETRY, "%s: can't be read; is chatd running?", path);
    }
    char line[LINE_MAX_SIZE];
    *url_r = NULL;
    while (!*url_r && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (strncmp(line, key, sizeof key - 1) == 0) {
            *url_r = sb_strdup(line + sizeof key - 1);
        }
    }
    (void)fclose(file);
    return *url_r ? SB_OK : sb_fail(err, SB_ERETRY, "%s: has no line http=", path);
}
