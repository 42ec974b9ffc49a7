/* messages.h: everything the bot says, by key. The texts built in (texts/messages.yaml) hold for
 * each key that a configured file does not have. */
#pragma once

#include "lib/err.h"
#include "services/botd/template.h"

typedef enum {
    /* to the person */
    MSG_GREETING,
    MSG_ALERT,
    MSG_EFFECT,
    MSG_EFFECT_MUTE,
    MSG_EFFECT_EXEMPT,
    MSG_ACTION_PROMPT,
    MSG_BUTTON_YES,
    MSG_BUTTON_NO,
    MSG_BUTTON_UNSURE,
    MSG_BUTTON_HELP,
    MSG_2FA,
    MSG_BUTTON_CONSENT,
    MSG_BUTTON_DECLINE,
    MSG_2FA_CODE,
    MSG_SENDING_PUSH,
    MSG_SHOW_NUMBER,
    MSG_SHOW_LINK,
    MSG_BUTTON_LINK,
    MSG_BUTTON_CANCEL,
    MSG_SHOW_OVER,
    MSG_NEXT_FACTOR,
    MSG_BAD_CODE,
    MSG_GOOD_AUTH,
    MSG_BAD_AUTH,
    MSG_NO_2FA,
    MSG_THROTTLED,
    MSG_ESCALATED,
    MSG_HELP_COMES,
    MSG_NO_RESPONSE,
    MSG_BWTM,
    MSG_BYE,
    MSG_ANSWERED_YES,
    MSG_ANSWERED_NO,
    MSG_ANSWERED_UNSURE,
    MSG_ANSWERED_HELP,
    MSG_CLOSED,
    MSG_BAD_COMMAND,
    MSG_BAD_RESPONSE,
    MSG_BUSY,
    MSG_LATE,
    MSG_EARLY,
    MSG_STALE_BUTTON,
    MSG_NOT_KNOWN,
    MSG_HI,
    MSG_HELP_HEADER,
    MSG_HELP_USAGE,
    MSG_HELP_FOOTER,
    MSG_IGNORE_TIME,
    MSG_IGNORE_NO_TIME,
    MSG_EFFECT_ASKED,
    MSG_EFFECT_WAITS,
    /* to the security channel */
    MSG_REPORT,
    MSG_REPORT_DENIED,
    MSG_REPORT_NO_ANSWER,
    MSG_REPORT_DECLINED,
    MSG_REPORT_REFUSED,
    MSG_REPORT_FRAUD,
    MSG_REPORT_FACTOR_TIMEOUT,
    MSG_REPORT_NO_FACTOR,
    MSG_REPORT_FACTOR_UNAVAILABLE,
    MSG_REPORT_THROTTLED,
    MSG_REPORT_ACCOUNT_DENIED,
    MSG_REPORT_SUSPECT,
    MSG_REPORT_EXEMPT,
    MSG_REPORT_UNKNOWN_PERSON,
    MSG_REPORT_UNDELIVERABLE,
    MSG_REPORT_UNSURE,
    MSG_REPORT_NEEDS_HELP,
    MSG_BUTTON_ACK,
    MSG_BUTTON_ASSIGN,
    MSG_TRUE_POSITIVE,
    MSG_FALSE_POSITIVE,
    MSG_BENIGN,
    MSG_DUPLICATE,
    MSG_REPORT_ACKED,
    MSG_REPORT_ASSIGNED,
    MSG_REPORT_CLOSED,
    MSG_TEAM_ACK,
    MSG_TEAM_ACK_AGAIN,
    MSG_TEAM_TAKE,
    MSG_TEAM_ASSIGN,
    MSG_TEAM_CLOSE,
    MSG_TEAM_OWN,
    MSG_TEAM_NOTE,
    MSG_TEAM_ENROLLED,
    MSG_TEAM_FRAUD,
    MSG_TEAM_TRANSCRIPT,
    MSG_TEAM_IGNORE,
    MSG_TEAM_STOP,
    MSG_TEAM_START,
    MSG_LEN,
    MSG_NONE = MSG_LEN /* nothing is said */
} message_t;

typedef struct messages messages_t;

/* path NULL: the built-in texts alone. NULL and err, with file and line, for an unknown key, a
 * value that is no text, or an unknown placeholder. */
messages_t *messages_load(const char *path, sb_err_t *err);
void messages_destroy(messages_t **self_p);

/* The text of a key, filled (template.h). The caller frees it. */
char *messages_render(const messages_t *self, message_t message, const fields_t *fields);

/* "report_denied". */
const char *messages_key(message_t message);
