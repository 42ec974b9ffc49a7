/* fault.c */
#include "tests/support/fake/fault.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#define HANG_MS_MAX 3600000
#define RETRY_AFTER_S_MAX 86400
#define ANY "*"
#define MALFORMED "{\"broken\":tru"

struct faults {
    const char *const *routes;
    const char *const *quirks;
    size_t routes_n;
    fault_t **lists; /* one a route, and that of any */
};

static size_t s_index(const char *const *names, const char *name)
{
    size_t i = 0;
    while (names[i] && strcmp(names[i], name) != 0) {
        i++;
    }
    return i;
}

faults_t *faults_new(const char *const *routes, const char *const *quirks)
{
    faults_t *self = sb_alloc(sizeof *self);
    self->routes = routes;
    self->quirks = quirks;
    self->routes_n = s_index(routes, "");
    self->lists = sb_alloc_array(self->routes_n + 1, sizeof *self->lists);
    return self;
}

static void s_free(fault_t **list)
{
    while (*list) {
        fault_t *fault = *list;
        *list = fault->next;
        free(fault->body);
        free(fault->quirk);
        free(fault);
    }
}

void faults_clear(faults_t *self)
{
    for (size_t i = 0; i <= self->routes_n; i++) {
        s_free(&self->lists[i]);
    }
}

void faults_destroy(faults_t **self_p)
{
    if (*self_p) {
        faults_clear(*self_p);
        free((*self_p)->lists);
        free(*self_p);
        *self_p = NULL;
    }
}

const char *faults_script(faults_t *self, args_t *args)
{
    const char *route = args_str(args, "route");
    const char *quirk = args_str(args, "quirk");
    const int64_t status = args_int(args, "status", 0);
    const int64_t hang_ms = args_int(args, "hang_ms", 0);
    const size_t at = route ? s_index(self->routes, route) : self->routes_n;
    if (!route || (at == self->routes_n && strcmp(route, ANY) != 0)) {
        return "route: there is no such route";
    }
    if (quirk && !self->quirks[s_index(self->quirks, quirk)]) {
        return "quirk: there is no such quirk";
    }
    if (status != 0 && (status < 200 || status > 599)) {
        return "status: expected 200 to 599";
    }
    if (args_int(args, "retry_after", 0) > RETRY_AFTER_S_MAX) {
        return "retry_after: expected at most 86400";
    }
    fault_t *fault = sb_alloc(sizeof *fault);
    fault->skip = args_int(args, "skip", 0);
    fault->times = args_int(args, "times", 1);
    fault->status = (int)status;
    fault->body = sb_strdup(args_str(args, "body"));
    fault->quirk = sb_strdup(quirk);
    fault->retry_after_s = args_int(args, "retry_after", -1);
    fault->hang_ms = hang_ms < 0 ? 0 : hang_ms < HANG_MS_MAX ? hang_ms : HANG_MS_MAX;
    fault->drop = args_bool(args, "drop", false);
    if (args_bool(args, "malformed", false) && !fault->body) {
        fault->body = sb_strdup(MALFORMED);
    }
    fault->apply = args_bool(args, "apply", !fault->status && !fault->body);
    fault_t **end = &self->lists[at];
    while (*end) {
        end = &(*end)->next;
    }
    *end = fault;
    return NULL;
}

static const fault_t *s_next(fault_t *list)
{
    for (fault_t *fault = list; fault; fault = fault->next) {
        if (fault->skip > 0) {
            fault->skip--;
        } else if (fault->times != 0) {
            fault->times -= fault->times > 0;
            return fault;
        }
    }
    return NULL;
}

const fault_t *faults_next(faults_t *self, const char *route)
{
    const fault_t *own = s_next(self->lists[s_index(self->routes, route)]);
    return own ? own : s_next(self->lists[self->routes_n]);
}

bool fault_applies(const fault_t *self)
{
    return !self || self->apply;
}

bool fault_quirk(const fault_t *self, const char *quirk)
{
    return self && self->quirk && strcmp(self->quirk, quirk) == 0;
}

void fault_spoil(const fault_t *self, reply_t *reply)
{
    if (!self) {
        return;
    }
    reply->delay_ms = self->hang_ms;
    reply->drop = self->drop;
    if (self->retry_after_s >= 0) {
        reply_header(reply, "retry-after", "%lld", (long long)self->retry_after_s);
    }
    if (self->status) {
        reply->status = self->status;
        reply_clear(reply);
    }
    if (self->body) {
        reply_clear(reply);
        sb_buf_puts(&reply->body.buf, self->body);
    }
}
