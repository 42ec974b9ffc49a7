/* view.c */
#include "tests/support/fake_slack/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/mem.h"
#include "tests/support/fake/table.h"
#include "tests/support/fake_slack/ids.h"
#include "tests/support/fake_slack/stamp.h"

struct views {
    table_t *by_id;
    table_t *homes;               /* by user id */
    view_t *ring[VIEWS_OPEN_MAX]; /* modals, in the order of their opening */
    size_t ring_next;
    uint64_t made;
    int64_t last_us;
};

views_t *views_new(void)
{
    views_t *self = sb_alloc(sizeof *self);
    self->by_id = table_new();
    self->homes = table_new();
    return self;
}

static void s_free(view_t *view)
{
    free(view->shape);
    free(view);
}

void views_destroy(views_t **self_p)
{
    views_t *self = *self_p;
    if (!self) {
        return;
    }
    size_t place = 0;
    view_t *view;
    while ((view = table_next(self->by_id, &place))) {
        s_free(view);
    }
    table_destroy(&self->by_id);
    table_destroy(&self->homes);
    free(self);
    *self_p = NULL;
}

view_t *views_find(const views_t *self, const char *id)
{
    return table_get(self->by_id, id);
}

view_t *views_home(const views_t *self, const user_t *user)
{
    return table_get(self->homes, user->id);
}

view_t *views_next(const views_t *self, size_t *place)
{
    return table_next(self->by_id, place);
}

static const char *s_member(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

view_t *views_by_external_id(const views_t *self, const char *external_id)
{
    size_t place = 0;
    view_t *view;
    while ((view = table_next(self->by_id, &place))) {
        cJSON *shape = json_value(view->shape);
        const char *own = s_member(shape, "external_id");
        const bool same = own && strcmp(own, external_id) == 0;
        cJSON_Delete(shape);
        if (same) {
            return view;
        }
    }
    return NULL;
}

void views_close(views_t *self, view_t *view)
{
    for (size_t i = 0; i < VIEWS_OPEN_MAX; i++) {
        if (self->ring[i] == view) {
            self->ring[i] = NULL;
        }
    }
    if (view->home) {
        table_remove(self->homes, view->user->id);
    }
    table_remove(self->by_id, view->id);
    s_free(view);
}

void views_change(view_t *view, views_t *self, char **shape_p)
{
    free(view->shape);
    view->shape = *shape_p;
    *shape_p = NULL;
    snprintf(view->hash, sizeof view->hash, "%s", stamp(stamp_next(&self->last_us)));
}

view_t *views_add(views_t *self, user_t *user, bool home, char **shape_p)
{
    view_t *view = sb_alloc(sizeof *view);
    snprintf(view->id, sizeof view->id, "V%09" PRIu64, ++self->made);
    view->user = user;
    view->home = home;
    views_change(view, self, shape_p);
    table_set(self->by_id, view->id, view);
    if (home) {
        table_set(self->homes, user->id, view);
        return view;
    }
    view_t *oldest = self->ring[self->ring_next];
    if (oldest) {
        views_close(self, oldest);
    }
    self->ring[self->ring_next] = view;
    self->ring_next = (self->ring_next + 1) % VIEWS_OPEN_MAX;
    return view;
}

/* ---- What the app sends. */

static bool s_known(const char *name, bool home)
{
    static const char *const all[] = {"type", "blocks", "private_metadata", "callback_id",
                                      "external_id"};
    static const char *const modal[] = {"title",          "close",           "submit",
                                        "clear_on_close", "notify_on_close", "submit_disabled"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(name, all[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; !home && i < sizeof modal / sizeof modal[0]; i++) {
        if (strcmp(name, modal[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void s_check_title(cJSON *shape, const char *name, bool required, faults_told_t *faults)
{
    cJSON *title = cJSON_GetObjectItemCaseSensitive(shape, name);
    char pointer[32];
    snprintf(pointer, sizeof pointer, "/view/%s", name);
    if (title && !cJSON_IsNull(title)) {
        (void)blocks_check_plain(title, pointer, TITLE_CHARS_MAX, faults);
    } else if (required) {
        faults_told_add(faults, "/view", "missing required field: %s", name);
    }
}

static bool s_has_input(const cJSON *blocks)
{
    for (const cJSON *block = blocks ? blocks->child : NULL; block; block = block->next) {
        const char *type = s_member(block, "type");
        if (type && strcmp(type, "input") == 0) {
            return true;
        }
    }
    return false;
}

static void s_check_members(cJSON *shape, bool home, faults_told_t *faults)
{
    const char *type = s_member(shape, "type");
    const char *secret = s_member(shape, "private_metadata");
    if (!type || strcmp(type, home ? "home" : "modal") != 0) {
        faults_told_add(faults, "/view/type", "must be %s", home ? "home" : "modal");
    }
    for (const cJSON *member = shape->child; member; member = member->next) {
        if (!s_known(member->string, home)) {
            faults_told_add(faults, "/view", "invalid additional property: %s", member->string);
        }
    }
    if (secret && strlen(secret) > PRIVATE_METADATA_MAX) {
        faults_told_add(faults, "/view/private_metadata", "must be less than %d characters",
                        PRIVATE_METADATA_MAX + 1);
    }
    cJSON *blocks = cJSON_GetObjectItemCaseSensitive(shape, "blocks");
    if (!home) {
        s_check_title(shape, "title", true, faults);
        s_check_title(shape, "close", false, faults);
        s_check_title(shape, "submit", s_has_input(blocks), faults);
    }
    if (blocks) {
        (void)blocks_check(blocks, BLOCKS_VIEW_MAX, faults);
    } else {
        faults_told_add(faults, "/view", "missing required field: blocks");
    }
}

const char *view_check(const cJSON *view, bool home, faults_told_t *faults, char **shape_r)
{
    *shape_r = NULL;
    cJSON *shape = sb_json_copy(view);
    s_check_members(shape, home, faults);
    char *text = sb_json_print(shape);
    cJSON_Delete(shape);
    const char *error = faults->len > 0                ? "invalid_arguments"
                        : strlen(text) > VIEW_SIZE_MAX ? "view_too_large"
                                                       : NULL;
    if (error) {
        free(text);
    } else {
        *shape_r = text;
    }
    return error;
}

const cJSON *view_blocks(const view_t *self, cJSON **tree_r)
{
    *tree_r = json_value(self->shape);
    return cJSON_GetObjectItemCaseSensitive(*tree_r, "blocks");
}

static void s_write_member(const cJSON *shape, const char *name, const char *fallback, out_t *out)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(shape, name);
    char *text = member ? sb_json_print(member) : NULL;
    out_raw(out, name, text ? text : fallback);
    free(text);
}

void view_write(const view_t *self, const char *values, out_t *out, const char *key)
{
    cJSON *shape = json_value(self->shape);
    out_begin(out, key, '{');
    out_str(out, "id", self->id);
    out_str(out, "team_id", TEAM_ID);
    s_write_member(shape, "type", "null", out);
    s_write_member(shape, "blocks", "[]", out);
    s_write_member(shape, "private_metadata", "\"\"", out);
    s_write_member(shape, "callback_id", "\"\"", out);
    out_begin(out, "state", '{');
    out_raw(out, "values", values ? values : "{}");
    out_end(out, '}');
    out_str(out, "hash", self->hash);
    s_write_member(shape, "title", "null", out);
    s_write_member(shape, "close", "null", out);
    s_write_member(shape, "submit", "null", out);
    s_write_member(shape, "clear_on_close", "false", out);
    s_write_member(shape, "notify_on_close", "false", out);
    out_str(out, "previous_view_id", NULL);
    out_str(out, "root_view_id", self->id);
    out_str(out, "app_id", APP_ID);
    s_write_member(shape, "external_id", "\"\"", out);
    out_str(out, "app_installed_team_id", TEAM_ID);
    out_str(out, "bot_id", BOT_ID);
    out_end(out, '}');
    cJSON_Delete(shape);
}
