#include "tools/botctl/people_file.h"

#include <assert.h>
#include <string.h>

#include "lib/yaml.h"
#include "proto/taskd.h"

static const struct {
    const char *key;
    size_t size_max;
} s_members[] = {
    {"id",      SB_PERSON_ID_MAX},
    {"name",    SB_NAME_MAX     },
    {"email",   SB_NAME_MAX     },
    {"chat_id", SB_NAME_MAX     },
    {"zone",    SB_ZONE_MAX     },
};
#define MEMBERS_LEN (sizeof s_members / sizeof s_members[0])

cJSON *people_person(const char *id, const char *name, const char *email, const char *chat_id,
                     const char *zone)
{
    cJSON *person = sb_json_object();
    sb_json_add_str(person, "id", id);
    sb_json_add_str(person, "name", name);
    sb_json_add_str(person, "email", email);
    sb_json_add_str(person, "chat_id", chat_id);
    sb_json_add_str(person, "zone", zone);
    sb_json_add_bool(person, "active", true);
    return person;
}

static int s_member(const char *file, const sb_yaml_t *node, const char **texts, sb_err_t *err)
{
    for (size_t i = 0; i < MEMBERS_LEN; i++) {
        if (strcmp(node->key, s_members[i].key) != 0) {
            continue;
        }
        if (node->kind != SB_YAML_SCALAR || strlen(node->text) > s_members[i].size_max) {
            return sb_fail(err, SB_EINVALID, "%s:%zu: %s is not a text of at most %zu bytes", file,
                           node->line, node->key, s_members[i].size_max);
        }
        texts[i] = node->text[0] ? node->text : NULL;
        return SB_OK;
    }
    return sb_fail(err, SB_EINVALID,
                   "%s:%zu: unknown member '%.64s'; there are id, name, email, chat_id, zone", file,
                   node->line, node->key);
}

static cJSON *s_person(const char *file, const sb_yaml_t *node, sb_err_t *err)
{
    const char *texts[MEMBERS_LEN] = {NULL};
    if (node->kind != SB_YAML_MAPPING) {
        (void)sb_fail(err, SB_EINVALID, "%s:%zu: a person is 'id: ...' with its members below it",
                      file, node->line);
        return NULL;
    }
    for (const sb_yaml_t *member = node->child; member; member = member->next) {
        if (s_member(file, member, texts, err) != SB_OK) {
            return NULL;
        }
    }
    if (!texts[0]) {
        (void)sb_fail(err, SB_EINVALID, "%s:%zu: this person has no id", file, node->line);
        return NULL;
    }
    return people_person(texts[0], texts[1], texts[2], texts[3], texts[4]);
}

static cJSON *s_people(const char *file, const sb_yaml_t *root, sb_err_t *err)
{
    if (root->kind != SB_YAML_SEQUENCE) {
        (void)sb_fail(err, SB_EINVALID, "%s:%zu: a list of people ('- id: ...') was expected", file,
                      root->line);
        return NULL;
    }
    cJSON *people = sb_json_array();
    for (const sb_yaml_t *node = root->child; node; node = node->next) {
        cJSON *person = s_person(file, node, err);
        if (!person) {
            cJSON_Delete(people);
            return NULL;
        }
        sb_json_push(people, person);
    }
    return people;
}

cJSON *people_file_parse(const char *name, const void *data, size_t size, sb_err_t *err)
{
    assert(name);
    assert(err);
    sb_yaml_t *root = sb_yaml_parse(name, data, size, err);
    cJSON *people = root ? s_people(name, root, err) : NULL;
    sb_yaml_destroy(&root);
    return people;
}

cJSON *people_file_load(const char *path, sb_err_t *err)
{
    assert(path);
    assert(err);
    sb_yaml_t *root = sb_yaml_load(path, err);
    cJSON *people = root ? s_people(path, root, err) : NULL;
    sb_yaml_destroy(&root);
    return people;
}
