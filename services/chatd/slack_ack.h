/* slack_ack.h: acknowledgements that are still owed; used by the transports alone. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "services/chatd/slack_envelope.h"

typedef struct slack_acks slack_acks_t;

/* An envelope was decided on. where and id are those it was opened with; id is borrowed. */
typedef void(slack_ack_fn)(void *owner, uint64_t where, const char *id, int code);

slack_acks_t *slack_acks_new(slack_ack_fn *fn, void *owner);
/* Those that are still open live on until their holders use them, but nobody hears it. */
void slack_acks_destroy(slack_acks_t **self_p);
size_t slack_acks_open(const slack_acks_t *self);

/* NULL if SLACK_ENVELOPES_MAX are open. */
slack_ack_t *slack_acks_add(slack_acks_t *self, uint64_t where, const char *id);
