#include "lib/bus_track.h"

#include <assert.h>
#include <string.h>

#include "proto/bus.h"

void sb_track_init(sb_track_t *self, const char *const *topics)
{
    assert(self);
    assert(topics);
    memset(self, 0, sizeof *self);
    for (size_t i = 0; topics[i]; i++) {
        assert(i < SB_TOPICS_MAX && strlen(topics[i]) < SB_NAME_SIZE_MAX);
        self->topics[self->topics_len++] = topics[i];
    }
    sb_track_reset(self);
}

void sb_track_reset(sb_track_t *self)
{
    assert(self);
    self->fresh = true;
}

static size_t s_find(const sb_track_t *self, const char *topic)
{
    size_t i = 0;
    while (i < self->topics_len && strcmp(self->topics[i], topic) != 0) {
        i++;
    }
    return i;
}

bool sb_track_wants(const sb_track_t *self, const char *topic)
{
    assert(self);
    assert(topic);
    return s_find(self, topic) < self->topics_len;
}

/* Takes over the publisher's counts. True if they differ from what was heard, or can't be read. */
static bool s_count(sb_track_t *self, const cJSON *body)
{
    sb_err_t err;
    sb_reader_t reader = sb_reader(body, "tick", &err);
    const cJSON *object = sb_read_object(&reader, "topics");
    if (!object) {
        return true;
    }
    sb_reader_t topics = sb_reader_in(&reader, "topics", object);
    bool differs = false;
    for (size_t i = 0; i < self->topics_len; i++) {
        const int64_t sent = sb_read_id_or(&topics, self->topics[i], 0);
        differs |= sent != self->heard[i];
        self->heard[i] = sent;
    }
    return differs || sb_reader_code(&topics) != SB_OK;
}

bool sb_track_hear(sb_track_t *self, const char *topic, int64_t seq, const cJSON *body)
{
    assert(self);
    assert(topic);
    bool missed = false;
    if (self->fresh || seq <= self->seq) { /* a smaller number: the publisher began anew */
        missed = true;
        self->counted = false;
        self->gap = false;
    } else if (seq != self->seq + 1) {
        self->gap = true;
    }
    self->fresh = false;
    self->seq = seq;
    if (strcmp(topic, SB_HINT_TICK) == 0) {
        const bool differs = s_count(self, body);
        missed |= self->counted ? differs : self->gap;
        self->counted = true;
        self->gap = false;
    } else if (sb_track_wants(self, topic)) {
        self->heard[s_find(self, topic)]++;
    }
    return missed;
}
