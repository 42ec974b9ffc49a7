/* slack_advice.h: what Slack's errors mean for a setup, and where it is to be mended. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *wrong; /* a sentence without its subject: "was revoked" */
    const char *mend;
} slack_advice_t;

/* For an error about the bot's token, the app's token, the reporting channel. */
typedef enum { SLACK_ABOUT_BOT, SLACK_ABOUT_APP, SLACK_ABOUT_CHANNEL } slack_about_t;
slack_advice_t slack_advice(slack_about_t about, const char *error);

/* The scopes that the bot needs, in order, NULL-ended. */
extern const char *const slack_scopes[];
/* Writes those that granted ("a,b,c") lacks, with commas; true if it lacks any. */
bool slack_scopes_missing(const char *granted, char *out, size_t size);
