/* people_file.c. An unknown key is refused: a typing error in a file of people is found when it is
 * read, not when somebody is not asked. */
#include "lib/people_file.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/yaml.h"
#include "proto/taskd.h"

typedef struct {
    const char *key;
    size_t size_max;
} field_t;

static const field_t s_fields[] = {
    {"id",      SB_PERSON_ID_MAX},
    {"name",    SB_NAME_MAX     },
    {"email",   SB_NAME_MAX     },
    {"chat_id", SB_NAME_MAX     },
    {"zone",    SB_ZONE_MAX     },
};
#define FIELDS_LEN (sizeof s_fields / sizeof s_fields[0])

static const field_t *s_field(const char *key)
{
    for (size_t i = 0; i < FIELDS_LEN; i++) {
        if (strcmp(s_fields[i].key, key) == 0) {
            return &s_fields[i];
        }
    }
    return NULL;
}

/* What a username is made of: no upper case, nothing that could end a word or a line. */
static bool s_id_valid(const char *id)
{
    for (const unsigned char *c = (const unsigned char *)id; *c; c++) {
        if (*c <= ' ' || *c == 0x7f || (*c >= 'A' && *c <= 'Z') || strchr("@#/:\"'`", *c)) {
            return false;
        }
    }
    return id[0] != '\0';
}

static int s_check_field(const char *name, const sb_yaml_t *node, sb_err_t *err)
{
    const field_t *field = s_field(node->key);
    if (!field) {
        return sb_fail(err, SB_EINVALID,
                       "%s:%zu: unknown key \"%.40s\"; expected id, name, email, chat_id or zone",
                       name, node->line, node->key);
    }
    if (node->kind != SB_YAML_SCALAR || strlen(node->text) > field->size_max) {
        return sb_fail(err, SB_EINVALID, "%s:%zu: %s: expected a text of at most %zu bytes", name,
                       node->line, field->key, field->size_max);
    }
    return SB_OK;
}

static int s_read_person(const char *name, const sb_yaml_t *node, cJSON *person, sb_err_t *err)
{
    if (node->kind != SB_YAML_MAPPING) {
        return sb_fail(err, SB_EINVALID, "%s:%zu: expected a person with an id", name, node->line);
    }
    for (const sb_yaml_t *member = node->child; member; member = member->next) {
        const int code = s_check_field(name, member, err);
        if (code) {
            return code;
        }
    }
    const sb_yaml_t *id = sb_yaml_get(node, "id");
    if (!id || !s_id_valid(id->text)) {
        return sb_fail(err, SB_EINVALID,
                       "%s:%zu: id: expected a username in lower case, without spaces and @ # / : "
                       "and quotes",
                       name, id ? id->line : node->line);
    }
    for (size_t i = 0; i < FIELDS_LEN; i++) {
        const sb_yaml_t *value = sb_yaml_get(node, s_fields[i].key);
        sb_json_add_str(person, s_fields[i].key, value && value->text[0] ? value->text : NULL);
    }
    sb_json_add_bool(person, "active", true);
    return SB_OK;
}

typedef struct {
    const char *id;
    size_t line;
} seen_t;

static int s_by_id(const void *a, const void *b)
{
    const seen_t *x = a;
    const seen_t *y = b;
    const int order = strcmp(x->id, y->id);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* The same id twice is a mistake that would quietly drop one of the two. */
static int s_check_unique(const char *name, const sb_yaml_t *list, size_t len, sb_err_t *err)
{
    seen_t *seen = sb_alloc_array(len + 1, sizeof *seen);
    size_t n = 0;
    for (const sb_yaml_t *node = list->child; node; node = node->next) {
        const sb_yaml_t *id = sb_yaml_get(node, "id");
        seen[n++] = (seen_t){.id = id->text, .line = id->line};
    }
    qsort(seen, n, sizeof *seen, s_by_id);
    int code = SB_OK;
    for (size_t i = 1; i < n && !code; i++) {
        if (strcmp(seen[i - 1].id, seen[i].id) == 0) {
            code = sb_fail(err, SB_EINVALID, "%s:%zu: id: \"%s\" stands in line %zu already", name,
                           seen[i].line, seen[i].id, seen[i - 1].line);
        }
    }
    free(seen);
    return code;
}

static cJSON *s_read_list(const char *name, const sb_yaml_t *list, sb_err_t *err)
{
    if (list->kind != SB_YAML_SEQUENCE) {
        sb_fail(err, SB_EINVALID, "%s:%zu: expected a list of people", name, list->line);
        return NULL;
    }
    cJSON *people = sb_json_array();
    size_t len = 0;
    int code = SB_OK;
    for (const sb_yaml_t *node = list->child; node && !code; node = node->next) {
        if (++len > SB_PEOPLE_FILE_MAX) {
            code = sb_fail(err, SB_ETOOLARGE, "%s:%zu: over %d people", name, node->line,
                           SB_PEOPLE_FILE_MAX);
            break;
        }
        cJSON *person = sb_json_object();
        sb_json_push(people, person);
        code = s_read_person(name, node, person, err);
    }
    if (!code) {
        code = s_check_unique(name, list, len, err);
    }
    if (code) {
        cJSON_Delete(people);
        return NULL;
    }
    return people;
}

static cJSON *s_take(const char *name, sb_yaml_t *list, sb_err_t *err)
{
    cJSON *people = list ? s_read_list(name, list, err) : NULL;
    sb_yaml_destroy(&list);
    return people;
}

cJSON *sb_people_file_parse(const char *name, const void *data, size_t size, sb_err_t *err)
{
    return s_take(name, sb_yaml_parse(name, data, size, err), err);
}

cJSON *sb_people_file_load(const char *path, sb_err_t *err)
{
    return s_take(path, sb_yaml_load(path, err), err);
}
