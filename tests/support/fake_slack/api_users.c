/* api_users.c */
#include <string.h>

#include "tests/support/fake_slack/slack.h"

#define USERS_PAGE_MAX 1000
#define USERS_UNPAGED_MAX 5000 /* larger workspaces must be asked for pages */

static bool s_with_email(const call_t *call)
{
    return options_lists(call->slack->scopes, "users:read.email");
}

const char *users_list(call_t *call)
{
    people_t *people = call->slack->people;
    char first[CURSOR_MAX];
    bool given;
    if (!call_cursor(call, "user", first, &given)) {
        return "invalid_cursor";
    }
    const size_t limit = call_limit(call, 0, USERS_PAGE_MAX);
    if (limit == 0 && people_len(people) > USERS_UNPAGED_MAX) {
        return "limit_required";
    }
    size_t place = 0;
    if (given) {
        const user_t *user = people_find(people, first);
        if (!user) {
            return "invalid_cursor";
        }
        place = user->place;
    }
    const size_t end = limit == 0 ? people_len(people) : place + limit;
    const bool with_email = s_with_email(call);
    out_begin(call->out, "members", '[');
    const user_t *user;
    for (; place < end && (user = people_at(people, place)); place++) {
        user_write(user, with_email, call->out, NULL);
    }
    out_end(call->out, ']');
    out_int(call->out, "cache_ts", slack_now_s());
    user = people_at(people, place);
    if (user) {
        call_next(call, "user", user->id);
    }
    return NULL;
}

const char *users_info(call_t *call)
{
    const char *id = call_need(call, "user");
    if (!id) {
        return "invalid_arguments";
    }
    const user_t *user = people_find(call->slack->people, id);
    if (!user) {
        return "user_not_found";
    }
    user_write(user, s_with_email(call), call->out, "user");
    return NULL;
}

const char *users_by_email(call_t *call)
{
    const char *email = call_need(call, "email");
    if (!email) {
        return "invalid_arguments";
    }
    const user_t *user = people_by_email(call->slack->people, email);
    if (!user || user->deleted) {
        return "users_not_found";
    }
    user_write(user, true, call->out, "user");
    return NULL;
}
