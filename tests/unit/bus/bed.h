/* bed.h: what the tests of the bus share: a folder of keys that goes away, and a loop that runs
 * until something is true. */
#pragma once

#include <czmq.h>
#include <stdbool.h>

#include "lib/keys.h"

#define BED_WAIT_MS 20000 /* far more than anything takes; reached only by a failure */

/* A new folder under the build folder; bed_remove takes it away with the files in it. */
char *bed_folder(void);
void bed_remove(char **folder_p);

/* A folder with the keys of all roles. */
char *bed_keys_folder(void);
/* Loads or fails the test. */
sb_keys_t *bed_keys(const char *folder, sb_role_t role);

typedef bool(bed_done_fn)(void *arg);
/* Runs the loop until done says so. False after BED_WAIT_MS. */
bool bed_run(zloop_t *loop, bed_done_fn *done, void *arg);
/* Runs the loop for about ms. */
void bed_run_ms(zloop_t *loop, size_t ms);

/* Fails the test if the text has not the part. */
void bed_assert_in(const char *text, const char *part);
