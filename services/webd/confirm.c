/* confirm.c. Looking is free and changes nothing: chat systems look at links too. Only who has just
 * answered waits here, until authd has judged; everybody else looks again when they like. */
#include "services/webd/confirm.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "proto/taskd.h"
#include "services/webd/answer.h"

#define LOOK_MS 1000    /* between two looks at a page that somebody waits for, without a hint */
#define HINTED_MS 50    /* after a hint, in case more come */
#define WAIT_MS 20000   /* the longest that somebody waits */
#define WAITING_MAX 512 /* people at once; one more is told the state as it is */
#define COOKIE_S 600    /* as long as a page lives at most */
#define COOKIE_ATTRIBUTES "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age="

struct confirm {
    const store_t *store;
    sb_timers_t *timers;
    uint64_t timer;
    int64_t due_ms; /* when the timer runs */
    visit_t *waiting[WAITING_MAX];
    size_t waiting_len;
};

/* ---- What the page shows. */

static bool s_is(const cJSON *object, const char *key, const char *text)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return value && strcmp(value, text) == 0;
}

static void s_copy(cJSON *to, const cJSON *from, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, key);
    sb_json_add(to, key, item ? sb_json_copy(item) : cJSON_CreateNull());
}

/* Of a closed page only how it ended: whoever finds the link later learns nothing of the alert. */
static cJSON *s_state(const cJSON *view)
{
    static const char *const always[] = {"driver", "state", "result", "attempts", "left_ms"};
    static const char *const alert_keys[] = {"short",  "title", "description",
                                             "reason", "place", "event_ms"};
    cJSON *state = sb_json_object();
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
        s_copy(state, view, always[i]);
    }
    sb_json_add_int(state, "attempts_max", SB_PAGE_ATTEMPTS_MAX);
    if (!s_is(view, "state", "closed")) {
        const cJSON *from = cJSON_GetObjectItemCaseSensitive(view, "alert");
        cJSON *alert = sb_json_object();
        for (size_t i = 0; i < sizeof alert_keys / sizeof alert_keys[0]; i++) {
            s_copy(alert, from, alert_keys[i]);
        }
        sb_json_add(state, "alert", alert);
        s_copy(state, view, "person");
    }
    return state;
}

static void s_view(visit_t *visit, sb_reply_fn *then)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "token_hash", visit->hash);
    visit_ask(visit, "page.view", &body, then);
}

/* True if there is a view; else the visit has ended. */
static bool s_seen(visit_t **visit_p, int code)
{
    if (code == SB_ENOTFOUND) {
        visit_end_gone(visit_p);
    } else if (code) {
        visit_end_fault(visit_p, reply_fault_of(code));
    }
    return code == SB_OK;
}

static void s_on_page(void *arg, int code, const cJSON *view, const sb_err_t *err)
{
    visit_t *visit = arg;
    (void)err;
    if (!s_seen(&visit, code)) {
        return;
    }
    /* Who comes back from signing in may find it judged already. */
    if (s_is(view, "state", "closed") && !request_arg(visit->request, "back")) {
        visit_end_fault(&visit, REPLY_GONE);
        return;
    }
    reply_file(visit->store->server, visit->request->id, "/c/");
    visit_destroy(&visit);
}

/* ---- Waiting for authd. */

static void s_on_state(void *arg, int code, const cJSON *view, const sb_err_t *err);

static void s_look(void *arg)
{
    confirm_t *self = arg;
    visit_t *visits[WAITING_MAX];
    const size_t len = self->waiting_len;
    self->timer = 0;
    memcpy(visits, self->waiting, len * sizeof visits[0]);
    self->waiting_len = 0;
    for (size_t i = 0; i < len; i++) {
        s_view(visits[i], s_on_state);
    }
}

static void s_look_in(confirm_t *self, int64_t delay_ms)
{
    const int64_t due_ms = sb_clock_mono_ms() + delay_ms;
    if (self->timer && self->due_ms <= due_ms) {
        return;
    }
    sb_timers_cancel(self->timers, &self->timer);
    self->due_ms = due_ms;
    self->timer = sb_timers_add(self->timers, delay_ms, s_look, self);
}

void confirm_look(confirm_t *self)
{
    if (self->waiting_len > 0) {
        s_look_in(self, HINTED_MS);
    }
}

static void s_wait(confirm_t *self, visit_t *visit)
{
    self->waiting[self->waiting_len++] = visit;
    s_look_in(self, LOOK_MS);
}

static void s_on_state(void *arg, int code, const cJSON *view, const sb_err_t *err)
{
    visit_t *visit = arg;
    confirm_t *self = visit->owner;
    (void)err;
    if (!s_seen(&visit, code)) {
        return;
    }
    if (visit->until_ms == 0) {
        visit->until_ms = sb_clock_mono_ms() + WAIT_MS;
    }
    if (request_arg(visit->request, "wait") && s_is(view, "state", "answered") &&
        sb_clock_mono_ms() < visit->until_ms && self->waiting_len < WAITING_MAX) {
        s_wait(self, visit);
        return;
    }
    cJSON *state = s_state(view);
    visit_end_json(&visit, &state);
}

/* ---- Beginning. */

static char *s_cookie(const char *token, int seconds)
{
    return sb_format(REQUEST_COOKIE "=%s" COOKIE_ATTRIBUTES "%d", token, seconds);
}

/* Where to sign in; the cookie is how we know, when somebody comes back, that it is who went. */
static void s_begin_oidc(visit_t *visit, const cJSON *data)
{
    cJSON *body = sb_json_object();
    s_copy(body, data, "authorize_url");
    char *text = sb_json_print(body);
    char *cookie = s_cookie(visit->route.token, COOKIE_S);
    const server_answer_t answer = {.status = 200,
                                    .type = "application/json",
                                    .cookie = cookie,
                                    .body = text,
                                    .size = strlen(text)};
    server_answer(visit->store->server, visit->request->id, &answer);
    free(cookie);
    free(text);
    cJSON_Delete(body);
    visit_destroy(&visit);
}

static void s_on_begin(void *arg, int code, const cJSON *view, const sb_err_t *err)
{
    visit_t *visit = arg;
    (void)err;
    if (!s_seen(&visit, code)) {
        return;
    }
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(view, "data");
    if (!s_is(view, "state", "open")) {
        visit_end_fault(&visit, REPLY_CLOSED);
    } else if (s_is(view, "driver", "oidc")) {
        s_begin_oidc(visit, data);
    } else {
        cJSON *body = sb_json_object();
        s_copy(body, view, "challenge");
        s_copy(body, view, "passkeys");
        s_copy(body, data, "rp_id");
        visit_end_json(&visit, &body);
    }
}

/* ---- Answering. */

/* Takes the answer. */
static void s_put(visit_t *visit, cJSON **answer_p, sb_reply_fn *then)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "token_hash", visit->hash);
    sb_json_add(body, "answer", *answer_p);
    *answer_p = NULL;
    visit_ask(visit, "page.answer", &body, then);
}

static void s_on_answered(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    visit_t *visit = arg;
    (void)body;
    (void)err;
    if (s_seen(&visit, code)) {
        cJSON *done = sb_json_object();
        visit_end_json(&visit, &done);
    }
}

static void s_answer(visit_t *visit)
{
    sb_err_t err;
    cJSON *answer =
        visit->route.route == ROUTE_REFUSE ? answer_refuse() : answer_read(visit->body, &err);
    if (!answer) {
        sb_debug("answer not understood", "why", err.text, NULL);
        visit_end_fault(&visit, REPLY_WRONG);
        return;
    }
    s_put(visit, &answer, s_on_answered);
}

/* ---- Back from signing in. */

/* To the page that was left, whose cookie has done its work. */
static void s_go_back(visit_t **visit_p)
{
    const visit_t *visit = *visit_p;
    char *location = sb_format("/c/%s?back", visit->request->cookie);
    char *cookie = s_cookie("", 0);
    reply_redirect(visit->store->server, visit->request->id, location, cookie);
    free(location);
    free(cookie);
    visit_destroy(visit_p);
}

/* Whatever became of it, the page says it. */
static void s_on_relayed(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    visit_t *visit = arg;
    (void)body;
    (void)err;
    if (code && code != SB_ECONFLICT) {
        visit_end_fault(&visit, reply_fault_of(code));
        return;
    }
    s_go_back(&visit);
}

static bool s_same_state(const cJSON *view, const char *state)
{
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(view, "data");
    const char *want = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(data, "state"));
    return want && want[0] && state && strlen(state) == strlen(want) &&
           sb_equal(state, want, strlen(want));
}

static void s_on_back(void *arg, int code, const cJSON *view, const sb_err_t *err)
{
    visit_t *visit = arg;
    (void)err;
    if (!s_seen(&visit, code)) {
        return;
    }
    const char *state = request_arg(visit->request, "state");
    const char *signed_in = request_arg(visit->request, "code");
    if (!s_is(view, "driver", "oidc") || !s_same_state(view, state)) {
        visit_end_fault(&visit, REPLY_GONE);
    } else if (!signed_in || !s_is(view, "state", "open")) {
        s_go_back(&visit); /* the provider said no: the page is as it was */
    } else {
        cJSON *answer = answer_oidc(signed_in, state);
        s_put(visit, &answer, s_on_relayed);
    }
}

/* ---- Life. */

void confirm_serve(confirm_t *self, request_t **request_p, const request_route_t *route)
{
    visit_t *visit = visit_new(self->store, request_p, route, self);
    const bool callback = route->route == ROUTE_CALLBACK;
    if (!visit || !visit_admit(&visit, callback ? visit->request->cookie : route->token)) {
        return;
    }
    switch (route->route) {
    case ROUTE_PAGE:
        s_view(visit, s_on_page);
        break;
    case ROUTE_STATE:
        s_view(visit, s_on_state);
        break;
    case ROUTE_BEGIN:
        s_view(visit, s_on_begin);
        break;
    case ROUTE_CALLBACK:
        s_view(visit, s_on_back);
        break;
    default:
        s_answer(visit);
        break;
    }
}

confirm_t *confirm_new(zloop_t *loop, const store_t *store)
{
    confirm_t *self = sb_alloc(sizeof *self);
    self->store = store;
    self->timers = sb_timers_new(loop);
    return self;
}

void confirm_destroy(confirm_t **self_p)
{
    confirm_t *self = *self_p;
    if (!self) {
        return;
    }
    for (size_t i = 0; i < self->waiting_len; i++) {
        visit_destroy(&self->waiting[i]);
    }
    sb_timers_destroy(&self->timers);
    free(self);
    *self_p = NULL;
}
