/* control.h: what tests do to the workspace: README.md says what each path takes and gives. */
#pragma once

#include "tests/support/fake/args.h"
#include "tests/support/fake_slack/http.h"
#include "tests/support/fake_slack/interaction.h"
#include "tests/support/fake_slack/slack.h"

#define CONTROL_PATH "/control/"

/* Writes the answer's members besides ok. Returns NULL, or what is wrong with the request. */
typedef const char *(control_fn)(slack_t *slack, args_t *args, out_t *out);

void control_serve(slack_t *slack, const request_t *request, reply_t *reply);

/* ---- Shared by its parts. */

/* NULL with *error_r if there is none, or it is not said. */
user_t *control_user(slack_t *slack, args_t *args, const char *name, const char **error_r);
/* Of the argument channel (an id or a name), or user's direct messages with the bot. */
channel_t *control_channel(slack_t *slack, args_t *args, user_t *user, const char **error_r);
message_t *control_message(slack_t *slack, args_t *args, const char **error_r);

/* control_people.c */
control_fn control_info, control_user_add, control_user_change, control_user_get,
    control_channel_add, control_channel_change, control_channel_get;
/* control_acts.c */
control_fn control_post, control_edit, control_delete, control_press, control_submit, control_close,
    control_home, control_slash, control_event, control_envelope;
/* control_read.c */
control_fn control_messages, control_ephemeral, control_views, control_counters, control_delivery,
    control_deliveries, control_sockets;
/* control_faults.c */
control_fn control_fault, control_faults_clear, control_socket, control_route, control_fragment,
    control_hello, control_refuse, control_duplicate, control_drop_acks, control_cursors,
    control_tiers, control_scopes, control_rate_limited, control_request_url;
