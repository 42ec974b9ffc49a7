/* people.c */
#include "tests/support/fake_duo/people.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/support/fake/table.h"

struct people {
    table_t *by_name;
    table_t *by_id;
    int verified_digits;
    uint64_t made;
    uint64_t devices_made;
};

people_t *people_new(int verified_digits)
{
    people_t *self = sb_alloc(sizeof *self);
    self->by_name = table_new();
    self->by_id = table_new();
    self->verified_digits = verified_digits;
    return self;
}

void people_destroy(people_t **self_p)
{
    people_t *self = *self_p;
    if (!self) {
        return;
    }
    size_t place = 0;
    person_t *person = NULL;
    while ((person = table_next(self->by_id, &place))) {
        free(person);
    }
    table_destroy(&self->by_name);
    table_destroy(&self->by_id);
    free(self);
    *self_p = NULL;
}

size_t people_len(const people_t *self)
{
    return table_len(self->by_id);
}

person_t *people_by_name(const people_t *self, const char *username)
{
    return table_get(self->by_name, username);
}

person_t *people_by_id(const people_t *self, const char *user_id)
{
    return table_get(self->by_id, user_id);
}

person_t *people_find(const people_t *self, const char *either)
{
    person_t *person = people_by_name(self, either);
    return person ? person : people_by_id(self, either);
}

person_t *people_add(people_t *self, const char *username)
{
    if (!*username || strlen(username) >= USERNAME_SIZE || people_by_name(self, username)) {
        return NULL;
    }
    person_t *person = sb_alloc(sizeof *person);
    snprintf(person->username, sizeof person->username, "%s", username);
    snprintf(person->user_id, sizeof person->user_id, "DUFAKE%014" PRIu64, ++self->made);
    person->verified_digits = self->verified_digits;
    table_set(self->by_name, person->username, person);
    table_set(self->by_id, person->user_id, person);
    return person;
}

void people_generate(people_t *self, size_t n)
{
    for (size_t i = 1; i <= n; i++) {
        char username[USERNAME_SIZE];
        snprintf(username, sizeof username, "user%06zu", i);
        person_t *person = people_add(self, username);
        if (person) {
            (void)people_give(self, person, DEVICE_PHONE);
        }
    }
}

bool people_give(people_t *self, person_t *person, device_kind_t kind)
{
    if (person->devices_n == DEVICES_MAX) {
        return false;
    }
    const uint64_t n = ++self->devices_made;
    device_t *device = &person->devices[person->devices_n++];
    device->kind = kind;
    snprintf(device->id, sizeof device->id, "D%cFAKE%014" PRIu64, kind == DEVICE_TOKEN ? 'H' : 'P',
             n);
    snprintf(device->number, sizeof device->number, kind == DEVICE_TOKEN ? "%06u" : "+1555%07u",
             (unsigned)(n % 1000000));
    return true;
}

const device_t *person_device(const person_t *self, const char *id)
{
    for (size_t i = 0; i < self->devices_n; i++) {
        const device_t *device = &self->devices[i];
        const bool right =
            strcmp(id, "auto") == 0 ? device->kind == DEVICE_PHONE : strcmp(id, device->id) == 0;
        if (right) {
            return device;
        }
    }
    return NULL;
}

static void s_write_capabilities(device_kind_t kind, out_t *out)
{
    static const char *const mobile[] = {"auto", "push", "sms", "phone", "mobile_otp", NULL};
    static const char *const landline[] = {"auto", "phone", NULL};
    out_begin(out, "capabilities", '[');
    for (const char *const *at = kind == DEVICE_PHONE ? mobile : landline; *at; at++) {
        out_str(out, NULL, *at);
    }
    out_end(out, ']');
}

void person_write_devices(const person_t *self, out_t *out)
{
    out_begin(out, "devices", '[');
    for (size_t i = 0; i < self->devices_n; i++) {
        const device_t *device = &self->devices[i];
        char shown[64];
        out_begin(out, NULL, '{');
        out_str(out, "device", device->id);
        if (device->kind == DEVICE_TOKEN) {
            out_str(out, "type", "token");
            out_str(out, "name", device->number);
            snprintf(shown, sizeof shown, "Token (%s)", device->number);
        } else {
            out_str(out, "type", "phone");
            out_str(out, "name", "");
            snprintf(shown, sizeof shown, "XXX-XXX-%.4s",
                     device->number + strlen(device->number) - 4);
            out_str(out, "number", shown);
            out_str(out, "sms_nextcode", device->kind == DEVICE_PHONE ? "1" : "");
            s_write_capabilities(device->kind, out);
            snprintf(shown, sizeof shown, "Phone (XXX-XXX-%.4s)",
                     device->number + strlen(device->number) - 4);
        }
        out_str(out, "display_name", shown);
        out_end(out, '}');
    }
    out_end(out, ']');
}

bool person_use_passcode(person_t *self, const char *passcode)
{
    self->passcodes_tried++;
    for (size_t i = 0; i < self->passcodes_n; i++) {
        if (*self->passcodes[i] && strcmp(self->passcodes[i], passcode) == 0) {
            *self->passcodes[i] = '\0';
            return true;
        }
    }
    return false;
}

bool person_take_offer(person_t *self, const char *txid, int64_t now_ms, char code[8])
{
    for (size_t i = 0; i < OFFERS_MAX; i++) {
        offer_t *offer = &self->offers[i];
        if (*offer->txid && strcmp(offer->txid, txid) == 0 && now_ms < offer->until_ms) {
            snprintf(code, 8, "%s", offer->code);
            *offer = (offer_t){0};
            return true;
        }
    }
    return false;
}

const char *state_name(state_t state)
{
    static const char *const names[] = {"active", "bypass", "locked", "enrolling"};
    return names[state];
}
