#include "services/chatd/slack_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PORT_MAX 65535

static const char s_digits[] = "0123456789";
static const char s_name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
static const char s_address[] = "0123456789abcdefABCDEF:.";

/* What follows the scheme; NULL if it is none of ours. */
static const char *s_scheme(const char *url, bool plain, slack_target_t *target)
{
    if (strncasecmp(url, "wss://", 6) == 0) {
        target->tls = true;
        target->port = 443;
        return url + 6;
    }
    if (plain && strncasecmp(url, "ws://", 5) == 0) {
        target->port = 80;
        return url + 5;
    }
    return NULL;
}

/* What follows the host; NULL if there is none, or a strange one. */
static const char *s_host(const char *at, slack_target_t *target)
{
    const bool brackets = *at == '[';
    at += brackets ? 1 : 0;
    const size_t len = strspn(at, brackets ? s_address : s_name);
    if (len == 0 || len >= sizeof target->host || (brackets && at[len] != ']')) {
        return NULL;
    }
    memcpy(target->host, at, len);
    target->host[len] = '\0';
    return at + len + (brackets ? 1 : 0);
}

static const char *s_port(const char *at, slack_target_t *target)
{
    if (*at != ':') {
        return at;
    }
    const size_t len = strspn(at + 1, s_digits);
    const long port = len > 0 && len <= 5 ? strtol(at + 1, NULL, 10) : 0;
    target->port = (int)port;
    return port > 0 && port <= PORT_MAX ? at + 1 + len : NULL;
}

/* Only what may stand in the first line of a request. */
static bool s_path(const char *at, slack_target_t *target)
{
    for (const char *c = at; *c; c++) {
        if (*c <= ' ' || *c >= 0x7f || strchr("#\"<>\\^`{|}", *c)) {
            return false;
        }
    }
    if (*at != '\0' && *at != '/' && *at != '?') {
        return false;
    }
    (void)snprintf(target->path, sizeof target->path, "%s%s", *at == '/' ? "" : "/", at);
    return true;
}

int slack_target_parse(const char *url, bool plain, slack_target_t *target_r, sb_err_t *err)
{
    *target_r = (slack_target_t){0};
    if (strlen(url) >= SLACK_URL_MAX - 1) {
        return sb_fail(err, SB_ETOOLARGE, "a URL of over %d bytes", SLACK_URL_MAX - 2);
    }
    const char *at = s_scheme(url, plain, target_r);
    if (!at) {
        return sb_fail(err, SB_EINVALID, "expected a wss URL, not \"%.*s...\"", 8, url);
    }
    at = s_host(at, target_r);
    at = at ? s_port(at, target_r) : NULL;
    if (!at) {
        return sb_fail(err, SB_EINVALID, "expected a host, and a port if any, in the URL");
    }
    if (!s_path(at, target_r)) {
        return sb_fail(err, SB_EINVALID, "a character that no URL has");
    }
    return SB_OK;
}
