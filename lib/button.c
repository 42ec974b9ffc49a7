/* button.c */
#include "lib/button.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "lib/err.h"

static const char *const s_dispositions[] = {SB_DISPOSITION_TRUE_POSITIVE,
                                             SB_DISPOSITION_FALSE_POSITIVE, SB_DISPOSITION_BENIGN,
                                             SB_DISPOSITION_DUPLICATE};

bool sb_button_parse(const char *value, sb_button_t *button_r)
{
    assert(value);
    assert(button_r);
    const size_t action = strspn(value, "abcdefghijklmnopqrstuvwxyz");
    if (action == 0 || action > SB_BUTTON_ACTION_MAX || value[action] != ':') {
        return false;
    }
    const char *hash = value + action + 1;
    const char *end = hash + strspn(hash, "0123456789abcdef");
    if (end - hash != SB_HASH_HEX || (*end && (*end != ':' || !end[1]))) {
        return false;
    }
    memcpy(button_r->action, value, action);
    button_r->action[action] = '\0';
    memcpy(button_r->hash, hash, SB_HASH_HEX);
    button_r->hash[SB_HASH_HEX] = '\0';
    button_r->argument = *end ? end + 1 : NULL;
    return true;
}

bool sb_button_is_disposition(const char *name)
{
    assert(name);
    for (size_t i = 0; i < sizeof s_dispositions / sizeof s_dispositions[0]; i++) {
        if (strcmp(s_dispositions[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* A person's id as far as that can be seen. */
static bool s_is_person(const char *id)
{
    for (const char *c = id; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            return false;
        }
    }
    return strlen(id) <= SB_PERSON_ID_MAX;
}

bool sb_button_is_team(const sb_button_t *self)
{
    assert(self);
    const char *argument = self->argument;
    if (strcmp(self->action, SB_BUTTON_ACK) == 0) {
        return !argument;
    }
    if (strcmp(self->action, SB_BUTTON_ASSIGN) == 0) {
        return !argument || s_is_person(argument);
    }
    return strcmp(self->action, SB_BUTTON_CLOSE) == 0 && argument &&
           sb_button_is_disposition(argument);
}
