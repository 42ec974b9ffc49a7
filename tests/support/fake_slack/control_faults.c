/* control_faults.c: what goes wrong. */
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/support/fake_slack/control.h"
#include "tests/support/fake_slack/event.h"

#define HANG_MS_MAX 3600000

const char *control_fault(slack_t *slack, args_t *args, out_t *out)
{
    (void)out;
    const char *method = args_str(args, "method");
    const int64_t status = args_int(args, "status", 0);
    if (!method || !api_has(method)) {
        return "method: there is no such method";
    }
    if (status != 0 && (status < 200 || status > 599)) {
        return "status: expected 200 to 599";
    }
    const bool lost = args_bool(args, "lost", false);
    const int64_t hang_ms = args_int(args, "hang_ms", 0);
    fault_t *fault = sb_alloc(sizeof *fault);
    fault->skip = args_int(args, "skip", 0);
    fault->times = args_int(args, "times", 1);
    fault->apply = args_bool(args, "apply", lost || hang_ms > 0);
    fault->error = sb_strdup(args_str(args, "error"));
    fault->body = sb_strdup(args_str(args, "body"));
    fault->status = (int)status;
    fault->retry_after_s = args_int(args, "retry_after", -1);
    fault->hang_ms = hang_ms < HANG_MS_MAX ? hang_ms : HANG_MS_MAX;
    fault->drop = lost;
    if (args_bool(args, "malformed", false) && !fault->body) {
        fault->body = sb_strdup("{\"ok\":tru");
    }
    if (fault->retry_after_s >= 0 && !fault->status) {
        fault->status = 429;
    }
    api_script(slack->api, method, &fault);
    return NULL;
}

const char *control_faults_clear(slack_t *slack, args_t *args, out_t *out)
{
    (void)args;
    (void)out;
    api_script_clear(slack->api);
    return NULL;
}

const char *control_socket(slack_t *slack, args_t *args, out_t *out)
{
    const char *action = args_str(args, "do");
    const uint64_t which = (uint64_t)args_int(args, "number", 0);
    const char *text = args_str(args, "text");
    sockets_t *sockets = slack->sockets;
    size_t n = 0;
    if (!action) {
        return "do: is needed";
    }
    if (strcmp(action, "disconnect") == 0) {
        const char *reason = args_str(args, "reason");
        n = sockets_disconnect(sockets, which, reason ? reason : "refresh_requested",
                               args_bool(args, "close", false));
    } else if (strcmp(action, "close") == 0) {
        n = sockets_disconnect(sockets, which, NULL, true);
    } else if (strcmp(action, "kill") == 0) {
        n = sockets_kill(sockets, which);
    } else if (strcmp(action, "half_open") == 0) {
        n = sockets_deafen(sockets, which);
    } else if (strcmp(action, "send") == 0 && text) {
        n = sockets_raw(sockets, which, text, args_bool(args, "binary", false));
    } else {
        return "do: expected disconnect, close, kill, half_open, or send with a text";
    }
    out_int(out, "connections", (int64_t)n);
    return NULL;
}

const char *control_route(slack_t *slack, args_t *args, out_t *out)
{
    (void)out;
    sockets_route(slack->sockets, (uint64_t)args_int(args, "number", 0));
    return NULL;
}

const char *control_fragment(slack_t *slack, args_t *args, out_t *out)
{
    (void)out;
    sockets_fragment(slack->sockets, (size_t)args_int(args, "size", 0));
    return NULL;
}

const char *control_hello(slack_t *slack, args_t *args, out_t *out)
{
    (void)out;
    sockets_withhold_hello(slack->sockets, args_int(args, "withhold", 1));
    return NULL;
}

const char *control_refuse(slack_t *slack, args_t *args, out_t *out)
{
    (void)out;
    sockets_refuse(slack->sockets, args_int(args, "times", 1), (int)args_int(args, "status", 409));
    return NULL;
}

const char *control_duplicate(slack_t *slack, args_t *args, out_t *out)
{
    (void)out;
    deliveries_duplicate(slack->deliveries, args_int(args, "times", 1));
    return NULL;
}

const char *control_drop_acks(slack_t *slack, args_t *args, out_t *out)
{
    (void)out;
    deliveries_drop_acks(slack->deliveries, args_int(args, "times", 1));
    return NULL;
}

const char *control_cursors(slack_t *slack, args_t *args, out_t *out)
{
    (void)args;
    (void)out;
    slack->cursors_made++;
    return NULL;
}

const char *control_tiers(slack_t *slack, args_t *args, out_t *out)
{
    (void)out;
    api_enforce_tiers(slack->api, args_bool(args, "on", true));
    return NULL;
}

const char *control_scopes(slack_t *slack, args_t *args, out_t *out)
{
    const char *scopes = args_str(args, "scopes");
    if (!scopes) {
        return "scopes: is needed";
    }
    free(slack->scopes);
    slack->scopes = sb_strdup(scopes);
    out_str(out, "scopes", slack->scopes);
    return NULL;
}

const char *control_rate_limited(slack_t *slack, args_t *args, out_t *out)
{
    (void)args;
    out_str(out, "delivery", event_rate_limited(slack));
    return NULL;
}

const char *control_request_url(slack_t *slack, args_t *args, out_t *out)
{
    const char *url = args_str(args, "url");
    if (url && *url && args_bool(args, "verify", true)) {
        poster_verify(slack->poster, url);
    } else {
        poster_use(slack->poster, url);
    }
    poster_write(slack->poster, out, "http");
    return NULL;
}
