/* control_people.c: who is enrolled, and with what. */
#include <stdio.h>
#include <string.h>

#include "tests/support/fake_duo/control.h"
#include "tests/support/fake_duo/duo.h"

#define PHONE_MS_MAX 3600000

static person_t *s_person(const duo_t *duo, args_t *args)
{
    const char *user = args_str(args, "user");
    return user ? people_find(duo->people, user) : NULL;
}

static const char no_user[] = "user: there is no such name or id";

static void s_write(const person_t *person, out_t *out)
{
    out_str(out, "username", person->username);
    out_str(out, "user_id", person->user_id);
    out_str(out, "state", state_name(person->state));
    person_write_devices(person, out);
    out_int(out, "pushes", (int64_t)person->pushes);
    out_int(out, "pushes_verified", (int64_t)person->pushes_verified);
    out_int(out, "passcodes_tried", (int64_t)person->passcodes_tried);
    out_int(out, "preauths", (int64_t)person->preauths);
    out_str(out, "login", person->last ? person->last->txid : NULL);
}

/* ---- What can be changed of a person. Each returns NULL, or what is wrong. */

static const char *s_set_state(person_t *person, const char *name)
{
    for (int i = STATE_ACTIVE; i <= STATE_LOCKED; i++) {
        if (strcmp(state_name((state_t)i), name) == 0) {
            person->state = (state_t)i;
            return NULL;
        }
    }
    return "state: expected active, bypass or locked";
}

static const char *s_set_devices(people_t *people, person_t *person, const char *names)
{
    static const char *const kinds[] = {"phone", "token", "landline"};
    person->devices_n = 0;
    while (*names && strcmp(names, "none") != 0) {
        const size_t len = strcspn(names, ",");
        int kind = DEVICE_PHONE;
        while (kind <= DEVICE_LANDLINE &&
               (strlen(kinds[kind]) != len || strncmp(kinds[kind], names, len) != 0)) {
            kind++;
        }
        if (kind > DEVICE_LANDLINE || !people_give(people, person, (device_kind_t)kind)) {
            return "devices: expected some of phone, token, landline, with commas between; or none";
        }
        names += len + (names[len] == ',');
    }
    return NULL;
}

static const char *s_set_passcodes(person_t *person, const char *codes)
{
    person->passcodes_n = 0;
    while (*codes) {
        const size_t len = strcspn(codes, ",");
        if (len == 0 || len >= sizeof person->passcodes[0] ||
            person->passcodes_n == PASSCODES_MAX) {
            return "passcodes: expected some of at most 15 digits, with commas between";
        }
        snprintf(person->passcodes[person->passcodes_n++], sizeof person->passcodes[0], "%.*s",
                 (int)len, codes);
        codes += len + (codes[len] == ',');
    }
    return NULL;
}

static const char *s_set_phone(person_t *person, const char *act, int64_t after_ms)
{
    static const char *const acts[] = {"", "approve", "deny", "fraud"};
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (strcmp(acts[i], act) == 0) {
            snprintf(person->phone, sizeof person->phone, "%s", act);
            person->phone_ms = after_ms < 0 ? 0 : after_ms < PHONE_MS_MAX ? after_ms : PHONE_MS_MAX;
            return NULL;
        }
    }
    return "phone: expected approve, deny or fraud, or nothing";
}

static const char *s_set(duo_t *duo, person_t *person, args_t *args)
{
    const char *state = args_str(args, "state");
    const char *devices = args_str(args, "devices");
    const char *passcodes = args_str(args, "passcodes");
    const char *phone = args_str(args, "phone");
    const int64_t digits = args_int(args, "verified_digits", person->verified_digits);
    const char *error = state ? s_set_state(person, state) : NULL;
    if (!error && devices) {
        error = s_set_devices(duo->people, person, devices);
    }
    if (!error && passcodes) {
        error = s_set_passcodes(person, passcodes);
    }
    if (!error && phone) {
        error = s_set_phone(person, phone, args_int(args, "phone_ms", 0));
    }
    if (error) {
        return error;
    }
    if (digits != 0 && (digits < 3 || digits > 6)) {
        return "verified_digits: expected 3 to 6, or 0";
    }
    person->verified_digits = (int)digits;
    return NULL;
}

/* ---- */

const char *control_user_add(void *ctx, args_t *args, out_t *out)
{
    duo_t *duo = ctx;
    const char *username = args_str(args, "username");
    person_t *person = username ? people_add(duo->people, username) : NULL;
    if (!person) {
        return "username: is needed, of at most 127 bytes, and no one else's";
    }
    (void)people_give(duo->people, person, DEVICE_PHONE);
    const char *error = s_set(duo, person, args);
    s_write(person, out);
    return error;
}

const char *control_user_change(void *ctx, args_t *args, out_t *out)
{
    duo_t *duo = ctx;
    person_t *person = s_person(duo, args);
    const char *error = person ? s_set(duo, person, args) : no_user;
    if (!error) {
        s_write(person, out);
    }
    return error;
}

const char *control_user_get(void *ctx, args_t *args, out_t *out)
{
    const person_t *person = s_person(ctx, args);
    if (!person) {
        return no_user;
    }
    s_write(person, out);
    return NULL;
}

const char *control_activate(void *ctx, args_t *args, out_t *out)
{
    duo_t *duo = ctx;
    person_t *person = s_person(duo, args);
    if (!person || person->state != STATE_ENROLLING) {
        return "user: nobody of that name or id enrolls";
    }
    person->state = STATE_ACTIVE;
    (void)people_give(duo->people, person, DEVICE_PHONE);
    s_write(person, out);
    return NULL;
}
