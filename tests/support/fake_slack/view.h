/* view.h: App Homes and modals. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/fake_slack/api.h"
#include "tests/support/fake_slack/people.h"

#define VIEW_SIZE_MAX (250 * 1024)
#define PRIVATE_METADATA_MAX 3000
#define TITLE_CHARS_MAX 24
#define VIEWS_OPEN_MAX 10000 /* modals; then the oldest is closed */

typedef struct views views_t;

typedef struct {
    char id[16];
    char hash[48];
    user_t *user;
    bool home;
    char *shape; /* the members that the app sent, as a JSON object */
} view_t;

views_t *views_new(void);
void views_destroy(views_t **self_p);

view_t *views_find(const views_t *self, const char *id);
view_t *views_home(const views_t *self, const user_t *user);
view_t *views_by_external_id(const views_t *self, const char *external_id);
view_t *views_add(views_t *self, user_t *user, bool home, char **shape_p); /* takes the shape */
void views_change(view_t *view, views_t *self, char **shape_p);            /* likewise */
void views_close(views_t *self, view_t *view);
view_t *views_next(const views_t *self, size_t *place);

/* NULL and *shape_r, or the error; what is wrong goes to faults. */
const char *view_check(const cJSON *view, bool home, faults_told_t *faults, char **shape_r);
/* values is the state of the inputs as JSON, NULL for none. */
void view_write(const view_t *self, const char *values, out_t *out, const char *key);
/* Borrowed members of the shape. The caller deletes *tree_r. */
const cJSON *view_blocks(const view_t *self, cJSON **tree_r);
