/* local_directory.c. A sorted array of pointers into the pages as they came. */
#include "services/chatd/local_directory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "proto/taskd.h"

typedef struct waiter waiter_t;
struct waiter {
    local_directory_fn *fn;
    void *arg;
    waiter_t *next;
};

struct local_directory {
    chat_host_t *host;
    cJSON *people;       /* an array of {id, name, email}, by id */
    const cJSON **by_id; /* its elements */
    size_t len;
    int64_t read_ms; /* when reading it began, on the monotonic clock; -1: never */
    cJSON *reading;  /* the pages so far; NULL: nothing is being read */
    size_t reading_len;
    int64_t reading_ms;
    waiter_t *waiters; /* for the end of this reading, the oldest first */
    waiter_t *next;    /* for that of the next one */
    waiter_t **next_end;
    size_t waiters_len; /* of both */
};

local_directory_t *local_directory_new(chat_host_t *host)
{
    local_directory_t *self = sb_alloc(sizeof *self);
    self->host = host;
    self->people = sb_json_array();
    self->read_ms = -1;
    self->next_end = &self->next;
    return self;
}

void local_directory_destroy(local_directory_t **self_p)
{
    local_directory_t *self = *self_p;
    if (!self) {
        return;
    }
    assert(!self->reading && !self->waiters && !self->next);
    cJSON_Delete(self->people);
    free(self->by_id);
    free(self);
    *self_p = NULL;
}

static void s_read_page(local_directory_t *self, const char *after);

/* Reads for all who wait, if any do and nothing is being read. */
static void s_begin(local_directory_t *self)
{
    if (self->reading || !self->next) {
        return;
    }
    self->waiters = self->next;
    self->next = NULL;
    self->next_end = &self->next;
    self->reading = sb_json_array();
    self->reading_len = 0;
    self->reading_ms = sb_clock_mono_ms();
    s_read_page(self, NULL);
}

static void s_end(local_directory_t *self, int code, const sb_err_t *err)
{
    waiter_t *waiter = self->waiters;
    self->waiters = NULL;
    while (waiter) {
        waiter_t *next = waiter->next;
        self->waiters_len--;
        waiter->fn(waiter->arg, code, err);
        free(waiter);
        waiter = next;
    }
    s_begin(self);
}

static int s_compare(const void *a, const void *b)
{
    const cJSON *x = *(const cJSON *const *)a;
    const cJSON *y = *(const cJSON *const *)b;
    return strcmp(x->child->valuestring, y->child->valuestring); /* id is the first member */
}

/* What was read takes the place of what was there. */
static void s_adopt(local_directory_t *self)
{
    cJSON_Delete(self->people);
    free(self->by_id);
    self->people = self->reading;
    self->len = self->reading_len;
    self->read_ms = self->reading_ms;
    self->reading = NULL;
    self->by_id = sb_alloc_array(self->len + 1, sizeof(cJSON *));
    size_t i = 0;
    const cJSON *person;
    cJSON_ArrayForEach(person, self->people)
    {
        self->by_id[i++] = person;
    }
    assert(i == self->len);
    qsort(self->by_id, self->len, sizeof(cJSON *), s_compare);
}

/* Adds a page; the cursor of the next one, or NULL. */
static int s_add_page(local_directory_t *self, const cJSON *body, const char **cursor_r,
                      sb_err_t *err)
{
    sb_reader_t r = sb_reader(body, "person.list", err);
    *cursor_r = sb_read_str_or(&r, "cursor", SB_EVENT_ID_MAX, NULL);
    const cJSON *people = sb_read_array(&r, "people", SB_QUERY_LIMIT_MAX);
    size_t i = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, people)
    {
        sb_reader_t p = sb_reader_item(&r, "people", item, i++);
        const char *id = sb_read_str(&p, "id", 1, SB_PERSON_ID_MAX);
        const char *name = sb_read_str_or(&p, "name", SB_NAME_MAX, NULL);
        const char *email = sb_read_str_or(&p, "email", SB_NAME_MAX, NULL);
        if (sb_reader_join(&r, &p)) {
            break;
        }
        cJSON *person = sb_json_object();
        sb_json_add_str(person, "id", id);
        sb_json_add_str(person, "name", name);
        sb_json_add_str(person, "email", email);
        sb_json_push(self->reading, person);
        self->reading_len++;
    }
    return sb_reader_code(&r);
}

static void s_on_page(void *arg, int code, const cJSON *body, const sb_err_t *reply_err)
{
    local_directory_t *self = arg;
    sb_err_t err = {0};
    const char *cursor = NULL;
    if (code) {
        err = *reply_err;
    } else {
        code = s_add_page(self, body, &cursor, &err);
    }
    if (code) {
        sb_warn("directory not read", "code", sb_code_name(code), "why", err.text, NULL);
        cJSON_Delete(self->reading);
        self->reading = NULL;
        s_end(self, code, &err);
        return;
    }
    if (cursor && self->reading_len < DIRECTORY_MAX) {
        s_read_page(self, cursor);
        return;
    }
    if (cursor) {
        sb_warn("directory is cut", "people", sb_num(DIRECTORY_MAX), NULL);
    }
    s_adopt(self);
    s_end(self, SB_OK, &err);
}

static void s_read_page(local_directory_t *self, const char *after)
{
    cJSON *body = sb_json_object();
    sb_json_add_int(body, "limit", SB_QUERY_LIMIT_MAX);
    if (after) {
        sb_json_add_str(body, "after", after);
    }
    chat_host_call(self->host, "person.list", &body, s_on_page, self);
}

static bool s_good(const local_directory_t *self, const char *person, int64_t now_ms)
{
    const int64_t max_ms = person ? DIRECTORY_KNOWN_MS : DIRECTORY_LIST_MS;
    return self->read_ms >= 0 && now_ms - self->read_ms < max_ms &&
           (!person || local_directory_find(self, person));
}

void local_directory_want(local_directory_t *self, const char *person, local_directory_fn *fn,
                          void *arg)
{
    sb_err_t err = {0};
    if (s_good(self, person, sb_clock_mono_ms())) {
        fn(arg, SB_OK, &err);
        return;
    }
    if (self->waiters_len == DIRECTORY_WAITERS_MAX) {
        fn(arg, sb_fail(&err, SB_EBUSY, "too many wait for the directory"), &err);
        return;
    }
    waiter_t *waiter = sb_alloc(sizeof *waiter);
    *waiter = (waiter_t){.fn = fn, .arg = arg};
    *self->next_end = waiter;
    self->next_end = &waiter->next;
    self->waiters_len++;
    s_begin(self);
}

const cJSON *local_directory_find(const local_directory_t *self, const char *person)
{
    size_t from = 0;
    size_t to = self->len;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const int order = strcmp(person, self->by_id[middle]->child->valuestring);
        if (order == 0) {
            return self->by_id[middle];
        }
        if (order < 0) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    return NULL;
}

static bool s_matches(const cJSON *person, const char *text)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, person)
    {
        if (cJSON_IsString(member) && strcasestr(member->valuestring, text)) {
            return true;
        }
    }
    return false;
}

cJSON *local_directory_search(const local_directory_t *self, const char *text, size_t max,
                              bool *more_r)
{
    cJSON *found = sb_json_array();
    size_t n = 0;
    *more_r = false;
    for (size_t i = 0; i < self->len; i++) {
        if (!s_matches(self->by_id[i], text)) {
            continue;
        }
        if (n == max) {
            *more_r = true;
            break;
        }
        sb_json_push(found, sb_json_copy(self->by_id[i]));
        n++;
    }
    return found;
}
