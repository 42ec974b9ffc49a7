#include "lib/bus_crew.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

int sb_ready_read(sb_role_t role, const sb_head_t *head, const sb_msg_t *msg, sb_ready_t *ready_r,
                  sb_err_t *err)
{
    assert(head && msg);
    assert(ready_r);
    sb_reader_t reader = sb_reader(msg->body, "READY", err);
    ready_r->service = sb_read_str(&reader, "service", 1, SB_NAME_SIZE_MAX - 1);
    ready_r->driver = sb_read_str(&reader, "driver", 1, SB_NAME_SIZE_MAX - 1);
    ready_r->instance = sb_read_str(&reader, "instance", 1, SB_INSTANCE_SIZE_MAX - 1);
    ready_r->credit = sb_read_int(&reader, "credit", 0, SB_CREDIT_MAX);
    if (sb_reader_code(&reader)) {
        return sb_reader_code(&reader);
    }
    if (strcmp(ready_r->service, head->name) != 0) {
        return sb_reader_fault(&reader, "service", "is not %s", head->name);
    }
    if (strcmp(ready_r->service, sb_role_name(role)) != 0) {
        return sb_fail(err, SB_EFORBIDDEN, "%s may not work as %s", sb_role_name(role),
                       ready_r->service);
    }
    return SB_OK;
}

sb_hand_t *sb_crew_add(sb_crew_t *self, const sb_peer_t *peer)
{
    assert(self);
    assert(peer);
    if (self->len >= SB_WORKERS_MAX) {
        return NULL;
    }
    sb_hand_t *hand = sb_alloc(sizeof *hand);
    hand->number = ++self->numbers;
    hand->peer = *peer;
    hand->next = self->first;
    self->first = hand;
    self->len++;
    return hand;
}

void sb_hand_ready(sb_hand_t *hand, const sb_ready_t *ready, int64_t now_ms)
{
    assert(hand);
    assert(ready);
    (void)snprintf(hand->service, sizeof hand->service, "%s", ready->service);
    (void)snprintf(hand->driver, sizeof hand->driver, "%s", ready->driver);
    (void)snprintf(hand->instance, sizeof hand->instance, "%s", ready->instance);
    hand->credit = ready->credit;
    hand->strikes = 0;
    hand->rest_ms = 0;
    hand->heard_ms = now_ms;
}

void sb_crew_remove(sb_crew_t *self, sb_hand_t *hand)
{
    assert(self);
    sb_hand_t **link_p = &self->first;
    while (*link_p != hand) {
        assert(*link_p);
        link_p = &(*link_p)->next;
    }
    *link_p = hand->next;
    self->len--;
    free(hand);
}

sb_hand_t *sb_crew_by_peer(const sb_crew_t *self, const sb_peer_t *peer)
{
    assert(self);
    for (sb_hand_t *hand = self->first; hand; hand = hand->next) {
        if (hand->peer.size == peer->size && memcmp(hand->peer.data, peer->data, peer->size) == 0) {
            return hand;
        }
    }
    return NULL;
}

sb_hand_t *sb_crew_by_instance(const sb_crew_t *self, const char *service, const char *instance)
{
    assert(self);
    for (sb_hand_t *hand = self->first; hand; hand = hand->next) {
        if (strcmp(hand->service, service) == 0 && strcmp(hand->instance, instance) == 0) {
            return hand;
        }
    }
    return NULL;
}

bool sb_hand_is_trusted(const sb_hand_t *hand)
{
    assert(hand);
    return hand->strikes < SB_STRIKES_MAX;
}

static bool s_is_better(const sb_hand_t *hand, const sb_hand_t *best)
{
    return !best || hand->jobs < best->jobs ||
           (hand->jobs == best->jobs && hand->turn < best->turn);
}

sb_hand_t *sb_crew_pick(const sb_crew_t *self, const char *service, uint64_t but, int64_t now_ms)
{
    assert(self);
    sb_hand_t *best = NULL;
    sb_hand_t *avoided = NULL;
    size_t others = 0; /* trusted, whether they have credit or not */
    for (sb_hand_t *hand = self->first; hand; hand = hand->next) {
        if (strcmp(hand->service, service) != 0 || !sb_hand_is_trusted(hand)) {
            continue;
        }
        others += hand->number != but;
        if (hand->rest_ms > now_ms || (int64_t)hand->jobs >= hand->credit) {
            continue;
        }
        if (hand->number == but) {
            avoided = hand;
        } else if (s_is_better(hand, best)) {
            best = hand;
        }
    }
    return best || others > 0 ? best : avoided;
}

void sb_crew_note_turn(sb_crew_t *self, sb_hand_t *hand)
{
    assert(self);
    hand->turn = ++self->turns;
}

size_t sb_crew_count(const sb_crew_t *self, const char *service)
{
    assert(self);
    size_t n = 0;
    for (const sb_hand_t *hand = self->first; hand; hand = hand->next) {
        n += strcmp(hand->service, service) == 0;
    }
    return n;
}

cJSON *sb_crew_json(const sb_crew_t *self, int64_t now_ms)
{
    assert(self);
    cJSON *array = sb_json_array();
    for (const sb_hand_t *hand = self->first; hand; hand = hand->next) {
        cJSON *object = sb_json_object();
        sb_json_add_str(object, "service", hand->service);
        sb_json_add_str(object, "driver", hand->driver);
        sb_json_add_str(object, "instance", hand->instance);
        sb_json_add_int(object, "credit", hand->credit);
        sb_json_add_int(object, "jobs", (int64_t)hand->jobs);
        sb_json_add_int(object, "heard_ms_ago", now_ms - hand->heard_ms);
        sb_json_add_int(object, "strikes", hand->strikes);
        sb_json_push(array, object);
    }
    return array;
}
