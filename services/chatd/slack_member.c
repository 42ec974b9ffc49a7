/* slack_member.c */
#include "services/chatd/slack_member.h"

#include <czmq.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/utf8.h"
#include "proto/taskd.h"
#include "services/chatd/slack_ids.h"
#include "services/chatd/slack_text.h"

#define SLACKBOT "USLACKBOT" /* is no bot as Slack sees it */

static const cJSON *s_member(const cJSON *json, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(json, name);
}

/* "" if it is no text. */
static const char *s_text(const cJSON *json, const char *name)
{
    const cJSON *member = s_member(json, name);
    return cJSON_IsString(member) ? member->valuestring : "";
}

const char *slack_member_id(const cJSON *user)
{
    const char *id = s_text(user, "id");
    return slack_id_valid(id) ? id : "";
}

/* NULL if there is none that fits. The caller frees it. */
static char *s_username(const cJSON *user, slack_username_t username)
{
    const char *text = username == SLACK_USERNAME_NAME ? s_text(user, "name")
                                                       : s_text(s_member(user, "profile"), "email");
    const size_t size = username == SLACK_USERNAME_EMAIL_LOCAL ? strcspn(text, "@") : strlen(text);
    if (size == 0 || size > SB_PERSON_ID_MAX) {
        return NULL;
    }
    char *id = sb_strndup(text, size);
    for (char *p = id; *p; p++) {
        if (*p >= 'A' && *p <= 'Z') {
            *p = (char)(*p - 'A' + 'a');
        }
        if (*p >= 0 && (*p <= ' ' || *p == 0x7f)) {
            free(id);
            return NULL;
        }
    }
    return id;
}

static void s_add_name(cJSON *person, const cJSON *user)
{
    const cJSON *profile = s_member(user, "profile");
    const char *names[] = {s_text(profile, "real_name"), s_text(user, "real_name"),
                           s_text(profile, "display_name"), s_text(user, "name")};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *name = slack_text_line(names[i], SB_NAME_MAX);
        name[sb_utf8_cut(name, SB_NAME_MAX)] = '\0';
        if (name[0]) {
            sb_json_add_str(person, "name", name);
            free(name);
            return;
        }
        free(name);
    }
    sb_json_add_str(person, "name", NULL);
}

/* A text that is too long is none. */
static void s_add_text(cJSON *person, const char *key, const char *text, size_t max)
{
    sb_json_add_str(person, key, text[0] && strlen(text) <= max ? text : NULL);
}

slack_member_t slack_member_read(const cJSON *user, slack_username_t username, cJSON **person_r)
{
    *person_r = NULL;
    const char *chat_id = slack_member_id(user);
    const bool bot = cJSON_IsTrue(s_member(user, "is_bot")) || strcmp(chat_id, SLACKBOT) == 0;
    char *id = !chat_id[0] || bot ? NULL : s_username(user, username);
    if (!id) {
        return SLACK_MEMBER_OTHER;
    }
    const bool gone = cJSON_IsTrue(s_member(user, "deleted"));
    cJSON *person = sb_json_object();
    sb_json_add_str(person, "id", id);
    s_add_name(person, user);
    s_add_text(person, "email", s_text(s_member(user, "profile"), "email"), SB_NAME_MAX);
    sb_json_add_str(person, "chat_id", chat_id);
    s_add_text(person, "zone", s_text(user, "tz"), SB_ZONE_MAX);
    sb_json_add_bool(person, "active", !gone);
    free(id);
    *person_r = person;
    return gone ? SLACK_MEMBER_GONE : SLACK_MEMBER_PERSON;
}

cJSON *slack_member_page(const cJSON *users, slack_username_t username, size_t *twice_r)
{
    cJSON *people = sb_json_array();
    zhashx_t *ids = zhashx_new();
    const cJSON *user;
    cJSON_ArrayForEach(user, users)
    {
        cJSON *person;
        if (slack_member_read(user, username, &person) == SLACK_MEMBER_PERSON) {
            /* The key is copied, the item means nothing. */
            if (zhashx_insert(ids, s_text(person, "id"), ids) == 0) {
                sb_json_push(people, person);
                continue;
            }
            ++*twice_r;
        }
        cJSON_Delete(person);
    }
    zhashx_destroy(&ids);
    return people;
}
