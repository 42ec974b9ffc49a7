/* cmd_people.c: the directory of people, as far as it is kept by hand. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/people_file.h"
#include "proto/bus.h"
#include "proto/taskd.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/list.h"

#define PAGE_SIZE 200 /* people asked for or sent at once */

/* ---- Reading. */

/* Called for each page of people; false ends the reading. */
typedef bool(page_fn)(void *arg, cJSON *people);

static int s_each_page(ctl_t *ctl, bool all, page_fn *fn, void *arg, sb_err_t *err)
{
    char *after = NULL;
    int code;
    bool more;
    do {
        cJSON *body = sb_json_object();
        cJSON *reply = NULL;
        sb_json_add_int(body, "limit", PAGE_SIZE);
        sb_json_add_bool(body, "all", all);
        if (after) {
            sb_json_add_str(body, "after", after);
        }
        free(after);
        after = NULL;
        code = ctl_ask_taskd(ctl, "person.list", &body, &reply, err);
        if (code != SB_OK) {
            return code;
        }
        sb_reader_t reader = sb_reader(reply, "person.list", err);
        cJSON *people = (cJSON *)sb_read_array(&reader, "people", SB_QUERY_LIMIT_MAX);
        const char *cursor = sb_read_str_or(&reader, "cursor", SB_BODY_SIZE_MAX, NULL);
        after = cursor ? strdup(cursor) : NULL;
        code = sb_reader_code(&reader);
        more = code == SB_OK && fn(arg, people) && after;
        cJSON_Delete(reply);
    } while (more);
    free(after);
    return code;
}

typedef struct {
    const char *id;
    cJSON *person; /* a copy, once found */
} find_t;

static bool s_find_in(void *arg, cJSON *people)
{
    find_t *find = arg;
    const cJSON *person;
    cJSON_ArrayForEach(person, people)
    {
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(person, "id");
        if (cJSON_IsString(id) && strcasecmp(id->valuestring, find->id) == 0) {
            find->person = sb_json_copy(person);
            return false;
        }
    }
    return true;
}

/* The person of this id, active or not; *person_r is NULL if there is none. The caller owns it. */
static int s_find(ctl_t *ctl, const char *id, cJSON **person_r, sb_err_t *err)
{
    find_t find = {.id = id};
    const int code = s_each_page(ctl, true, s_find_in, &find, err);
    *person_r = find.person;
    return code;
}

typedef struct {
    bool all;
    bool json;
} list_options_t;

static const opt_t s_list_opts[] = {
    {"all",  0, OPT_FLAG, offsetof(list_options_t, all),  0, "those who are no longer active, too", 0,
     0,                                                                                                   0, 0},
    {"json", 0, OPT_FLAG, offsetof(list_options_t, json), 0, "one JSON object a line",              0, 0, 0, 0},
};

static bool s_keep_page(void *arg, cJSON *people)
{
    cJSON *person;
    while ((person = cJSON_DetachItemFromArray(people, 0)) != NULL) {
        sb_json_push(arg, person);
    }
    return true;
}

static exit_code_t s_list(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words;
    (void)words_len;
    static const cell_t cells[] = {
        {"id",      "id",      CELL_TEXT },
        {"name",    "name",    CELL_TEXT },
        {"email",   "email",   CELL_TEXT },
        {"chat_id", "chat_id", CELL_TEXT },
        {"zone",    "zone",    CELL_TEXT },
        {"source",  "source",  CELL_TEXT },
        {"active",  "active",  CELL_YESNO},
    };
    const list_options_t *options = options_v;
    cJSON *people = sb_json_array();
    sb_err_t err;
    const int code = s_each_page(ctl, options->all, s_keep_page, people, &err);
    if (code == SB_OK) {
        list_print(people, cells, sizeof cells / sizeof cells[0] - (options->all ? 0 : 1),
                   options->json, "no people");
    }
    cJSON_Delete(people);
    return code == SB_OK ? EXIT_OK : ctl_fail(ctl, &err);
}

/* ---- Writing. */

typedef struct {
    int64_t added;
    int64_t changed;
} synced_t;

/* Takes people, an array. */
static int s_sync(ctl_t *ctl, cJSON *people, synced_t *synced, sb_err_t *err)
{
    cJSON *body = sb_json_object();
    cJSON *reply = NULL;
    sb_json_add_str(body, "source", "botctl");
    sb_json_add_bool(body, "complete", false);
    sb_json_add(body, "people", people);
    if (ctl_ask_taskd(ctl, "person.sync", &body, &reply, err) != SB_OK) {
        return err->code;
    }
    sb_reader_t reader = sb_reader(reply, "person.sync", err);
    synced->added += sb_read_int(&reader, "added", 0, SB_JSON_INT_MAX);
    synced->changed += sb_read_int(&reader, "changed", 0, SB_JSON_INT_MAX);
    const int code = sb_reader_code(&reader);
    cJSON_Delete(reply);
    return code;
}

static int s_sync_one(ctl_t *ctl, cJSON *person, synced_t *synced, sb_err_t *err)
{
    cJSON *people = sb_json_array();
    sb_json_push(people, person);
    return s_sync(ctl, people, synced, err);
}

typedef struct {
    const char *name;
    const char *email;
    const char *chat_id;
    const char *zone;
} add_options_t;

#define AT(member) offsetof(add_options_t, member)
static const opt_t s_add_opts[] = {
    {"name",    'n', OPT_TEXT, AT(name),    "TEXT",    "how the person is called",         0, 0, 0, 0},
    {"email",   'e', OPT_TEXT, AT(email),   "ADDRESS", "e-mail",                           0, 0, 0, 0},
    {"chat-id", 0,   OPT_TEXT, AT(chat_id), "ID",      "in the chat system",               0, 0, 0, 0},
    {"zone",    'z', OPT_TEXT, AT(zone),    "NAME",    "time zone, such as Europe/Berlin", 0, 0, 0, 0},
};
#undef AT

/* What the options say, and for the rest what the person had before (may be NULL). */
static cJSON *s_merge(const char *id, const add_options_t *options, const cJSON *before)
{
    const char *const keys[] = {"name", "email", "chat_id", "zone"};
    const char *const texts[] = {options->name, options->email, options->chat_id, options->zone};
    cJSON *person = sb_json_object();
    sb_json_add_str(person, "id", id);
    for (size_t i = 0; i < 4; i++) {
        const cJSON *old = cJSON_GetObjectItemCaseSensitive(before, keys[i]);
        sb_json_add_str(person, keys[i], texts[i] ? texts[i] : cJSON_GetStringValue(old));
    }
    sb_json_add_bool(person, "active", true);
    return person;
}

static exit_code_t s_add(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words_len;
    cJSON *before = NULL;
    synced_t synced = {0};
    sb_err_t err;
    int code = s_find(ctl, words[0], &before, &err);
    if (code == SB_OK) {
        code = s_sync_one(ctl, s_merge(words[0], options_v, before), &synced, &err);
    }
    cJSON_Delete(before);
    if (code != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    ctl_note(synced.added ? "added" : synced.changed ? "changed" : "nothing to change");
    return EXIT_OK;
}

static exit_code_t s_remove(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    (void)options;
    (void)words_len;
    cJSON *person = NULL;
    synced_t synced = {0};
    sb_err_t err;
    if (s_find(ctl, words[0], &person, &err) != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    if (!person) {
        (void)sb_fail(&err, SB_ENOTFOUND, "there is no person '%.64s'", words[0]);
        return ctl_fail(ctl, &err);
    }
    cJSON_ReplaceItemInObjectCaseSensitive(person, "active", cJSON_CreateFalse());
    if (s_sync_one(ctl, person, &synced, &err) != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    return EXIT_OK;
}

static exit_code_t s_import(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    (void)options;
    (void)words_len;
    synced_t synced = {0};
    sb_err_t err;
    cJSON *people = sb_people_file_load(words[0], &err);
    if (!people) {
        return ctl_usage(ctl, "%s", err.text);
    }
    const int total = cJSON_GetArraySize(people);
    int code = SB_OK;
    while (code == SB_OK && cJSON_GetArraySize(people) > 0) {
        cJSON *page = sb_json_array();
        for (int i = 0; i < PAGE_SIZE && cJSON_GetArraySize(people) > 0; i++) {
            sb_json_push(page, cJSON_DetachItemFromArray(people, 0));
        }
        code = s_sync(ctl, page, &synced, &err);
    }
    cJSON_Delete(people);
    if (code != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    ctl_note("%d people: %" PRId64 " added, %" PRId64 " changed", total, synced.added,
             synced.changed);
    return EXIT_OK;
}

const command_t cmd_people_list = {
    .name = "people list",
    .summary = "List the people who can be asked",
    .usage = "",
    COMMAND_OPTS(s_list_opts, list_options_t),
    .run = s_list,
};
const command_t cmd_people_add = {
    .name = "people add",
    .summary = "Add a person, or change what is known of one",
    .usage = "ID",
    .words_min = 1,
    .words_max = 1,
    COMMAND_OPTS(s_add_opts, add_options_t),
    .run = s_add,
    .details = "What is not given stays as it was.",
};
const command_t cmd_people_remove = {
    .name = "people remove",
    .summary = "Make a person inactive; their alerts go to the security team",
    .usage = "ID",
    .words_min = 1,
    .words_max = 1,
    .run = s_remove,
};
const command_t cmd_people_import = {
    .name = "people import",
    .summary = "Add or change the people that a YAML file lists",
    .usage = "FILE",
    .words_min = 1,
    .words_max = 1,
    .run = s_import,
    .details = "FILE holds a list: '- id: alice', with any of name, email, chat_id and zone.\n"
               "Nobody is removed.",
};
