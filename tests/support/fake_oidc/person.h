/* person.h: who can sign in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_SIZE 256 /* bytes, with the NUL */
#define PEOPLE_MAX 200000

typedef struct {
    char sub[NAME_SIZE];
    char email[NAME_SIZE];
    char username[NAME_SIZE]; /* preferred_username */
    bool email_verified;
} person_t;

typedef struct people people_t;

/* With n of them: sub000001, user000001@example.com, user000001, ... */
people_t *people_new(int64_t n);
void people_destroy(people_t **self_p);
size_t people_len(const people_t *self);
/* By sub, address or name; NULL if there is none. */
const person_t *people_find(const people_t *self, const char *name);
/* NULL if one of the names is taken, too long, or the person is one too many. username NULL: none.
 */
const person_t *people_add(people_t *self, const char *sub, const char *email, const char *username,
                           bool email_verified);
