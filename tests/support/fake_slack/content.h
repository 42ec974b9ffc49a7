/* content.h: what a message says, out of the arguments of a call. */
#pragma once

#include <stdbool.h>

#include "tests/support/fake_slack/api.h"
#include "tests/support/fake_slack/channel.h"

#define TEXT_CHARS_MAX 40000       /* of a post; more is cut off */
#define TEXT_UPDATE_CHARS_MAX 4000 /* of an update; more is refused */
#define ATTACHMENTS_MAX 100
#define METADATA_SIZE_MAX (16 * 1024)

typedef struct {
    char *text;
    char *blocks;
    char *attachments;
    char *metadata_type;
    char *metadata_payload;
    bool has_text;
    bool has_blocks; /* be it an empty array */
    bool has_attachments;
    bool has_metadata; /* be it an empty object, which removes it */
} content_t;

/* NULL, or the name of the error. Either way content_free. */
const char *content_read(call_t *call, bool update, content_t *content_r);
void content_free(content_t *self);
/* Moves into a message. In an update, a text without blocks removes the blocks; what is not there
 * besides that stays. */
void content_move(content_t *self, message_t *message, bool update);
