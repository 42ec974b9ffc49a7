/* login.c */
#include "tests/support/fake_duo/login.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/support/fake/table.h"

struct logins {
    web_t *web;
    table_t *by_txid;
    int64_t push_ms;
    int64_t keep_ms;
    uint64_t random; /* the state of a generator, seeded once */
};

typedef struct {
    const char *status;
    const char *result;
    const char *message;
} status_row_t;

static const status_row_t s_statuses[] = {
    {"pushed",      "waiting", "Pushed a login request to your device..."             },
    {"push_failed", "waiting", "We were unable to deliver the request to your device."},
    {"allow",       "allow",   "Success. Logging you in..."                           },
    {"bypass",      "allow",   "This person is not asked for a second factor."        },
    {"deny",        "deny",    "Login request denied."                                },
    {"fraud",       "deny",    "Login request reported as fraudulent."                },
    {"timeout",     "deny",    "Login timed out."                                     },
    {"locked_out",  "deny",    "Your account has been locked out."                    },
    {"wrong_code",  "deny",    "Incorrect passcode. Please try again."                },
};

static const status_row_t *s_row(const char *status)
{
    for (size_t i = 0; i < sizeof s_statuses / sizeof s_statuses[0]; i++) {
        if (strcmp(s_statuses[i].status, status) == 0) {
            return &s_statuses[i];
        }
    }
    return NULL;
}

bool login_knows(const char *status)
{
    return s_row(status) != NULL;
}

logins_t *logins_new(int64_t push_ms, int64_t keep_ms)
{
    logins_t *self = sb_alloc(sizeof *self);
    self->by_txid = table_new();
    self->push_ms = push_ms;
    self->keep_ms = keep_ms;
    (void)RAND_bytes((unsigned char *)&self->random, sizeof self->random);
    return self;
}

void logins_attach(logins_t *self, web_t *web)
{
    self->web = web;
}

static void s_free(login_t *login)
{
    free(login->factor);
    free(login->device);
    free(login->type);
    free(login->pushinfo);
    free(login->display_username);
    free(login->ipaddr);
    free(login);
}

void logins_destroy(logins_t **self_p)
{
    logins_t *self = *self_p;
    if (!self) {
        return;
    }
    size_t place = 0;
    login_t *login = NULL;
    while ((login = table_next(self->by_txid, &place))) {
        s_free(login);
    }
    table_destroy(&self->by_txid);
    free(self);
    *self_p = NULL;
}

size_t logins_len(const logins_t *self)
{
    return table_len(self->by_txid);
}

/* splitmix64 */
static uint64_t s_random(logins_t *self)
{
    uint64_t z = self->random += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void logins_make_txid(logins_t *self, char txid[TXID_SIZE])
{
    const uint64_t a = s_random(self);
    const uint64_t b = s_random(self);
    snprintf(txid, TXID_SIZE, "%08x-%04x-%04x-%04x-%04x%08x", (unsigned)(a >> 32),
             (unsigned)(a >> 16) & 0xFFFF, ((unsigned)a & 0xFFF) | 0x4000,
             ((unsigned)(b >> 48) & 0x3FFF) | 0x8000, (unsigned)(b >> 32) & 0xFFFF, (unsigned)b);
}

void logins_make_code(logins_t *self, int digits, char code[8])
{
    for (int i = 0; i < digits; i++) {
        code[i] = (char)('0' + s_random(self) % 10);
    }
    code[digits] = '\0';
}

login_t *logins_find(const logins_t *self, const char *txid)
{
    return table_get(self->by_txid, txid);
}

/* ---- What happens to one. */

static void s_forget(void *arg)
{
    login_t *login = arg;
    login->timer = 0;
    web_cancel(login->of->web, &login->phone_timer);
    if (login->person->last == login) {
        login->person->last = NULL;
    }
    table_remove(login->of->by_txid, login->txid);
    s_free(login);
}

static void s_time_out(void *arg)
{
    login_t *login = arg;
    login->timer = 0;
    login_set(login, "timeout");
}

static void s_phone_acts(void *arg)
{
    login_t *login = arg;
    login->phone_timer = 0;
    const char *act = login->person->phone;
    login_set(login, strcmp(act, "approve") == 0 ? "allow" : act);
}

static login_t *s_new(logins_t *self, person_t *person, const login_about_t *about)
{
    if (table_len(self->by_txid) >= LOGINS_MAX) {
        return NULL;
    }
    login_t *login = sb_alloc(sizeof *login);
    logins_make_txid(self, login->txid);
    login->of = self;
    login->person = person;
    login->factor = sb_strdup(about->factor);
    login->device = sb_strdup(about->device);
    login->type = sb_strdup(about->type);
    login->pushinfo = sb_strdup(about->pushinfo);
    login->display_username = sb_strdup(about->display_username);
    login->ipaddr = sb_strdup(about->ipaddr);
    snprintf(login->code, sizeof login->code, "%s", about->code ? about->code : "");
    table_set(self->by_txid, login->txid, login);
    person->last = login;
    return login;
}

login_t *logins_push(logins_t *self, person_t *person, const login_about_t *about)
{
    login_t *login = s_new(self, person, about);
    if (!login) {
        return NULL;
    }
    login_set(login, "pushed");
    login->timer = web_after(self->web, self->push_ms, s_time_out, login);
    if (*person->phone) {
        login->phone_timer = web_after(self->web, person->phone_ms, s_phone_acts, login);
    }
    return login;
}

login_t *logins_decided(logins_t *self, person_t *person, const login_about_t *about,
                        const char *status)
{
    login_t *login = s_new(self, person, about);
    if (login) {
        login_set(login, status);
    }
    return login;
}

static void s_tell(login_t *self)
{
    waiter_t *waiter = self->waiters;
    self->waiters = NULL;
    while (waiter) {
        waiter_t *next = waiter->next;
        waiter->login = NULL;
        if (waiter->end_only && !self->ended) {
            login_wait(self, waiter);
        } else {
            waiter->fn(waiter);
        }
        waiter = next;
    }
}

void login_set_raw(login_t *self, const char *result, const char *status, const char *message,
                   bool ended)
{
    if (self->ended) {
        return;
    }
    snprintf(self->result, sizeof self->result, "%s", result);
    snprintf(self->status, sizeof self->status, "%s", status);
    snprintf(self->message, sizeof self->message, "%s", message);
    self->ended = ended;
    self->changes++;
    if (ended) {
        web_cancel(self->of->web, &self->timer);
        web_cancel(self->of->web, &self->phone_timer);
        self->timer = web_after(self->of->web, self->of->keep_ms, s_forget, self);
    }
    s_tell(self);
}

void login_set(login_t *self, const char *status)
{
    const status_row_t *row = s_row(status);
    char message[sizeof self->message];
    snprintf(message, sizeof message, "%s", row->message);
    if (*self->code && strcmp(status, "pushed") == 0) {
        snprintf(message, sizeof message, "Please enter verification code %s into Duo Mobile...",
                 self->code);
    }
    login_set_raw(self, row->result, strcmp(status, "wrong_code") == 0 ? "deny" : status, message,
                  strcmp(row->result, "waiting") != 0);
}

bool login_has_news(const login_t *self)
{
    return self->ended || self->told < self->changes;
}

void login_wait(login_t *self, waiter_t *waiter)
{
    waiter->login = self;
    waiter->prev = NULL;
    waiter->next = self->waiters;
    if (self->waiters) {
        self->waiters->prev = waiter;
    }
    self->waiters = waiter;
}

void login_unwait(waiter_t *waiter)
{
    if (!waiter->login) {
        return;
    }
    if (waiter->prev) {
        waiter->prev->next = waiter->next;
    } else {
        waiter->login->waiters = waiter->next;
    }
    if (waiter->next) {
        waiter->next->prev = waiter->prev;
    }
    waiter->login = NULL;
}
