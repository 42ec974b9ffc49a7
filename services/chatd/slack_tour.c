/* slack_tour.c. A budget in the store that is blocked says that another chatd is on its tour, or
 * was within the hour; so N of them cost no more of Slack's patience than one. */
#include "services/chatd/slack_tour.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "proto/taskd.h"

#define TURN_KEY "slack/people/"        /* of the budget that says whose turn it is; the username */
#define TURN_MS (15 * 60 * 1000LL)      /* a tour that has not come on for so long was given up */
#define TURN_AGAIN_MS (5 * 60 * 1000LL) /* looks at least so often whether it is our turn */
#define PAGE_PATIENCE_MS (10 * 60 * 1000LL)
#define RETRY_MS 5000 /* doubled with each failure, up to */
#define RETRY_MS_MAX (5 * 60 * 1000LL)
#define RETRIES_MAX 12
#define CURSOR_MAX 1024

struct slack_tour {
    chat_host_t *host;
    slack_api_t *api;
    slack_username_t username;
    sb_timers_t *timers;
    uint64_t timer;
    char *turn;      /* key of the budget */
    uint64_t number; /* answers to another number are of a tour that was given up */
    bool stopped;
    bool under_way;
    char cursor[CURSOR_MAX];
    int64_t limit;
    int64_t since_ms;  /* when it began, on the store's clock; 0: the first page is not told yet */
    size_t people;     /* told on this tour */
    unsigned failures; /* in a row */
    uint64_t tours, told, twice;
};

/* One call of a tour. */
typedef struct {
    slack_tour_t *tour;
    uint64_t number;
    bool last; /* the page it tells is */
    size_t people;
} leg_t;

static void s_page(slack_tour_t *self);
static void s_start(void *arg);
static void s_take_turn(void *arg);

static leg_t *s_leg(slack_tour_t *self)
{
    leg_t *leg = sb_alloc(sizeof *leg);
    *leg = (leg_t){.tour = self, .number = self->number};
    return leg;
}

/* The tour of a leg that has ended, or NULL if it was given up. Takes the leg. */
static slack_tour_t *s_arrived(leg_t *leg)
{
    slack_tour_t *tour = leg->tour;
    const bool current = leg->number == tour->number && !tour->stopped;
    free(leg);
    return current ? tour : NULL;
}

static void s_later(slack_tour_t *self, int64_t ms, sb_timer_fn *fn)
{
    sb_timers_cancel(self->timers, &self->timer);
    self->timer = sb_timers_add(self->timers, ms, fn, self);
}

static void s_on_blocked(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)arg;
    (void)body;
    if (code) { /* at worst two make the tour */
        sb_debug("turn not kept", "why", err->text, NULL);
    }
}

static void s_keep_turn(slack_tour_t *self, int64_t ms)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "key", self->turn);
    sb_json_add_int(body, "for_ms", ms);
    chat_host_call(self->host, "budget.block", &body, s_on_blocked, NULL);
}

/* ---- A page. */

/* Answers that are still to come are of no use any more. */
static void s_end(slack_tour_t *self, int64_t next_ms, sb_timer_fn *next)
{
    self->under_way = false;
    self->number++;
    s_later(self, next_ms, next);
}

static void s_on_retry(void *arg)
{
    slack_tour_t *self = arg;
    self->timer = 0;
    s_page(self);
}

static void s_fail(slack_tour_t *self, const char *what, const sb_err_t *err)
{
    int64_t wait_ms = RETRY_MS << (self->failures < 10 ? self->failures : 10);
    wait_ms = wait_ms < RETRY_MS_MAX ? wait_ms : RETRY_MS_MAX;
    self->failures++;
    sb_warn("members not all told yet", "at", what, "why", err->text, "told",
            sb_num((int64_t)self->people), "again_in_ms", sb_num(wait_ms), NULL);
    if (self->failures > RETRIES_MAX) { /* from the beginning; cursors grow old too */
        s_end(self, RETRY_MS_MAX, s_start);
    } else {
        s_later(self, wait_ms, s_on_retry);
    }
}

static void s_done(slack_tour_t *self)
{
    self->tours++;
    sb_info("members told", "people", sb_num((int64_t)self->people), NULL);
    s_keep_turn(self, SLACK_TOUR_MS);
    s_end(self, SLACK_TOUR_MS, s_take_turn);
}

static void s_on_told(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    const bool last = ((leg_t *)arg)->last;
    const size_t people = ((leg_t *)arg)->people;
    slack_tour_t *self = s_arrived(arg);
    if (!self) {
        return;
    }
    if (code) {
        s_fail(self, "the store", err);
        return;
    }
    if (self->since_ms == 0) {
        const cJSON *at = cJSON_GetObjectItemCaseSensitive(body, "at_ms");
        self->since_ms = cJSON_IsNumber(at) ? (int64_t)at->valuedouble : 0;
    }
    self->failures = 0;
    self->people += people;
    self->told += people;
    if (last) {
        s_done(self);
    } else {
        s_page(self);
    }
}

/* A list without a single person is rather a fault than a workspace: nobody is dropped for it. */
static void s_tell(slack_tour_t *self, cJSON *people, bool last)
{
    leg_t *leg = s_leg(self);
    leg->last = last;
    leg->people = (size_t)cJSON_GetArraySize(people);
    const bool all_told = last && self->people + leg->people > 0;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "source", SLACK_SOURCE);
    sb_json_add_bool(body, "complete", all_told);
    if (all_told && self->since_ms > 0) {
        sb_json_add_int(body, "since_ms", self->since_ms);
    }
    sb_json_add(body, "people", people);
    chat_host_call(self->host, "person.sync", &body, s_on_told, leg);
}

/* True if there is a next page; its cursor is kept. */
static bool s_read_cursor(slack_tour_t *self, const cJSON *body)
{
    const cJSON *meta = cJSON_GetObjectItemCaseSensitive(body, "response_metadata");
    const char *next = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(meta, "next_cursor"));
    const size_t size = next ? strlen(next) : 0;
    if (size >= sizeof self->cursor) {
        sb_warn("cursor of users.list is too long", "bytes", sb_num((int64_t)size), NULL);
        return false;
    }
    (void)snprintf(self->cursor, sizeof self->cursor, "%s", next ? next : "");
    return size > 0;
}

static void s_on_page(void *arg, const slack_reply_t *reply)
{
    slack_tour_t *self = s_arrived(arg);
    if (!self) {
        return;
    }
    if (reply->class == SLACK_PERMANENT && strcmp(reply->error, "invalid_cursor") == 0) {
        s_end(self, RETRY_MS, s_start); /* it has grown old */
        return;
    }
    if (reply->class != SLACK_OK) {
        self->limit = SLACK_TOUR_PAGE_MIN;
        s_fail(self, "users.list", &reply->err);
        return;
    }
    size_t twice = 0;
    cJSON *people = slack_member_page(cJSON_GetObjectItemCaseSensitive(reply->body, "members"),
                                      self->username, &twice);
    self->twice += twice;
    if (twice > 0) {
        sb_warn("members with one username left out", "members", sb_num((int64_t)twice), NULL);
    }
    const bool more = s_read_cursor(self, reply->body);
    s_tell(self, people, !more);
}

static void s_page(slack_tour_t *self)
{
    s_keep_turn(self, TURN_MS);
    const sb_num_t limit = sb_num_format(self->limit);
    const slack_arg_t args[] = {
        {"limit",  limit.text                           },
        {"cursor", self->cursor[0] ? self->cursor : NULL},
    };
    slack_api_call(self->api, "users.list", args, 2, PAGE_PATIENCE_MS, s_on_page, s_leg(self));
}

/* ---- Turns. */

static void s_start(void *arg)
{
    slack_tour_t *self = arg;
    sb_timers_cancel(self->timers, &self->timer);
    self->number++;
    self->under_way = true;
    self->cursor[0] = '\0';
    self->limit = SLACK_TOUR_PAGE;
    self->since_ms = 0;
    self->people = 0;
    self->failures = 0;
    s_page(self);
}

static void s_on_turn(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    slack_tour_t *self = s_arrived(arg);
    if (!self || self->under_way) {
        return;
    }
    const cJSON *wait = cJSON_GetObjectItemCaseSensitive(body, "wait_ms");
    if (code) {
        sb_debug("turn not known", "why", err->text, NULL);
        s_later(self, RETRY_MS, s_take_turn);
    } else if (cJSON_IsNumber(wait) && wait->valuedouble > 0) {
        const double most = TURN_AGAIN_MS;
        s_later(self, (int64_t)(wait->valuedouble < most ? wait->valuedouble : most), s_take_turn);
    } else {
        s_start(self);
    }
}

static void s_take_turn(void *arg)
{
    slack_tour_t *self = arg;
    self->timer = 0;
    if (self->stopped || self->under_way) {
        return;
    }
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "key", self->turn);
    sb_json_add_int(body, "per_minute", 1);
    sb_json_add_int(body, "burst", 1);
    chat_host_call(self->host, "budget.take", &body, s_on_turn, s_leg(self));
}

/* ---- Life. */

slack_tour_t *slack_tour_new(chat_host_t *host, slack_api_t *api, slack_username_t username)
{
    slack_tour_t *self = sb_alloc(sizeof *self);
    self->host = host;
    self->api = api;
    self->username = username;
    self->turn = sb_format(TURN_KEY "%d", (int)username);
    self->timers = sb_timers_new(chat_host_loop(host));
    return self;
}

void slack_tour_stop(slack_tour_t *self)
{
    self->stopped = true;
    sb_timers_cancel(self->timers, &self->timer);
}

void slack_tour_destroy(slack_tour_t **self_p)
{
    slack_tour_t *self = *self_p;
    if (!self) {
        return;
    }
    sb_timers_destroy(&self->timers);
    free(self->turn);
    free(self);
    *self_p = NULL;
}

void slack_tour_begin(slack_tour_t *self, bool forced)
{
    if (self->stopped) {
        return;
    }
    if (forced) {
        s_start(self);
    } else if (!self->under_way) {
        sb_timers_cancel(self->timers, &self->timer);
        s_take_turn(self);
    }
}

void slack_tour_stats(const slack_tour_t *self, cJSON *object)
{
    sb_json_add_int(object, "people_tours", (int64_t)self->tours);
    sb_json_add_int(object, "people_told", (int64_t)self->told);
    sb_json_add_int(object, "people_twice", (int64_t)self->twice);
}
