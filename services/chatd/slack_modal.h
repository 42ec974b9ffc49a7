/* slack_modal.h: the dialog in which a question is answered with a comment. Pure. */
#pragma once

#include "lib/json.h"
#include "services/chatd/slack_ids.h"

#define SLACK_MODAL_CALLBACK "answer"
#define SLACK_MODAL_COMMENT_MAX 2000 /* characters that may be typed */

/* The view, with the answers that are on the question's own buttons: message is the question as
 * Slack hands it over with a press. NULL if it has none (it was answered meanwhile). The caller
 * owns the view. */
cJSON *slack_modal_view(const cJSON *message, const char *message_id);

/* What was submitted. */
typedef struct {
    const char *value;   /* of the button: borrowed */
    const char *comment; /* as it was typed, "" if nothing: borrowed */
    char message[SLACK_MESSAGE_SIZE];
    char owner[SLACK_ID_SIZE]; /* the Slack id of the person who is asked */
} slack_modal_answer_t;

/* view as in a view_submission. False if it is no submission of this dialog. */
bool slack_modal_read(const cJSON *view, slack_modal_answer_t *answer_r);
