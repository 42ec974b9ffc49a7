/* people.c */
#include "tests/support/fake_slack/people.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/tz.h"
#include "tests/support/fake/table.h"
#include "tests/support/fake_slack/ids.h"

#define ZONES_MAX 700 /* more than IANA has */
#define DIGITS 9      /* of a made-up id */

typedef struct {
    char *name;
    char label[16];
    int32_t offset_s;
} zone_t;

struct people {
    user_t **list;
    size_t len;
    size_t room;
    size_t made_up; /* ids */
    table_t *by_id;
    table_t *by_email; /* lower case */
    zone_t zones[ZONES_MAX];
    size_t zones_len;
};

people_t *people_new(void)
{
    people_t *self = sb_alloc(sizeof *self);
    self->by_id = table_new();
    self->by_email = table_new();
    return self;
}

static void s_free(user_t *user)
{
    free(user->name);
    free(user->real_name);
    free(user->email);
    free(user);
}

void people_destroy(people_t **self_p)
{
    people_t *self = *self_p;
    if (!self) {
        return;
    }
    for (size_t i = 0; i < self->len; i++) {
        s_free(self->list[i]);
    }
    for (size_t i = 0; i < self->zones_len; i++) {
        free(self->zones[i].name);
    }
    table_destroy(&self->by_id);
    table_destroy(&self->by_email);
    free(self->list);
    free(self);
    *self_p = NULL;
}

/* Offsets are those of the first use: a zone that changes its clocks meanwhile goes on as it was.
 */
static const zone_t *s_zone(people_t *self, const char *name, int64_t now_s)
{
    for (size_t i = 0; i < self->zones_len; i++) {
        if (strcmp(self->zones[i].name, name) == 0) {
            return &self->zones[i];
        }
    }
    sb_err_t err = {0};
    sb_tz_t *tz = self->zones_len < ZONES_MAX ? sb_tz_load(NULL, name, &err) : NULL;
    if (!tz) {
        return NULL;
    }
    sb_local_t local;
    sb_tz_local(tz, now_s, &local);
    sb_tz_destroy(&tz);
    zone_t *zone = &self->zones[self->zones_len++];
    zone->name = sb_strdup(name);
    zone->offset_s = local.offset_s;
    snprintf(zone->label, sizeof zone->label, "%s", local.abbreviation);
    return zone;
}

static char *s_lower(const char *text)
{
    char *lower = sb_strdup(text);
    for (char *at = lower; *at; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    return lower;
}

user_t *people_find(const people_t *self, const char *id)
{
    return table_get(self->by_id, id);
}

user_t *people_by_email(const people_t *self, const char *email)
{
    char *lower = s_lower(email);
    user_t *user = table_get(self->by_email, lower);
    free(lower);
    return user;
}

size_t people_len(const people_t *self)
{
    return self->len;
}

user_t *people_at(const people_t *self, size_t place)
{
    return place < self->len ? self->list[place] : NULL;
}

static void s_set_email(people_t *self, user_t *user, const char *email)
{
    if (user->email) {
        table_remove(self->by_email, user->email);
        free(user->email);
    }
    user->email = s_lower(email);
    table_set(self->by_email, user->email, user);
}

static void s_set_text(char **text, const char *value)
{
    if (value) {
        free(*text);
        *text = sb_strdup(value);
    }
}

static void s_set_flag(bool *flag, int value)
{
    if (value >= 0) {
        *flag = value > 0;
    }
}

bool people_change(people_t *self, user_t *user, const user_fields_t *fields, int64_t now_s,
                   const char **why_r)
{
    const zone_t *zone = fields->zone ? s_zone(self, fields->zone, now_s) : NULL;
    if (fields->zone && !zone) {
        *why_r = "tz is no time zone";
        return false;
    }
    if (fields->email) {
        const user_t *owner = people_by_email(self, fields->email);
        if (owner && owner != user) {
            *why_r = "email is taken";
            return false;
        }
        s_set_email(self, user, fields->email);
    }
    if (zone) {
        user->zone = zone->name;
        user->zone_label = zone->label;
        user->zone_offset_s = zone->offset_s;
    }
    s_set_text(&user->name, fields->name);
    s_set_text(&user->real_name, fields->real_name);
    s_set_flag(&user->deleted, fields->deleted);
    s_set_flag(&user->is_bot, fields->is_bot);
    s_set_flag(&user->is_restricted, fields->is_restricted);
    user->updated_s = now_s;
    return true;
}

static void s_append(people_t *self, user_t *user)
{
    if (self->len == self->room) {
        self->room = self->room ? 2 * self->room : 64;
        self->list = sb_realloc(self->list, self->room * sizeof(user_t *));
    }
    user->place = self->len;
    self->list[self->len++] = user;
    table_set(self->by_id, user->id, user);
}

user_t *people_add(people_t *self, const user_fields_t *fields, int64_t now_s, const char **why_r)
{
    user_t *user = sb_alloc(sizeof *user);
    if (fields->id) {
        snprintf(user->id, sizeof user->id, "%s", fields->id);
    } else {
        do {
            snprintf(user->id, sizeof user->id, "U%0*zu", DIGITS, ++self->made_up);
        } while (people_find(self, user->id));
    }
    if (self->len == PEOPLE_MAX || people_find(self, user->id)) {
        *why_r = "id is taken";
        s_free(user);
        return NULL;
    }
    user_fields_t all = *fields;
    all.name = all.name ? all.name : user->id;
    all.real_name = all.real_name ? all.real_name : all.name;
    all.zone = all.zone ? all.zone : "UTC";
    if (!people_change(self, user, &all, now_s, why_r)) {
        s_free(user);
        return NULL;
    }
    s_append(self, user);
    return user;
}

void people_generate(people_t *self, size_t n, int64_t now_s)
{
    static const char *const zones[] = {"UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo",
                                        "Australia/Lord_Howe"};
    for (size_t i = 0; i < n; i++) {
        char name[32];
        char real_name[32];
        char email[64];
        const char *why = NULL;
        snprintf(name, sizeof name, "user%06zu", i + 1);
        snprintf(real_name, sizeof real_name, "User %06zu", i + 1);
        snprintf(email, sizeof email, "%s@example.com", name);
        user_fields_t fields = USER_FIELDS_NONE;
        fields.name = name;
        fields.real_name = real_name;
        fields.email = email;
        fields.zone = zones[i % (sizeof zones / sizeof zones[0])];
        (void)people_add(self, &fields, now_s, &why);
    }
}

static void s_write_profile(const user_t *self, bool with_email, out_t *out)
{
    out_begin(out, "profile", '{');
    out_str(out, "title", "");
    out_str(out, "phone", "");
    out_str(out, "skype", "");
    out_str(out, "real_name", self->real_name);
    out_str(out, "real_name_normalized", self->real_name);
    out_str(out, "display_name", self->is_bot ? "" : self->name);
    out_str(out, "display_name_normalized", self->is_bot ? "" : self->name);
    out_str(out, "status_text", "");
    out_str(out, "status_emoji", "");
    out_int(out, "status_expiration", 0);
    out_str(out, "avatar_hash", "g000000000000");
    if (with_email && self->email) {
        out_str(out, "email", self->email);
    }
    out_str(out, "team", TEAM_ID);
    out_end(out, '}');
}

void user_write(const user_t *self, bool with_email, out_t *out, const char *key)
{
    out_begin(out, key, '{');
    out_str(out, "id", self->id);
    out_str(out, "team_id", TEAM_ID);
    out_str(out, "name", self->name);
    out_bool(out, "deleted", self->deleted);
    if (!self->deleted) { /* who is gone has neither */
        out_str(out, "color", "9f69e7");
        out_str(out, "real_name", self->real_name);
        out_str(out, "tz", self->zone);
        out_str(out, "tz_label", self->zone_label);
        out_int(out, "tz_offset", self->zone_offset_s);
    }
    s_write_profile(self, with_email, out);
    if (!self->deleted) {
        out_bool(out, "is_admin", false);
        out_bool(out, "is_owner", false);
        out_bool(out, "is_primary_owner", false);
        out_bool(out, "is_restricted", self->is_restricted);
        out_bool(out, "is_ultra_restricted", false);
    }
    out_bool(out, "is_bot", self->is_bot);
    out_bool(out, "is_app_user", false);
    out_int(out, "updated", self->updated_s);
    if (!self->deleted) {
        out_bool(out, "is_email_confirmed", !self->is_bot);
        out_str(out, "who_can_share_contact_card", "EVERYONE");
    }
    out_end(out, '}');
}
