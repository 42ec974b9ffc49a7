/* blocks.h: are these blocks such as Slack takes? Says of each fault where it is, in Slack's words,
 * and fills in what Slack fills in: block_id, action_id, emoji and verbatim. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define BLOCKS_MESSAGE_MAX 50
#define BLOCKS_VIEW_MAX 100
#define FAULTS_TOLD_MAX 20 /* more are not told */

/* What is wrong, each as "must be less than 3001 characters [json-pointer:/blocks/0/text/text]". */
typedef struct {
    char *texts[FAULTS_TOLD_MAX];
    size_t len;
} faults_told_t;

void faults_told_free(faults_told_t *self);
void faults_told_add(faults_told_t *self, const char *pointer, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* True if blocks is an array of at most blocks_max good blocks. */
bool blocks_check(cJSON *blocks, size_t blocks_max, faults_told_t *faults);
/* A text object of the given length, as titles of views are: true if it is good. */
bool blocks_check_plain(cJSON *text, const char *pointer, int chars_max, faults_told_t *faults);

/* The element with this action_id, in block block_id unless that is NULL; its block in *block_r. */
const cJSON *blocks_element(const cJSON *blocks, const char *block_id, const char *action_id,
                            const cJSON **block_r);
