/* delivery.c. Every attempt has an envelope id of its own and an event keeps its event_id, so that
 * a client which tells retries by the envelope is found out. */
#include "tests/support/fake_slack/delivery.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "tests/support/fake_slack/interaction.h"
#include "tests/support/fake_slack/slack.h"

#define ENVELOPE_ID_SIZE 37 /* a UUID and the NUL */
#define ID_SIZE 40

typedef enum { OPEN_WAITING, OPEN_SENT, DONE_ACKED, DONE_FAILED, DONE_LOST } state_t;

struct delivery {
    char id[ID_SIZE];
    char envelope_id[ENVELOPE_ID_SIZE]; /* of the current attempt */
    delivery_kind_t kind;
    char *about; /* the type of another envelope, or the view that was submitted */
    char *payload;
    char *response; /* the acknowledgement's payload */
    state_t state;
    int attempt;         /* 0 for the first */
    ended_t ended;       /* of the last attempt */
    uint64_t connection; /* that got the current attempt; 0: HTTP */
    uint64_t timer;
    deliveries_t *owner;
};

struct deliveries {
    slack_t *slack;
    table_t *open; /* by id */
    table_t *by_envelope;
    delivery_t *done[DELIVERIES_DONE_MAX]; /* a ring */
    size_t done_next;
    uint64_t made;
    int64_t drop_acks;
    int64_t duplicate;
    int64_t sent, acked, retried, failed, lost, refused, dropped, late, duplicated;
};

static const char *const s_reasons[] = {
    "",          "http_timeout", "http_error", "connection_failed", "too_many_redirects",
    "ssl_error", "unknown_error"};

deliveries_t *deliveries_new(slack_t *slack)
{
    deliveries_t *self = sb_alloc(sizeof *self);
    self->slack = slack;
    self->open = table_new();
    self->by_envelope = table_new();
    return self;
}

static void s_free(delivery_t *self)
{
    if (self) {
        free(self->about);
        free(self->payload);
        free(self->response);
        free(self);
    }
}

void deliveries_destroy(deliveries_t **self_p)
{
    deliveries_t *self = *self_p;
    if (!self) {
        return;
    }
    size_t place = 0;
    delivery_t *delivery;
    while ((delivery = table_next(self->open, &place))) {
        timing_cancel(self->slack->timing, &delivery->timer);
        s_free(delivery);
    }
    for (size_t i = 0; i < DELIVERIES_DONE_MAX; i++) {
        s_free(self->done[i]);
    }
    table_destroy(&self->open);
    table_destroy(&self->by_envelope);
    free(self);
    *self_p = NULL;
}

/* Closes a delivery: it can be asked about for a while. */
static void s_finish(delivery_t *delivery, state_t state)
{
    deliveries_t *self = delivery->owner;
    timing_cancel(self->slack->timing, &delivery->timer);
    table_remove(self->by_envelope, delivery->envelope_id);
    table_remove(self->open, delivery->id);
    delivery->state = state;
    free(delivery->payload);
    delivery->payload = NULL;
    s_free(self->done[self->done_next]);
    self->done[self->done_next] = delivery;
    self->done_next = (self->done_next + 1) % DELIVERIES_DONE_MAX;
    self->acked += state == DONE_ACKED;
    self->failed += state == DONE_FAILED;
    self->lost += state == DONE_LOST;
    if (state == DONE_ACKED && delivery->kind == DELIVERY_INTERACTIVE && delivery->about) {
        interaction_submitted(self->slack, delivery->about, delivery->response);
    }
}

static void s_attempt(delivery_t *delivery);

static void s_retry_due(void *arg)
{
    delivery_t *delivery = arg;
    delivery->timer = 0;
    delivery->attempt++;
    delivery->owner->retried++;
    s_attempt(delivery);
}

/* The current attempt has failed. */
static void s_fail(delivery_t *delivery, ended_t ended, bool no_retry)
{
    static const int64_t waits_ms[] = {0, 60000, 300000};
    deliveries_t *self = delivery->owner;
    timing_cancel(self->slack->timing, &delivery->timer);
    delivery->ended = ended;
    if (delivery->kind != DELIVERY_EVENT) {
        s_finish(delivery, DONE_LOST);
        return;
    }
    if (delivery->attempt == ATTEMPTS_MAX - 1 || no_retry) {
        s_finish(delivery, DONE_FAILED);
        return;
    }
    delivery->state = OPEN_WAITING;
    delivery->timer = timing_add(self->slack->timing,
                                 waits_ms[delivery->attempt] / self->slack->options->time_scale,
                                 s_retry_due, delivery);
}

static void s_unheard(void *arg)
{
    delivery_t *delivery = arg;
    delivery->timer = 0;
    s_fail(delivery, ENDED_TIMEOUT, false);
}

static void s_new_envelope(delivery_t *delivery)
{
    uint8_t bytes[16];
    char hex[33];
    table_t *table = delivery->owner->by_envelope;
    if (*delivery->envelope_id) {
        table_remove(table, delivery->envelope_id);
    }
    sb_random(bytes, sizeof bytes);
    sb_hex(bytes, sizeof bytes, hex);
    snprintf(delivery->envelope_id, sizeof delivery->envelope_id, "%.8s-%.4s-4%.3s-8%.3s-%.12s",
             hex, hex + 8, hex + 13, hex + 17, hex + 20);
    table_set(table, delivery->envelope_id, delivery);
}

static const char *s_type(const delivery_t *delivery)
{
    switch (delivery->kind) {
    case DELIVERY_EVENT:
        return "events_api";
    case DELIVERY_INTERACTIVE:
        return "interactive";
    case DELIVERY_SLASH:
        return "slash_commands";
    default:
        return delivery->about;
    }
}

static char *s_envelope(const delivery_t *delivery)
{
    out_t out = out_new();
    out_begin(&out, NULL, '{');
    out_str(&out, "envelope_id", delivery->envelope_id);
    out_raw(&out, "payload", delivery->payload);
    out_str(&out, "type", s_type(delivery));
    out_bool(&out, "accepts_response_payload",
             delivery->kind == DELIVERY_INTERACTIVE || delivery->kind == DELIVERY_SLASH);
    if (delivery->kind == DELIVERY_EVENT) {
        out_int(&out, "retry_attempt", delivery->attempt);
        out_str(&out, "retry_reason", delivery->attempt > 0 ? "timeout" : "");
    }
    out_end(&out, '}');
    return sb_buf_take(&out.buf);
}

static void s_attempt_socket(delivery_t *delivery)
{
    deliveries_t *self = delivery->owner;
    sockets_t *sockets = self->slack->sockets;
    char *text = s_envelope(delivery);
    delivery->connection = sockets_send(sockets, text);
    if (delivery->connection != 0 && self->duplicate > 0) {
        self->duplicate--;
        self->duplicated++;
        (void)sockets_send(sockets, text);
    }
    free(text);
}

static void s_attempt(delivery_t *delivery)
{
    deliveries_t *self = delivery->owner;
    s_new_envelope(delivery);
    delivery->connection = 0;
    if (!poster_on(self->slack->poster)) {
        s_attempt_socket(delivery);
        if (delivery->connection == 0) {
            s_fail(delivery, ENDED_TIMEOUT, false); /* nobody is there */
            return;
        }
    } else {
        poster_post(self->slack->poster, delivery->kind, delivery->payload, delivery->attempt,
                    s_reasons[delivery->ended], delivery->envelope_id);
    }
    self->sent++;
    delivery->state = OPEN_SENT;
    if (!poster_on(self->slack->poster)) {
        delivery->timer =
            timing_add(self->slack->timing, self->slack->options->ack_ms, s_unheard, delivery);
    }
}

const char *deliver(deliveries_t *self, delivery_kind_t kind, const char *about, const char *id,
                    char **payload_p)
{
    delivery_t *delivery = sb_alloc(sizeof *delivery);
    delivery->owner = self;
    delivery->kind = kind;
    delivery->about = sb_strdup(about);
    delivery->payload = *payload_p;
    *payload_p = NULL;
    self->made++;
    if (id) {
        snprintf(delivery->id, sizeof delivery->id, "%s", id);
    } else {
        snprintf(delivery->id, sizeof delivery->id, "Dl%010" PRIu64, self->made);
    }
    if (table_len(self->open) == DELIVERIES_OPEN_MAX || table_get(self->open, delivery->id)) {
        self->refused++;
        s_free(delivery);
        return "";
    }
    table_set(self->open, delivery->id, delivery);
    s_attempt(delivery);
    return delivery->id;
}

bool deliveries_ack(deliveries_t *self, const char *envelope_id, uint64_t connection,
                    const char *response)
{
    delivery_t *delivery = table_get(self->by_envelope, envelope_id);
    if (!delivery || delivery->state != OPEN_SENT || delivery->connection != connection) {
        self->late++;
        return false;
    }
    if (self->drop_acks > 0) {
        self->drop_acks--;
        self->dropped++;
        return true;
    }
    free(delivery->response);
    delivery->response = sb_strdup(response);
    s_finish(delivery, DONE_ACKED);
    return true;
}

void deliveries_posted(deliveries_t *self, const char *envelope_id, ended_t ended, bool no_retry,
                       const char *response)
{
    delivery_t *delivery = table_get(self->by_envelope, envelope_id);
    if (!delivery || delivery->state != OPEN_SENT) {
        self->late++;
        return;
    }
    free(delivery->response);
    delivery->response = sb_strdup(response);
    if (ended == ENDED_OK) {
        s_finish(delivery, DONE_ACKED);
    } else {
        s_fail(delivery, ended, no_retry);
    }
}

void deliveries_drop_acks(deliveries_t *self, int64_t n)
{
    self->drop_acks = n;
}

void deliveries_duplicate(deliveries_t *self, int64_t n)
{
    self->duplicate = n;
}

void deliveries_write_counters(const deliveries_t *self, out_t *out, const char *key)
{
    out_begin(out, key, '{');
    out_int(out, "made", (int64_t)self->made);
    out_int(out, "open", (int64_t)table_len(self->open));
    out_int(out, "sent", self->sent);
    out_int(out, "acked", self->acked);
    out_int(out, "retried", self->retried);
    out_int(out, "failed", self->failed);
    out_int(out, "lost", self->lost);
    out_int(out, "refused", self->refused);
    out_int(out, "acks_dropped", self->dropped);
    out_int(out, "acks_late", self->late);
    out_int(out, "duplicated", self->duplicated);
    out_end(out, '}');
}

static void s_write_one(const delivery_t *delivery, out_t *out)
{
    static const char *const states[] = {"waiting", "sent", "acked", "failed", "lost"};
    out_str(out, "id", delivery->id);
    out_str(out, "type", s_type(delivery));
    out_str(out, "state", states[delivery->state]);
    out_int(out, "attempts", delivery->attempt + 1);
    out_str(out, "reason", s_reasons[delivery->ended]);
    out_str(out, "envelope_id", delivery->envelope_id);
    out_int(out, "connection", (int64_t)delivery->connection);
    out_raw(out, "response", delivery->response);
}

bool deliveries_write(const deliveries_t *self, const char *id, out_t *out)
{
    const delivery_t *delivery = table_get(self->open, id);
    for (size_t i = 0; i < DELIVERIES_DONE_MAX && !delivery; i++) {
        if (self->done[i] && strcmp(self->done[i]->id, id) == 0) {
            delivery = self->done[i];
        }
    }
    if (!delivery) {
        return false;
    }
    s_write_one(delivery, out);
    return true;
}

void deliveries_write_all(const deliveries_t *self, size_t max, out_t *out, const char *key)
{
    size_t n = 0;
    out_begin(out, key, '[');
    size_t place = 0;
    const delivery_t *delivery;
    while (n < max && (delivery = table_next(self->open, &place))) {
        out_begin(out, NULL, '{');
        s_write_one(delivery, out);
        out_end(out, '}');
        n++;
    }
    for (size_t i = 0; i < DELIVERIES_DONE_MAX && n < max; i++, n++) {
        const size_t at = (self->done_next + DELIVERIES_DONE_MAX - 1 - i) % DELIVERIES_DONE_MAX;
        if (!self->done[at]) {
            break;
        }
        out_begin(out, NULL, '{');
        s_write_one(self->done[at], out);
        out_end(out, '}');
    }
    out_end(out, ']');
}
