/* slack_advice.h: what Slack's errors mean for a setup, and where it is to be mended. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *wrong; /* a sentence without its subject: "was revoked" */
    const char *mend;
} slack_advice_t;

/* For an error about the bot's token, the app's token, the reporting channel. */
typedef enum { SLACK_ABOUT_BOT, SLACK_ABOUT_APP, SLACK_ABOUT_CHANNEL } slack_about_t;
slack_advice_t slack_advice(slack_about_t about, const char *error);

/* What an answer says that is no fault of the token or the setup: a limit, an error of Slack's own.
 * False if it is none of these; retry_s 0: not known. */
bool slack_advice_passing(int status, const char *error, int64_t retry_s, char *out, size_t size);

typedef enum {
    SLACK_HELLO_SAID,
    SLACK_HELLO_CONNECT, /* no TCP connection */
    SLACK_HELLO_TLS,
    SLACK_HELLO_STATUS, /* the upgrade was answered with another status than 101 */
    SLACK_HELLO_SILENT, /* it stands, and nothing was said */
    SLACK_HELLO_TOLD,   /* something else was said: reason */
} slack_hello_end_t;

/* Where to mend a socket that did not say hello. reason: Slack's; status: of the upgrade. */
const char *slack_advice_hello(slack_hello_end_t end, const char *reason, int status);

/* The scopes that the bot needs, in order, NULL-ended. */
extern const char *const slack_scopes[];
/* Writes those that granted ("a,b,c") lacks, with commas; true if it lacks any. */
bool slack_scopes_missing(const char *granted, char *out, size_t size);
