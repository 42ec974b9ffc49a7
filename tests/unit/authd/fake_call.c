#include "tests/unit/authd/fake_call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/unit/authd/fake_world.h"

struct sb_call {
    char *id;
    int64_t deadline_ms;
    cJSON *body;
    fake_outcome_t *outcome;
};

sb_call_t *fake_call(const char *id, int64_t timeout_ms, const char *body, fake_outcome_t *outcome)
{
    memset(outcome, 0, sizeof *outcome);
    sb_err_t err;
    sb_call_t *self = sb_alloc(sizeof *self);
    self->id = sb_strdup(id);
    self->deadline_ms = fake_now_ms() + timeout_ms;
    self->body = sb_json_parse(body, strlen(body), 0, &err);
    assert_non_null(self->body);
    self->outcome = outcome;
    return self;
}

static void s_free(sb_call_t **self_p)
{
    sb_call_t *self = *self_p;
    cJSON_Delete(self->body);
    free(self->id);
    free(self);
    *self_p = NULL;
}

void fake_outcome_free(fake_outcome_t *outcome)
{
    free(outcome->accept);
    free(outcome->result);
    memset(outcome, 0, sizeof *outcome);
}

const cJSON *sb_call_body(const sb_call_t *self)
{
    return self->body;
}

const char *sb_call_id(const sb_call_t *self)
{
    return self->id;
}

int64_t sb_call_deadline_ms(const sb_call_t *self)
{
    return self->deadline_ms;
}

static char *s_text(cJSON **body_p)
{
    char *text = body_p && *body_p ? sb_json_print(*body_p) : strdup("{}");
    if (body_p) {
        cJSON_Delete(*body_p);
        *body_p = NULL;
    }
    return text;
}

void sb_call_accept(sb_call_t *self, cJSON **body_p)
{
    assert_null(self->outcome->accept);
    self->outcome->accept = s_text(body_p);
}

void sb_call_result(sb_call_t **self_p, cJSON **body_p)
{
    fake_outcome_t *outcome = (*self_p)->outcome;
    assert_int_equal(outcome->ended_ms, 0);
    outcome->result = s_text(body_p);
    outcome->ended_ms = fake_now_ms();
    s_free(self_p);
}

void sb_call_nack(sb_call_t **self_p, const sb_err_t *err)
{
    fake_outcome_t *outcome = (*self_p)->outcome;
    assert_int_equal(outcome->ended_ms, 0);
    outcome->code = err->code;
    (void)snprintf(outcome->error, sizeof outcome->error, "%s", err->text);
    outcome->ended_ms = fake_now_ms();
    s_free(self_p);
}
