/* people.h: the members of the workspace, found by id and by e-mail address, listed in order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/fake/out.h"

#define PEOPLE_MAX 1000000

typedef struct people people_t;
typedef struct channel channel_t;

typedef struct {
    char id[16];
    char *name;
    char *real_name;
    char *email;      /* NULL: a bot */
    const char *zone; /* IANA name; people's own */
    const char *zone_label;
    int32_t zone_offset_s;
    bool deleted;
    bool is_bot;
    bool is_restricted;
    int64_t updated_s;
    size_t place;           /* in the list */
    channel_t *im;          /* with the bot; NULL until it is opened */
    channel_t *slackbot_im; /* where posts under a false name end */
    bool has_home;          /* a view was published */
} user_t;

/* What can be said about a user; NULL and -1 leave it as it is. */
typedef struct {
    const char *id; /* for a new one only; NULL makes one up */
    const char *name;
    const char *real_name;
    const char *email;
    const char *zone;
    int deleted;
    int is_bot;
    int is_restricted;
} user_fields_t;
#define USER_FIELDS_NONE ((user_fields_t){.deleted = -1, .is_bot = -1, .is_restricted = -1})

people_t *people_new(void);
void people_destroy(people_t **self_p);

/* Adds n members user000001, user000002, ... */
void people_generate(people_t *self, size_t n, int64_t now_s);
/* NULL, with *why_r, if the id or the address is taken or the zone is none. */
user_t *people_add(people_t *self, const user_fields_t *fields, int64_t now_s, const char **why_r);
/* False, with *why_r, if the address is taken or the zone is none. */
bool people_change(people_t *self, user_t *user, const user_fields_t *fields, int64_t now_s,
                   const char **why_r);

user_t *people_find(const people_t *self, const char *id);
user_t *people_by_email(const people_t *self, const char *email); /* in any case of letters */
size_t people_len(const people_t *self);
user_t *people_at(const people_t *self, size_t place);

/* The user as an object of Slack's. The address is shown to holders of users:read.email. */
void user_write(const user_t *self, bool with_email, out_t *out, const char *key);
