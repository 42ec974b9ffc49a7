/* schema.h: the form of the store, in numbered steps that only go forward (migrations/).
 *
 * Each step runs once, in one transaction and under a lock, so that several taskd may start at
 * once. The store remembers the step's checksum: a step that was applied is never edited. */
#pragma once

#include "lib/err.h"
#include "services/taskd/db.h"

typedef struct {
    int64_t version; /* 1, 2, ... */
    const char *name;
    const char *sql; /* NUL-terminated, with the words of db.h */
} schema_step_t;

extern const schema_step_t schema_steps[];
extern const size_t schema_steps_len;

/* Applies the steps that are missing and says how many. SB_EINVALID: the store is of a newer
 * program, or a step was changed after it was applied; nothing was written then. */
SB_MUSTCHECK int schema_apply(db_t *db, const schema_step_t *steps, size_t len, size_t *applied_r,
                              sb_err_t *err);
/* Only looks. SB_ERETRY while steps are missing, SB_EINVALID as above. */
SB_MUSTCHECK int schema_check(db_t *db, const schema_step_t *steps, size_t len, sb_err_t *err);
