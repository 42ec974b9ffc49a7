/* slack_catchup.c. One walk over the people with an open question is under way at a time; a gap
 * that comes meanwhile has it begin anew. */
#include "services/chatd/slack_catchup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "proto/taskd.h"

#define PEOPLE_PAGE 100
#define MARGIN_MS 60000                   /* clocks differ, and messages come late */
#define UNKNOWN_GAP_MS (60 * 60 * 1000LL) /* if it isn't known how long it was */
#define PATIENCE_MS (10 * 60 * 1000LL)
#define RETRY_MS 5000
#define RETRIES_MAX 3 /* of one person */

struct slack_catchup {
    chat_host_t *host;
    slack_api_t *api;
    slack_dm_t *dm;
    slack_ear_t *ear;
    sb_timers_t *timers;
    uint64_t timer;
    bool stopped;
    bool under_way;
    bool again;       /* another gap came: from the beginning */
    int64_t since_ms; /* when the gap began */
    char after[SB_PERSON_ID_MAX + 1];
    bool more;       /* there are people behind this page */
    cJSON *people;   /* the rest of the page */
    cJSON *messages; /* of one of them, the oldest first; the rest */
    char channel[SLACK_ID_SIZE];
    int retries;
    uint64_t walk_persons, walk_heard; /* of this walk */
    uint64_t walks, persons, heard, failed;
};

static void s_list(void *arg);
static void s_next_person(slack_catchup_t *self);
static void s_person(void *arg);

static const cJSON *s_member(const cJSON *json, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(json, name);
}

static void s_later(slack_catchup_t *self, sb_timer_fn *fn)
{
    if (!self->stopped) {
        self->timer = sb_timers_add(self->timers, RETRY_MS, fn, self);
    }
}

static void s_forget_person(slack_catchup_t *self)
{
    cJSON_DeleteItemFromArray(self->people, 0);
    self->retries = 0;
}

/* The person is tried again, a few times. */
static void s_fail(slack_catchup_t *self, const char *why)
{
    if (++self->retries <= RETRIES_MAX) {
        s_later(self, s_person);
        return;
    }
    self->failed++;
    sb_warn("history not read", "channel", self->channel, "why", why, NULL);
    s_forget_person(self);
    s_next_person(self);
}

/* ---- What one of them said. */

static void s_hear_next(slack_catchup_t *self);

static void s_on_heard(void *arg, int code)
{
    slack_catchup_t *self = arg;
    if (self->stopped) {
        return;
    }
    if (code) {
        s_fail(self, "the store is away");
        return;
    }
    self->heard++;
    self->walk_heard++;
    s_hear_next(self);
}

static void s_hear_next(slack_catchup_t *self)
{
    cJSON *message = cJSON_DetachItemFromArray(self->messages, 0);
    if (!message) {
        self->persons++;
        self->walk_persons++;
        s_forget_person(self);
        s_next_person(self);
        return;
    }
    slack_ear_history(self->ear, message, self->channel, s_on_heard, self);
    cJSON_Delete(message);
}

/* Slack tells the newest first. */
static cJSON *s_turned(const cJSON *messages)
{
    cJSON *turned = sb_json_array();
    const cJSON *message;
    cJSON_ArrayForEach(message, messages)
    {
        cJSON *copy = cJSON_Duplicate(message, true);
        if (copy) {
            (void)cJSON_InsertItemInArray(turned, 0, copy);
        }
    }
    return turned;
}

static void s_on_history(void *arg, const slack_reply_t *reply)
{
    slack_catchup_t *self = arg;
    if (self->stopped) {
        return;
    }
    if (reply->class != SLACK_OK) {
        s_fail(self, reply->err.text);
        return;
    }
    cJSON_Delete(self->messages);
    self->messages = s_turned(s_member(reply->body, "messages"));
    s_hear_next(self);
}

static void s_on_channel(void *arg, int code, const char *channel, const sb_err_t *err)
{
    slack_catchup_t *self = arg;
    if (self->stopped) {
        return;
    }
    if (code) {
        s_fail(self, err->text);
        return;
    }
    (void)snprintf(self->channel, sizeof self->channel, "%s", channel);
    const cJSON *since = s_member(self->people->child, "since_ms");
    int64_t oldest_ms = self->since_ms;
    if (cJSON_IsNumber(since) && (int64_t)since->valuedouble < oldest_ms) {
        oldest_ms = (int64_t)since->valuedouble;
    }
    oldest_ms = oldest_ms > MARGIN_MS ? oldest_ms - MARGIN_MS : 0;
    char oldest[SLACK_TS_SIZE];
    (void)snprintf(oldest, sizeof oldest, "%lld.%03lld000", (long long)(oldest_ms / 1000),
                   (long long)(oldest_ms % 1000));
    const sb_num_t limit = sb_num_format(SLACK_CATCHUP_PAGE);
    const slack_arg_t args[] = {
        {"channel", self->channel},
        {"oldest",  oldest       },
        {"limit",   limit.text   }
    };
    slack_api_call(self->api, "conversations.history", args, 3, PATIENCE_MS, s_on_history, self);
}

static void s_person(void *arg)
{
    slack_catchup_t *self = arg;
    self->timer = 0;
    const char *chat_id = cJSON_GetStringValue(s_member(self->people->child, "chat_id"));
    slack_dm_want(self->dm, chat_id ? chat_id : "", PATIENCE_MS, s_on_channel, self);
}

/* ---- Who has a question open. */

static void s_end(slack_catchup_t *self)
{
    self->under_way = false;
    self->walks++;
    sb_info("history read", "people", sb_num((int64_t)self->walk_persons), "messages",
            sb_num((int64_t)self->walk_heard), NULL);
}

static void s_next_person(slack_catchup_t *self)
{
    if (self->again) {
        self->again = false;
        self->after[0] = '\0';
        self->walk_persons = 0;
        self->walk_heard = 0;
        s_list(self);
        return;
    }
    while (self->people->child && !cJSON_IsString(s_member(self->people->child, "chat_id"))) {
        s_forget_person(self);
    }
    if (self->people->child) {
        s_person(self);
    } else if (self->more) {
        s_list(self);
    } else {
        s_end(self);
    }
}

static void s_on_listed(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    slack_catchup_t *self = arg;
    if (self->stopped) {
        return;
    }
    if (code) {
        sb_debug("open questions not known", "why", err->text, NULL);
        s_later(self, s_list);
        return;
    }
    const cJSON *people = s_member(body, "people");
    const char *cursor = cJSON_GetStringValue(s_member(body, "cursor"));
    cJSON_Delete(self->people);
    self->people = cJSON_IsArray(people) ? sb_json_copy(people) : sb_json_array();
    self->more = cursor != NULL;
    (void)snprintf(self->after, sizeof self->after, "%s", cursor ? cursor : "");
    s_next_person(self);
}

static void s_list(void *arg)
{
    slack_catchup_t *self = arg;
    self->timer = 0;
    cJSON *body = sb_json_object();
    if (self->after[0]) {
        sb_json_add_str(body, "after", self->after);
    }
    sb_json_add_int(body, "limit", PEOPLE_PAGE);
    chat_host_call(self->host, "conversation.list", &body, s_on_listed, self);
}

void slack_catchup_begin(slack_catchup_t *self, int64_t gap_ms)
{
    if (self->stopped) {
        return;
    }
    const int64_t since_ms = sb_clock_wall_ms() - (gap_ms < 0 ? UNKNOWN_GAP_MS : gap_ms);
    if (self->under_way) {
        self->again = true;
        self->since_ms = since_ms < self->since_ms ? since_ms : self->since_ms;
        return;
    }
    self->under_way = true;
    self->since_ms = since_ms;
    self->after[0] = '\0';
    self->retries = 0;
    self->walk_persons = 0;
    self->walk_heard = 0;
    s_list(self);
}

/* ---- Life. */

slack_catchup_t *slack_catchup_new(chat_host_t *host, slack_api_t *api, slack_dm_t *dm,
                                   slack_ear_t *ear)
{
    slack_catchup_t *self = sb_alloc(sizeof *self);
    self->host = host;
    self->api = api;
    self->dm = dm;
    self->ear = ear;
    self->timers = sb_timers_new(chat_host_loop(host));
    self->people = sb_json_array();
    return self;
}

void slack_catchup_stop(slack_catchup_t *self)
{
    self->stopped = true;
    sb_timers_cancel(self->timers, &self->timer);
}

void slack_catchup_destroy(slack_catchup_t **self_p)
{
    slack_catchup_t *self = *self_p;
    if (!self) {
        return;
    }
    sb_timers_destroy(&self->timers);
    cJSON_Delete(self->people);
    cJSON_Delete(self->messages);
    free(self);
    *self_p = NULL;
}

void slack_catchup_stats(const slack_catchup_t *self, cJSON *object)
{
    sb_json_add_int(object, "catchups", (int64_t)self->walks);
    sb_json_add_int(object, "catchup_people", (int64_t)self->persons);
    sb_json_add_int(object, "catchup_messages", (int64_t)self->heard);
    sb_json_add_int(object, "catchup_failed", (int64_t)self->failed);
}
