/* api_auth.c: who am I, and where is the WebSocket. */
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/support/fake_slack/ids.h"
#include "tests/support/fake_slack/slack.h"
#include "tests/support/fake_slack/sockets.h"

const char *api_test(call_t *call)
{
    const char *error = args_str(call->args, "error");
    if (error) {
        call->text = sb_strdup(error);
        return call->text;
    }
    out_begin(call->out, "args", '{');
    const char *foo = args_str(call->args, "foo");
    if (foo) {
        out_str(call->out, "foo", foo);
    }
    out_end(call->out, '}');
    return NULL;
}

const char *auth_test(call_t *call)
{
    out_str(call->out, "url", "https://" TEAM_DOMAIN ".slack.com/");
    out_str(call->out, "team", TEAM_NAME);
    out_str(call->out, "user", BOT_NAME);
    out_str(call->out, "team_id", TEAM_ID);
    out_str(call->out, "user_id", BOT_USER_ID);
    out_str(call->out, "bot_id", BOT_ID);
    out_bool(call->out, "is_enterprise_install", false);
    return NULL;
}

const char *apps_connections_open(call_t *call)
{
    if (!call->post) {
        return "insecure_request";
    }
    if (call->slack->options->request_url) {
        return "socket_mode_not_enabled"; /* the app's manifest has it off */
    }
    char *url = sockets_ticket(call->slack->sockets);
    out_str(call->out, "url", url);
    free(url);
    return NULL;
}
