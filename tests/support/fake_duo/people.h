/* people.h: who is enrolled, with what devices, and what befell them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/fake/out.h"

#define USERNAME_SIZE 128 /* with the NUL */
#define DEVICES_MAX 8     /* of a person */
#define PASSCODES_MAX 16
#define OFFERS_MAX 4 /* verification codes of a person that can be good at once */

typedef enum {
    STATE_ACTIVE,
    STATE_BYPASS,    /* preauth: allow */
    STATE_LOCKED,    /* preauth: deny */
    STATE_ENROLLING, /* preauth: enroll, as of somebody unknown */
} state_t;

typedef enum {
    DEVICE_PHONE,    /* with Duo Mobile */
    DEVICE_TOKEN,    /* hardware; its JSON has no capabilities */
    DEVICE_LANDLINE, /* a phone without Duo Mobile */
} device_kind_t;

typedef struct {
    device_kind_t kind;
    char id[24];
    char number[24]; /* or the serial number of a token */
} device_t;

/* A verification code that preauth gave, until /auth takes it. */
typedef struct {
    char txid[40]; /* "": none */
    char code[8];
    int64_t until_ms;
} offer_t;

struct login;

typedef struct {
    char username[USERNAME_SIZE];
    char user_id[24];
    state_t state;
    device_t devices[DEVICES_MAX];
    size_t devices_n;
    char passcodes[PASSCODES_MAX][16]; /* good once; "": used */
    size_t passcodes_n;
    offer_t offers[OFFERS_MAX];
    size_t offers_made;
    int verified_digits; /* of verification codes: 3 to 6; 0: none are given */
    char activation[40]; /* the code of an enrolment; "": none */
    int64_t activation_until_s;
    char phone[16]; /* what the phone does by itself: approve, deny, fraud; "": nothing */
    int64_t phone_ms;
    uint64_t pushes; /* made, ever */
    uint64_t pushes_verified;
    uint64_t passcodes_tried;
    uint64_t preauths;
    struct login *last; /* the latest; NULL if it is forgotten */
} person_t;

typedef struct people people_t;

people_t *people_new(int verified_digits);
void people_destroy(people_t **self_p);
size_t people_len(const people_t *self);

/* NULL if the name is taken, empty or too long. Owned by the people. */
person_t *people_add(people_t *self, const char *username);
/* By name, by id, or (people_find) by either. NULL: nobody. */
person_t *people_by_name(const people_t *self, const char *username);
person_t *people_by_id(const people_t *self, const char *user_id);
person_t *people_find(const people_t *self, const char *either);
/* user000001 and so on, each with a phone. */
void people_generate(people_t *self, size_t n);

/* Gives a device with an id of its own. False if there are too many. */
bool people_give(people_t *self, person_t *person, device_kind_t kind);
/* The device with that id, or for "auto" the first that takes a push. NULL: none. */
const device_t *person_device(const person_t *self, const char *id);
/* The array of devices, as preauth gives it. */
void person_write_devices(const person_t *self, out_t *out);
/* Uses a passcode up. False if it is none. */
bool person_use_passcode(person_t *self, const char *passcode);
/* Takes a verification code that was offered; false if there is no such txid, or not any more. */
bool person_take_offer(person_t *self, const char *txid, int64_t now_ms, char code[8]);

const char *state_name(state_t state);
