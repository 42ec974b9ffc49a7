/* control.c */
#include "tests/support/fake_slack/control.h"

#include <string.h>

typedef struct {
    const char *name;
    control_fn *fn;
} route_t;

static const route_t s_routes[] = {
    {"info",               control_info          },
    {"user.add",           control_user_add      },
    {"user.change",        control_user_change   },
    {"user",               control_user_get      },
    {"channel.add",        control_channel_add   },
    {"channel.change",     control_channel_change},
    {"channel",            control_channel_get   },
    {"post",               control_post          },
    {"edit",               control_edit          },
    {"delete",             control_delete        },
    {"press",              control_press         },
    {"submit",             control_submit        },
    {"close",              control_close         },
    {"home",               control_home          },
    {"slash",              control_slash         },
    {"event",              control_event         },
    {"envelope",           control_envelope      },
    {"messages",           control_messages      },
    {"ephemeral",          control_ephemeral     },
    {"views",              control_views         },
    {"counters",           control_counters      },
    {"delivery",           control_delivery      },
    {"deliveries",         control_deliveries    },
    {"sockets",            control_sockets       },
    {"fault",              control_fault         },
    {"faults.clear",       control_faults_clear  },
    {"socket",             control_socket        },
    {"socket.route",       control_route         },
    {"socket.fragment",    control_fragment      },
    {"socket.hello",       control_hello         },
    {"socket.refuse",      control_refuse        },
    {"delivery.duplicate", control_duplicate     },
    {"delivery.drop_acks", control_drop_acks     },
    {"cursors.expire",     control_cursors       },
    {"tiers",              control_tiers         },
    {"scopes",             control_scopes        },
    {"rate_limited",       control_rate_limited  },
    {"request_url",        control_request_url   },
};

static void s_refuse(reply_t *reply, int status, const char *error)
{
    reply->status = status;
    out_clear(&reply->body);
    out_begin(&reply->body, NULL, '{');
    out_bool(&reply->body, "ok", false);
    out_str(&reply->body, "error", error);
    out_end(&reply->body, '}');
}

static const route_t *s_find(const char *name)
{
    for (size_t i = 0; i < sizeof s_routes / sizeof s_routes[0]; i++) {
        if (strcmp(s_routes[i].name, name) == 0) {
            return &s_routes[i];
        }
    }
    return NULL;
}

void control_serve(slack_t *slack, const request_t *request, reply_t *reply)
{
    const route_t *route = s_find(request->path + strlen(CONTROL_PATH));
    if (!route) {
        s_refuse(reply, 404, "no such path");
        return;
    }
    args_t *args = args_new();
    const bool read =
        args_add_form(args, request->query, strlen(request->query)) &&
        (request->body.len == 0 || args_add_json(args, request->body.text, request->body.len));
    out_begin(&reply->body, NULL, '{');
    out_bool(&reply->body, "ok", true);
    const char *error = read ? route->fn(slack, args, &reply->body) : "the body is no JSON object";
    if (error) {
        s_refuse(reply, 400, error);
    } else {
        out_end(&reply->body, '}');
    }
    args_destroy(&args);
}

user_t *control_user(slack_t *slack, args_t *args, const char *name, const char **error_r)
{
    const char *id = args_str(args, name);
    user_t *user = id ? people_find(slack->people, id) : NULL;
    user = !user && id ? people_by_email(slack->people, id) : user;
    *error_r = user ? NULL : "user: there is no such id or address";
    return user;
}

channel_t *control_channel(slack_t *slack, args_t *args, user_t *user, const char **error_r)
{
    const char *id = args_str(args, "channel");
    *error_r = NULL;
    if (!id && user) {
        return channels_im(slack->channels, user, slack_now_s());
    }
    channel_t *channel = id ? channels_find(slack->channels, id) : NULL;
    channel = !channel && id ? channels_by_name(slack->channels, id) : channel;
    *error_r = channel ? NULL : "channel: there is no such id or name";
    return channel;
}

message_t *control_message(slack_t *slack, args_t *args, const char **error_r)
{
    const char *ts = args_str(args, "ts");
    message_t *message = ts ? channels_message(slack->channels, ts) : NULL;
    *error_r = message ? NULL : "ts: there is no such message";
    return message;
}
