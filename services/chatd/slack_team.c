/* slack_team.c. One reading is under way at a time; all who ask meanwhile wait for its end. */
#include "services/chatd/slack_team.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "services/chatd/slack_ids.h"

#define CURSOR_MAX 1024
#define NEVER_MS INT64_MIN

typedef struct waiter waiter_t;

struct waiter {
    slack_team_t *team;
    char user[SLACK_ID_SIZE];
    uint64_t timer;
    slack_team_fn *fn;
    void *arg;
    waiter_t *next;
};

struct slack_team {
    slack_api_t *api;
    const char *channel;
    sb_timers_t *timers;
    zhashx_t *members; /* by Slack id; NULL: never read */
    int64_t read_ms;   /* when they were */
    zhashx_t *reading; /* what is being read; NULL: nothing is */
    int64_t begun_ms;  /* when the last reading began; NEVER_MS */
    char cursor[CURSOR_MAX];
    waiter_t *waiters;
    bool stopped;
    uint64_t reads, failed;
};

/* ---- Who waits. */

static bool s_is_member(const slack_team_t *self, const char *user)
{
    return self->members && zhashx_lookup(self->members, user);
}

static void s_answer_all(slack_team_t *self, int code, const sb_err_t *err)
{
    waiter_t *all = self->waiters;
    self->waiters = NULL;
    while (all) {
        waiter_t *waiter = all;
        all = waiter->next;
        sb_timers_cancel(self->timers, &waiter->timer);
        waiter->fn(waiter->arg, code, !code && s_is_member(self, waiter->user), err);
        free(waiter);
    }
}

static void s_on_late(void *arg)
{
    waiter_t *waiter = arg;
    waiter_t **link_p = &waiter->team->waiters;
    while (*link_p != waiter) {
        link_p = &(*link_p)->next;
    }
    *link_p = waiter->next;
    sb_err_t err;
    const int code = sb_fail(&err, SB_ETIMEOUT, "conversations.members takes too long");
    waiter->fn(waiter->arg, code, false, &err);
    free(waiter);
}

static void s_wait(slack_team_t *self, const char *user, slack_team_fn *fn, void *arg)
{
    waiter_t *waiter = sb_alloc(sizeof *waiter);
    *waiter = (waiter_t){.team = self, .fn = fn, .arg = arg, .next = self->waiters};
    (void)snprintf(waiter->user, sizeof waiter->user, "%s", user);
    waiter->timer = sb_timers_add(self->timers, SLACK_TEAM_WAIT_MS, s_on_late, waiter);
    self->waiters = waiter;
}

/* ---- Reading. */

static void s_read_page(slack_team_t *self);

static void s_fail(slack_team_t *self, const sb_err_t *err)
{
    self->failed++;
    zhashx_destroy(&self->reading);
    sb_error("members of the reporting channel not known", "channel", self->channel, "why",
             err->text, NULL);
    s_answer_all(self, err->code, err);
}

static void s_end(slack_team_t *self)
{
    const sb_err_t none = {0};
    self->reads++;
    zhashx_destroy(&self->members);
    self->members = self->reading;
    self->reading = NULL;
    self->read_ms = self->begun_ms;
    s_answer_all(self, SB_OK, &none);
}

/* False if the cursor is none of Slack's. */
static bool s_take_cursor(slack_team_t *self, const cJSON *body)
{
    const cJSON *meta = cJSON_GetObjectItemCaseSensitive(body, "response_metadata");
    const char *next = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(meta, "next_cursor"));
    const size_t size = next ? strlen(next) : 0;
    (void)snprintf(self->cursor, sizeof self->cursor, "%s", next ? next : "");
    return size < sizeof self->cursor;
}

static void s_on_page(void *arg, const slack_reply_t *reply)
{
    slack_team_t *self = arg;
    if (self->stopped) {
        return;
    }
    if (reply->class != SLACK_OK) {
        s_fail(self, &reply->err);
        return;
    }
    const cJSON *member;
    cJSON_ArrayForEach(member, cJSON_GetObjectItemCaseSensitive(reply->body, "members"))
    {
        if (cJSON_IsString(member)) { /* the key is copied, the item means nothing */
            zhashx_update(self->reading, member->valuestring, self);
        }
    }
    if (!s_take_cursor(self, reply->body) || zhashx_size(self->reading) > SLACK_TEAM_MAX) {
        sb_err_t err;
        (void)sb_fail(&err, SB_ETOOLARGE, "the channel has over %d members", SLACK_TEAM_MAX);
        s_fail(self, &err);
    } else if (self->cursor[0]) {
        s_read_page(self);
    } else {
        s_end(self);
    }
}

static void s_read_page(slack_team_t *self)
{
    const sb_num_t limit = sb_num_format(SLACK_TEAM_PAGE);
    const slack_arg_t args[] = {
        {"channel", self->channel                        },
        {"limit",   limit.text                           },
        {"cursor",  self->cursor[0] ? self->cursor : NULL},
    };
    slack_api_call(self->api, "conversations.members", args, 3, SLACK_TEAM_WAIT_MS, s_on_page,
                   self);
}

void slack_team_ask(slack_team_t *self, const char *user, slack_team_fn *fn, void *arg)
{
    const int64_t now_ms = sb_clock_mono_ms();
    const bool fresh = self->members && now_ms - self->read_ms < SLACK_TEAM_MS;
    const bool again = self->begun_ms == NEVER_MS || now_ms - self->begun_ms >= SLACK_TEAM_AGAIN_MS;
    sb_err_t err = {0};
    if (self->stopped) {
        fn(arg, sb_fail(&err, SB_ERETRY, "chatd is stopping"), false, &err);
    } else if (fresh && (s_is_member(self, user) || (!again && !self->reading))) {
        fn(arg, SB_OK, s_is_member(self, user), &err);
    } else if (self->reading) {
        s_wait(self, user, fn, arg);
    } else if (again) {
        self->begun_ms = now_ms;
        self->cursor[0] = '\0';
        self->reading = zhashx_new();
        s_wait(self, user, fn, arg);
        s_read_page(self);
    } else {
        fn(arg, sb_fail(&err, SB_EBUSY, "it could not be read a moment ago"), false, &err);
    }
}

/* ---- Life. */

slack_team_t *slack_team_new(zloop_t *loop, slack_api_t *api, const char *channel)
{
    slack_team_t *self = sb_alloc(sizeof *self);
    self->api = api;
    self->channel = channel;
    self->timers = sb_timers_new(loop);
    self->begun_ms = NEVER_MS;
    return self;
}

void slack_team_stop(slack_team_t *self)
{
    sb_err_t err;
    self->stopped = true;
    s_answer_all(self, sb_fail(&err, SB_ERETRY, "chatd is stopping"), &err);
}

void slack_team_destroy(slack_team_t **self_p)
{
    slack_team_t *self = *self_p;
    if (!self) {
        return;
    }
    slack_team_stop(self);
    zhashx_destroy(&self->members);
    zhashx_destroy(&self->reading);
    sb_timers_destroy(&self->timers);
    free(self);
    *self_p = NULL;
}

void slack_team_stats(const slack_team_t *self, cJSON *object)
{
    sb_json_add_int(object, "team_members",
                    self->members ? (int64_t)zhashx_size(self->members) : 0);
    sb_json_add_int(object, "team_reads", (int64_t)self->reads);
    sb_json_add_int(object, "team_reads_failed", (int64_t)self->failed);
}
