/* people_file_fuzz.c: a file of people. Those that are read have an id of their own, and no member
 * is longer than the store takes. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lib/people_file.h"
#include "proto/taskd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *s_text(const cJSON *person, const char *key, size_t size_max)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(person, key);
    assert(cJSON_IsNull(member) || cJSON_IsString(member));
    const char *text = cJSON_GetStringValue(member);
    assert(!text || (text[0] && strlen(text) <= size_max));
    return text;
}

static void s_check(const cJSON *person)
{
    const char *id = s_text(person, "id", SB_PERSON_ID_MAX);
    assert(id && !strpbrk(id, " \n@#/:\"'`ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
    (void)s_text(person, "name", SB_NAME_MAX);
    (void)s_text(person, "email", SB_NAME_MAX);
    (void)s_text(person, "chat_id", SB_NAME_MAX);
    (void)s_text(person, "zone", SB_ZONE_MAX);
    assert(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(person, "active")));
    const cJSON *other = person->next;
    for (int i = 0; other && i < 100; other = other->next, i++) {
        assert(strcmp(id, cJSON_GetObjectItemCaseSensitive(other, "id")->valuestring) != 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sb_err_t err = {0};
    cJSON *people = sb_people_file_parse("fuzz", data, size, &err);
    if (!people) {
        assert(err.code < 0 && err.text[0]);
        return 0;
    }
    assert(cJSON_GetArraySize(people) <= SB_PEOPLE_FILE_MAX);
    const cJSON *person;
    cJSON_ArrayForEach(person, people)
    {
        s_check(person);
    }
    cJSON_Delete(people);
    return 0;
}
