/* person.c */
#include "tests/support/fake_oidc/person.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/support/fake/table.h"

struct people {
    table_t *by_sub;
    table_t *by_email;
    table_t *by_username;
};

people_t *people_new(int64_t n)
{
    people_t *self = sb_alloc(sizeof *self);
    self->by_sub = table_new();
    self->by_email = table_new();
    self->by_username = table_new();
    for (int64_t i = 1; i <= n; i++) {
        char sub[NAME_SIZE];
        char email[NAME_SIZE];
        char username[NAME_SIZE];
        snprintf(sub, sizeof sub, "sub%06" PRId64, i);
        snprintf(email, sizeof email, "user%06" PRId64 "@example.com", i);
        snprintf(username, sizeof username, "user%06" PRId64, i);
        (void)people_add(self, sub, email, username, true);
    }
    return self;
}

void people_destroy(people_t **self_p)
{
    people_t *self = *self_p;
    if (self) {
        size_t place = 0;
        person_t *person;
        while ((person = table_next(self->by_sub, &place))) {
            free(person);
        }
        table_destroy(&self->by_sub);
        table_destroy(&self->by_email);
        table_destroy(&self->by_username);
        free(self);
        *self_p = NULL;
    }
}

size_t people_len(const people_t *self)
{
    return table_len(self->by_sub);
}

const person_t *people_find(const people_t *self, const char *name)
{
    const person_t *person = table_get(self->by_sub, name);
    person = person ? person : table_get(self->by_email, name);
    return person ? person : table_get(self->by_username, name);
}

static bool s_free(const people_t *self, const char *name)
{
    return *name && strlen(name) < NAME_SIZE && !people_find(self, name);
}

const person_t *people_add(people_t *self, const char *sub, const char *email, const char *username,
                           bool email_verified)
{
    if (!s_free(self, sub) || !s_free(self, email) || (username && !s_free(self, username)) ||
        people_len(self) >= PEOPLE_MAX) {
        return NULL;
    }
    person_t *person = sb_alloc(sizeof *person);
    snprintf(person->sub, sizeof person->sub, "%s", sub);
    snprintf(person->email, sizeof person->email, "%s", email);
    person->email_verified = email_verified;
    table_set(self->by_sub, person->sub, person);
    table_set(self->by_email, person->email, person);
    if (username) {
        snprintf(person->username, sizeof person->username, "%s", username);
        table_set(self->by_username, person->username, person);
    }
    return person;
}
