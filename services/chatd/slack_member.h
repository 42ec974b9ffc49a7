/* slack_member.h: Slack's objects of users, as people of the directory. Pure. */
#pragma once

#include "lib/json.h"

/* What is taken for a person's username, which alerts name. */
typedef enum {
    SLACK_USERNAME_NAME,        /* Slack's own name of the user */
    SLACK_USERNAME_EMAIL_LOCAL, /* what stands before the @ */
    SLACK_USERNAME_EMAIL,
} slack_username_t;
/* The same order, as the configuration's table wants it. */
#define SLACK_USERNAMES "name|email_local|email"

typedef enum {
    SLACK_MEMBER_PERSON,
    SLACK_MEMBER_GONE,  /* a person whose account is deactivated */
    SLACK_MEMBER_OTHER, /* a bot, Slack's own, or nobody with a username */
} slack_member_t;

/* The Slack id of a user, "" if it is none. Borrowed. */
const char *slack_member_id(const cJSON *user);

/* *person_r is {id, name, email, chat_id, zone, active} unless it is SLACK_MEMBER_OTHER, then NULL.
 * The caller owns it. */
slack_member_t slack_member_read(const cJSON *user, slack_username_t username, cJSON **person_r);

/* The people among the users of one page, as person.sync wants them: nobody twice, and nobody who
 * is gone. *twice_r counts those who were left out because of their username. */
cJSON *slack_member_page(const cJSON *users, slack_username_t username, size_t *twice_r);
