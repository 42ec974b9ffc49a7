/* slack_pages.c */
#include "services/chatd/slack_pages.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "services/chatd/slack_home.h"
#include "services/chatd/slack_ids.h"

#define PUBLISH_PATIENCE_MS 30000

struct slack_pages {
    chat_host_t *host;
    slack_api_t *api;
    slack_people_t *people;
    slack_when_t *when;
    sb_timers_t *timers;
    zhashx_t *pages; /* by user */
    bool stopped;
    uint64_t drawn, failed;
};

typedef struct {
    slack_pages_t *pages;
    char user[SLACK_ID_SIZE];
    uint64_t timer; /* to draw it */
    int64_t drawn_ms;
    bool drawing;
    bool stale; /* it has changed since it is being drawn */
} page_t;

static void s_draw(page_t *page);

static void s_on_timer(void *arg)
{
    page_t *page = arg;
    page->timer = 0;
    s_draw(page);
}

static void s_later(page_t *page, int64_t ms)
{
    if (!page->pages->stopped && !page->timer) {
        page->timer = sb_timers_add(page->pages->timers, ms, s_on_timer, page);
    }
}

static void s_drawn(page_t *page, bool ok)
{
    page->drawing = false;
    page->drawn_ms = sb_clock_mono_ms();
    page->pages->drawn += ok ? 1 : 0;
    page->pages->failed += ok ? 0 : 1;
    if (page->stale) {
        page->stale = false;
        s_later(page, SLACK_PAGES_MS);
    }
}

static void s_on_published(void *arg, const slack_reply_t *reply)
{
    if (reply->class != SLACK_OK) { /* it is drawn again when it is looked at */
        sb_debug("home page not drawn", "error", reply->error, NULL);
    }
    s_drawn(arg, reply->class == SLACK_OK);
}

static void s_publish(page_t *page, const cJSON *body)
{
    slack_pages_t *self = page->pages;
    cJSON *view = slack_home_view(body, self->when);
    char *json = sb_json_print(view);
    const slack_arg_t args[] = {
        {"user_id", page->user},
        {"view",    json      }
    };
    slack_api_call(self->api, "views.publish", args, 2, PUBLISH_PATIENCE_MS, s_on_published, page);
    free(json);
    cJSON_Delete(view);
}

static void s_on_view(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    page_t *page = arg;
    if (code) {
        sb_debug("home page not known", "why", err->text, NULL);
        s_drawn(page, false);
    } else {
        s_publish(page, body);
    }
}

static void s_on_person(void *arg, int code, const char *person, const sb_err_t *err)
{
    page_t *page = arg;
    if (code || !person) {
        if (code) {
            s_on_view(page, code, NULL, err);
        } else {
            s_publish(page, NULL);
        }
        return;
    }
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", person);
    chat_host_call(page->pages->host, "person.view", &body, s_on_view, page);
}

static void s_draw(page_t *page)
{
    if (page->drawing) {
        page->stale = true;
        return;
    }
    page->drawing = true;
    slack_people_find(page->pages->people, page->user, s_on_person, page);
}

/* ---- Who looks. */

/* NULL if too many do. */
static page_t *s_page(slack_pages_t *self, const char *user)
{
    page_t *page = zhashx_lookup(self->pages, user);
    if (page || zhashx_size(self->pages) >= SLACK_PAGES_MAX) {
        return page;
    }
    page = sb_alloc(sizeof *page);
    page->pages = self;
    page->drawn_ms = -SLACK_PAGES_MS;
    (void)snprintf(page->user, sizeof page->user, "%s", user);
    (void)zhashx_insert(self->pages, user, page);
    return page;
}

/* What is left of the pause after the last drawing, at least lag_ms. */
static int64_t s_pause(const page_t *page, int64_t lag_ms)
{
    const int64_t left_ms = page->drawn_ms + SLACK_PAGES_MS - sb_clock_mono_ms();
    return left_ms > lag_ms ? left_ms : lag_ms;
}

void slack_pages_look(slack_pages_t *self, const char *user)
{
    page_t *page = self->stopped ? NULL : s_page(self, user);
    if (!page) {
        return;
    }
    const int64_t pause_ms = s_pause(page, 0);
    if (pause_ms > 0) {
        s_later(page, pause_ms);
    } else if (!page->timer) {
        s_draw(page);
    }
}

void slack_pages_changed(slack_pages_t *self, const char *user)
{
    page_t *page = user ? zhashx_lookup(self->pages, user) : NULL;
    if (page) {
        s_later(page, s_pause(page, SLACK_PAGES_LAG_MS));
    }
}

/* ---- Life. */

slack_pages_t *slack_pages_new(chat_host_t *host, slack_api_t *api, slack_people_t *people,
                               slack_when_t *when)
{
    slack_pages_t *self = sb_alloc(sizeof *self);
    self->host = host;
    self->api = api;
    self->people = people;
    self->when = when;
    self->timers = sb_timers_new(chat_host_loop(host));
    self->pages = zhashx_new();
    return self;
}

void slack_pages_stop(slack_pages_t *self)
{
    self->stopped = true;
    for (page_t *page = zhashx_first(self->pages); page; page = zhashx_next(self->pages)) {
        sb_timers_cancel(self->timers, &page->timer);
    }
}

void slack_pages_destroy(slack_pages_t **self_p)
{
    slack_pages_t *self = *self_p;
    if (!self) {
        return;
    }
    for (page_t *page = zhashx_first(self->pages); page; page = zhashx_next(self->pages)) {
        free(page);
    }
    zhashx_destroy(&self->pages);
    sb_timers_destroy(&self->timers);
    free(self);
    *self_p = NULL;
}

void slack_pages_stats(const slack_pages_t *self, cJSON *object)
{
    sb_json_add_int(object, "home_pages", (int64_t)zhashx_size(self->pages));
    sb_json_add_int(object, "home_drawn", (int64_t)self->drawn);
    sb_json_add_int(object, "home_failed", (int64_t)self->failed);
}
