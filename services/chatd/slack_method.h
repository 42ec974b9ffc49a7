/* slack_method.h: the methods of the Web API that we call, as data: how often, with which token,
 * and whether one that may have been done can be called again. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SLACK_POSTS_PER_MINUTE 60 /* of one channel */
#define SLACK_POSTS_BURST 3

typedef struct {
    const char *name;
    int64_t per_minute; /* of the whole workspace */
    int64_t burst;
    unsigned flags;
} slack_method_t;

#define SLACK_METHOD_APP 1u        /* wants the app's token, not the bot's */
#define SLACK_METHOD_REPEATABLE 2u /* done twice is as good as done once */
#define SLACK_METHOD_POSTS 4u      /* into a channel, which has a budget of its own */

/* NULL if we have no row for it. */
const slack_method_t *slack_method_find(const char *name);
