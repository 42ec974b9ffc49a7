/* lanes.c. A hash of lanes, each a list of rows. A lane stands in the list of the ready, from which
 * the next is taken, or of the waiting, which is looked through: rows that wait for a time are few
 * (a worker or the chat system is failing). */
#include "services/botd/lanes.h"

#include <assert.h>
#include <czmq.h>

#include "lib/mem.h"

typedef struct row {
    lane_row_t pub;
    struct row *next;
} row_t;

typedef enum {
    LANE_READY,  /* its first row may leave */
    LANE_OUT,    /* its first row is out */
    LANE_WAITING /* its first row may have a time to wait for */
} lane_state_t;

typedef struct lane lane_t;
struct lane {
    char *name;
    lane_state_t state;
    row_t *first, *last; /* never empty: a lane without rows is gone */
    lane_t *next;        /* in the list of its state */
};

typedef struct {
    lane_t *first;
    lane_t **end; /* where the next one is linked */
} lane_list_t;

struct lanes {
    zhashx_t *lanes;   /* name -> lane_t, owned */
    zhashx_t *rows;    /* id -> row_t, borrowed from the lanes */
    lane_list_t ready; /* longest ready first */
    lane_list_t waiting;
};

static void s_list_clear(lane_list_t *list)
{
    list->first = NULL;
    list->end = &list->first;
}

static void s_list_append(lane_list_t *list, lane_t *lane, lane_state_t state)
{
    lane->state = state;
    lane->next = NULL;
    *list->end = lane;
    list->end = &lane->next;
}

/* Takes out the lane that *link points to. */
static lane_t *s_list_take(lane_list_t *list, lane_t **link)
{
    lane_t *lane = *link;
    *link = lane->next;
    if (!lane->next) {
        list->end = link;
    }
    lane->next = NULL;
    return lane;
}

static void s_row_free(row_t *row)
{
    free(row->pub.id);
    free(row->pub.kind);
    free(row->pub.lane);
    cJSON_Delete(row->pub.body);
    free(row);
}

static void s_lane_destroy(void **lane_p)
{
    lane_t *lane = *lane_p;
    while (lane->first) {
        row_t *row = lane->first;
        lane->first = row->next;
        s_row_free(row);
    }
    free(lane->name);
    free(lane);
    *lane_p = NULL;
}

lanes_t *lanes_new(void)
{
    lanes_t *self = sb_alloc(sizeof *self);
    self->lanes = zhashx_new();
    zhashx_set_destructor(self->lanes, s_lane_destroy);
    self->rows = zhashx_new();
    s_list_clear(&self->ready);
    s_list_clear(&self->waiting);
    return self;
}

void lanes_destroy(lanes_t **self_p)
{
    assert(self_p);
    lanes_t *self = *self_p;
    if (!self) {
        return;
    }
    zhashx_destroy(&self->rows);
    zhashx_destroy(&self->lanes);
    free(self);
    *self_p = NULL;
}

bool lanes_add(lanes_t *self, const char *id, const char *kind, const char *lane_name,
               const cJSON *body, int64_t attempts, int64_t ready_ms)
{
    assert(self);
    if (zhashx_lookup(self->rows, id)) {
        return false;
    }
    row_t *row = sb_alloc(sizeof *row);
    row->pub.id = sb_strdup(id);
    row->pub.kind = sb_strdup(kind);
    row->pub.lane = sb_strdup(lane_name);
    row->pub.body = sb_json_copy(body);
    row->pub.attempts = attempts;
    row->pub.ready_ms = ready_ms;
    zhashx_insert(self->rows, id, row);

    lane_t *lane = zhashx_lookup(self->lanes, lane_name);
    if (lane) {
        lane->last->next = row;
        lane->last = row;
        return true;
    }
    lane = sb_alloc(sizeof *lane);
    lane->name = sb_strdup(lane_name);
    lane->first = lane->last = row;
    zhashx_insert(self->lanes, lane_name, lane);
    s_list_append(&self->waiting, lane, LANE_WAITING); /* lanes_next sees if its time has come */
    return true;
}

bool lanes_has(const lanes_t *self, const char *lane)
{
    assert(self);
    return zhashx_lookup(self->lanes, lane) != NULL;
}

/* Lanes whose time has come move to the ready. */
static void s_wake(lanes_t *self, int64_t now_ms)
{
    lane_t **link = &self->waiting.first;
    while (*link) {
        if ((*link)->first->pub.ready_ms <= now_ms) {
            s_list_append(&self->ready, s_list_take(&self->waiting, link), LANE_READY);
        } else {
            link = &(*link)->next;
        }
    }
}

const lane_row_t *lanes_next(lanes_t *self, int64_t now_ms)
{
    assert(self);
    s_wake(self, now_ms);
    if (!self->ready.first) {
        return NULL;
    }
    lane_t *lane = s_list_take(&self->ready, &self->ready.first);
    lane->state = LANE_OUT;
    return &lane->first->pub;
}

bool lanes_accept(lanes_t *self, const char *id)
{
    assert(self);
    row_t *row = zhashx_lookup(self->rows, id);
    assert(row);
    const bool first = !row->pub.accepted;
    row->pub.accepted = true;
    return first;
}

static lane_t *s_lane_out(lanes_t *self, const char *id)
{
    row_t *row = zhashx_lookup(self->rows, id);
    assert(row);
    lane_t *lane = zhashx_lookup(self->lanes, row->pub.lane);
    assert(lane && lane->state == LANE_OUT && lane->first == row);
    return lane;
}

void lanes_done(lanes_t *self, const char *id)
{
    assert(self);
    lane_t *lane = s_lane_out(self, id);
    row_t *row = lane->first;
    lane->first = row->next;
    zhashx_delete(self->rows, id);
    s_row_free(row);
    if (lane->first) {
        s_list_append(&self->waiting, lane, LANE_WAITING);
    } else {
        zhashx_delete(self->lanes, lane->name);
    }
}

void lanes_back(lanes_t *self, const char *id, bool failed, int64_t ready_ms)
{
    assert(self);
    lane_t *lane = s_lane_out(self, id);
    lane->first->pub.ready_ms = ready_ms;
    lane->first->pub.attempts += failed ? 1 : 0;
    s_list_append(&self->waiting, lane, LANE_WAITING);
}

const lane_row_t *lanes_find(const lanes_t *self, const char *id)
{
    assert(self);
    const row_t *row = zhashx_lookup(self->rows, id);
    return row ? &row->pub : NULL;
}

int64_t lanes_next_ready_ms(const lanes_t *self)
{
    assert(self);
    int64_t earliest_ms = INT64_MAX;
    for (const lane_t *lane = self->waiting.first; lane; lane = lane->next) {
        if (lane->first->pub.ready_ms < earliest_ms) {
            earliest_ms = lane->first->pub.ready_ms;
        }
    }
    return earliest_ms;
}

size_t lanes_len(const lanes_t *self)
{
    assert(self);
    return zhashx_size(self->rows);
}

void lanes_clear(lanes_t *self)
{
    assert(self);
    s_list_clear(&self->ready);
    s_list_clear(&self->waiting);
    zhashx_purge(self->rows);
    zhashx_purge(self->lanes);
}
