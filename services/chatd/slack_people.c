/* slack_people.c: who is behind a Slack id. The tour through all members is slack_tour.c. */
#include "services/chatd/slack_people.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "services/chatd/slack_tour.h"

#define KNOWN_MS (10 * 60 * 1000LL) /* what was found is taken for true */
#define NOBODY_MS (60 * 1000LL)     /* likewise that there is nobody */
#define ASK_PATIENCE_MS 2000        /* people wait for an answer */

typedef struct {
    char *person; /* NULL: nobody */
    int64_t until_ms;
} known_t;

struct slack_people {
    chat_host_t *host;
    slack_api_t *api;
    slack_username_t username;
    slack_tour_t *tour;
    zhashx_t *known; /* by Slack id */
    uint64_t asked;  /* users.info */
};

/* One search. */
typedef struct {
    slack_people_t *people;
    char *slack_id;
    char *person; /* while the store is told of it */
    slack_person_fn *fn;
    void *arg;
} search_t;

/* ---- What is remembered. */

static void s_known_free(void **item)
{
    known_t *known = *item;
    free(known->person);
    free(known);
    *item = NULL;
}

static void s_remember(slack_people_t *self, const char *slack_id, const char *person)
{
    if (zhashx_size(self->known) >= SLACK_PEOPLE_KNOWN_MAX) {
        zhashx_purge(self->known);
    }
    known_t *known = sb_alloc(sizeof *known);
    known->person = sb_strdup(person);
    known->until_ms = sb_clock_mono_ms() + (person ? KNOWN_MS : NOBODY_MS);
    zhashx_update(self->known, slack_id, known);
}

/* NULL if nothing, or nothing fresh, is remembered. */
static const known_t *s_remembered(const slack_people_t *self, const char *slack_id)
{
    const known_t *known = zhashx_lookup(self->known, slack_id);
    return known && known->until_ms > sb_clock_mono_ms() ? known : NULL;
}

/* ---- Searching. */

/* Takes the search. */
static void s_found(search_t *search, int code, const char *person, const sb_err_t *err)
{
    if (!code) {
        s_remember(search->people, search->slack_id, person);
    }
    search->fn(search->arg, code, person, err);
    free(search->slack_id);
    free(search->person);
    free(search);
}

static void s_on_told(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    search_t *search = arg;
    (void)body;
    if (code == SB_EINVALID) { /* no username as the store wants it */
        sb_warn("member can't be a person", "user", search->slack_id, "why", err->text, NULL);
        s_found(search, SB_OK, NULL, err);
        return;
    }
    s_found(search, code, code ? NULL : search->person, err);
}

/* Takes the person. */
static void s_tell(slack_people_t *self, cJSON *person, sb_reply_fn *fn, void *arg)
{
    cJSON *people = sb_json_array();
    sb_json_push(people, person);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "source", SLACK_SOURCE);
    sb_json_add_bool(body, "complete", false);
    sb_json_add(body, "people", people);
    chat_host_call(self->host, "person.sync", &body, fn, arg);
}

static void s_on_info(void *arg, const slack_reply_t *reply)
{
    search_t *search = arg;
    slack_people_t *self = search->people;
    if (reply->class == SLACK_PERMANENT) { /* user_not_found, user_not_visible */
        s_found(search, SB_OK, NULL, &reply->err);
        return;
    }
    if (reply->class != SLACK_OK) {
        s_found(search, reply->err.code, NULL, &reply->err);
        return;
    }
    cJSON *person;
    const cJSON *user = cJSON_GetObjectItemCaseSensitive(reply->body, "user");
    if (slack_member_read(user, self->username, &person) != SLACK_MEMBER_PERSON) {
        cJSON_Delete(person);
        s_found(search, SB_OK, NULL, &reply->err);
        return;
    }
    search->person = sb_strdup(cJSON_GetObjectItemCaseSensitive(person, "id")->valuestring);
    s_tell(self, person, s_on_told, search);
}

static void s_on_listed(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    search_t *search = arg;
    slack_people_t *self = search->people;
    if (code) {
        s_found(search, code, NULL, err);
        return;
    }
    const cJSON *people = cJSON_GetObjectItemCaseSensitive(body, "people");
    const cJSON *first = cJSON_GetArrayItem(people, 0);
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(first, "id"));
    if (id) {
        s_found(search, SB_OK, id, err);
        return;
    }
    self->asked++;
    const slack_arg_t args[] = {
        {"user", search->slack_id}
    };
    slack_api_call(self->api, "users.info", args, 1, ASK_PATIENCE_MS, s_on_info, search);
}

void slack_people_find(slack_people_t *self, const char *slack_id, slack_person_fn *fn, void *arg)
{
    const known_t *known = s_remembered(self, slack_id);
    if (known) {
        const sb_err_t none = {0};
        fn(arg, SB_OK, known->person, &none);
        return;
    }
    search_t *search = sb_alloc(sizeof *search);
    *search = (search_t){.people = self, .slack_id = sb_strdup(slack_id), .fn = fn, .arg = arg};
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "chat_id", slack_id);
    chat_host_call(self->host, "person.list", &body, s_on_listed, search);
}

/* ---- Changes. */

void slack_people_changed(slack_people_t *self, const cJSON *user, sb_reply_fn *fn, void *arg)
{
    cJSON *person;
    (void)slack_member_read(user, self->username, &person);
    zhashx_delete(self->known, slack_member_id(user));
    if (!person) { /* a bot: nothing is to be done */
        const sb_err_t none = {0};
        fn(arg, SB_OK, NULL, &none);
        return;
    }
    s_tell(self, person, fn, arg);
}

/* ---- Life. */

slack_people_t *slack_people_new(chat_host_t *host, slack_api_t *api, slack_username_t username)
{
    slack_people_t *self = sb_alloc(sizeof *self);
    self->host = host;
    self->api = api;
    self->username = username;
    self->tour = slack_tour_new(host, api, username);
    self->known = zhashx_new();
    zhashx_set_destructor(self->known, s_known_free);
    return self;
}

void slack_people_stop(slack_people_t *self)
{
    slack_tour_stop(self->tour);
}

void slack_people_destroy(slack_people_t **self_p)
{
    slack_people_t *self = *self_p;
    if (!self) {
        return;
    }
    slack_tour_destroy(&self->tour);
    zhashx_destroy(&self->known);
    free(self);
    *self_p = NULL;
}

void slack_people_sync(slack_people_t *self, bool forced)
{
    slack_tour_begin(self->tour, forced);
}

void slack_people_stats(const slack_people_t *self, cJSON *object)
{
    sb_json_add_int(object, "people_asked", (int64_t)self->asked);
    sb_json_add_int(object, "people_known", (int64_t)zhashx_size(self->known));
    slack_tour_stats(self->tour, object);
}
