/* jobs_test.c: what becomes of botd's jobs that fail. The bus and the driver are played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "proto/chatd.h"
#include "services/chatd/jobs.h"

/* ---- The bus. */

struct sb_call {
    const char *name;
    cJSON *body;
    int code; /* how it ended */
};

const char *sb_call_name(const sb_call_t *self)
{
    return self->name;
}

const char *sb_call_id(const sb_call_t *self)
{
    (void)self;
    return "o-1";
}

const cJSON *sb_call_body(const sb_call_t *self)
{
    return self->body;
}

int64_t sb_call_deadline_ms(const sb_call_t *self)
{
    (void)self;
    return 0;
}

void sb_call_accept(sb_call_t *self, cJSON **body_p)
{
    (void)self;
    (void)body_p;
}

void sb_call_nack(sb_call_t **self_p, const sb_err_t *err)
{
    (*self_p)->code = err->code;
    *self_p = NULL;
}

void sb_call_result(sb_call_t **self_p, cJSON **body_p)
{
    (*self_p)->code = SB_OK;
    cJSON_Delete(*body_p);
    *body_p = NULL;
    *self_p = NULL;
}

/* ---- The driver: ends with a code. */

static void s_drive(void *self, const chat_message_t *message, chat_done_fn *done, void *arg)
{
    const int *code = self;
    sb_err_t err = {0};
    if (*code) {
        (void)sb_fail(&err, *code, "no");
    }
    done(arg, *code, message->id, &err);
}

static const chat_driver_t s_driver = {.send = s_drive, .update = s_drive, .lookup = s_drive};

/* ---- Tests. */

#define TEAM "{\"to\":\"#security\",\"text\":\"Look\",\"question\":\"o-1\",\"id\":\"o-1\"}"
#define BOB "{\"to\":\"@bob\",\"text\":\"Look\"}"
#define WRONG "{\"to\":\"#security\",\"text\":\"\"}"

/* What the security team will never hear is counted, and is an error in the log. */
static void an_escalation_that_is_given_up_is_noted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t route;
        const char *body;
        int code; /* of the driver */
        int end;
        bool given_up;
    } rows[] = {
        {"sent",                    0, TEAM,  SB_OK,        SB_OK,        false},
        {"to be tried again",       0, TEAM,  SB_ERETRY,    SB_ERETRY,    false},
        {"not known whether sent",  0, TEAM,  SB_ETIMEOUT,  SB_ETIMEOUT,  false},
        {"no such channel",         0, TEAM,  SB_ENOTFOUND, SB_ENOTFOUND, true },
        {"can't be shown",          0, TEAM,  SB_EINVALID,  SB_EINVALID,  true },
        {"too large",               0, TEAM,  SB_ETOOLARGE, SB_ETOOLARGE, true },
        {"of no form",              0, WRONG, SB_OK,        SB_EINVALID,  true },
        {"to a person",             0, BOB,   SB_ENOTFOUND, SB_ENOTFOUND, false},
        {"a change of its message", 1, TEAM,  SB_ENOTFOUND, SB_ENOTFOUND, false},
        {"a look for it",           2, TEAM,  SB_ENOTFOUND, SB_ENOTFOUND, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int code = rows[i].code;
        jobs_t jobs = {.driver = &s_driver, .self = &code};
        sb_call_t call = {.name = jobs_routes[rows[i].route].name,
                          .body = cJSON_Parse(rows[i].body)};
        jobs_routes[rows[i].route].handler(&jobs, &call);
        if (call.code != rows[i].end || jobs.stats.given_up != (rows[i].given_up ? 1 : 0) ||
            jobs.stats.failed != (rows[i].end ? 1 : 0)) {
            fail_msg("%s: %d", rows[i].name, call.code);
        }
        cJSON_Delete(call.body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_escalation_that_is_given_up_is_noted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
