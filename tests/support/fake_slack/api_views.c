/* api_views.c */
#include <stdlib.h>
#include <string.h>

#include "tests/support/fake_slack/slack.h"

/* The view of the arguments, checked; NULL with *error_r. */
static char *s_shape(call_t *call, bool home, const char **error_r)
{
    bool bad;
    const cJSON *view = args_json(call->args, "view", &bad);
    char *shape = NULL;
    if (bad || !view || !cJSON_IsObject(view)) {
        faults_told_add(&call->faults, "/view", "missing required field: view");
        *error_r = "invalid_arguments";
        return NULL;
    }
    *error_r = view_check(view, home, &call->faults, &shape);
    return shape;
}

static bool s_conflict(call_t *call, const view_t *view)
{
    const char *hash = args_str(call->args, "hash");
    return hash && *hash && (!view || strcmp(view->hash, hash) != 0);
}

const char *views_publish(call_t *call)
{
    slack_t *slack = call->slack;
    const char *id = call_need(call, "user_id");
    user_t *user = id ? people_find(slack->people, id) : NULL;
    if (!user) {
        faults_told_add(&call->faults, "/user_id", "invalid `user_id`");
        return "invalid_arguments";
    }
    view_t *view = views_home(slack->views, user);
    if (s_conflict(call, view)) {
        return "hash_conflict";
    }
    const char *error;
    char *shape = s_shape(call, true, &error);
    if (error) {
        return error;
    }
    if (view) {
        views_change(view, slack->views, &shape);
    } else {
        view = views_add(slack->views, user, true, &shape);
    }
    view_write(view, NULL, call->out, "view");
    return NULL;
}

const char *views_open(call_t *call)
{
    slack_t *slack = call->slack;
    const char *id = call_need(call, "trigger_id");
    if (!id) {
        return "invalid_arguments";
    }
    const char *error;
    char *shape = s_shape(call, false, &error);
    user_t *user = error ? NULL : triggers_exchange(slack->triggers, id, &error);
    if (error) {
        free(shape);
        return error;
    }
    view_write(views_add(slack->views, user, false, &shape), NULL, call->out, "view");
    return NULL;
}

const char *views_update(call_t *call)
{
    slack_t *slack = call->slack;
    const char *id = args_str(call->args, "view_id");
    const char *external_id = args_str(call->args, "external_id");
    view_t *view = id            ? views_find(slack->views, id)
                   : external_id ? views_by_external_id(slack->views, external_id)
                                 : NULL;
    if (!view) {
        return "not_found";
    }
    if (s_conflict(call, view)) {
        return "hash_conflict";
    }
    const char *error;
    char *shape = s_shape(call, view->home, &error);
    if (error) {
        return error;
    }
    views_change(view, slack->views, &shape);
    view_write(view, NULL, call->out, "view");
    return NULL;
}
