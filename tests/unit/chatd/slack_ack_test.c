#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "services/chatd/slack_ack.h"

static void s_on_ack(void *owner, uint64_t where, const char *id, int code)
{
    char *said = owner;
    const size_t len = strlen(said);
    (void)snprintf(said + len, 128 - len, "%s%u %s %d", len ? ", " : "", (unsigned)where, id, code);
}

static void test_in_any_order(void **state)
{
    (void)state;
    char said[128] = "";
    slack_acks_t *acks = slack_acks_new(s_on_ack, said);
    slack_ack_t *a = slack_acks_add(acks, 1, "a");
    slack_ack_t *b = slack_acks_add(acks, 1, "b");
    slack_ack_t *c = slack_acks_add(acks, 2, "a");
    assert_int_equal(slack_acks_open(acks), 3);
    slack_ack(&b, SB_OK);
    assert_null(b);
    slack_ack(&a, SB_EBUSY);
    slack_ack(&c, SB_OK);
    assert_string_equal(said, "1 b 0, 1 a -8, 2 a 0");
    assert_int_equal(slack_acks_open(acks), 0);
    slack_acks_destroy(&acks);
    slack_acks_destroy(&acks);
}

static void test_after_the_transport(void **state)
{
    (void)state;
    char said[128] = "";
    slack_acks_t *acks = slack_acks_new(s_on_ack, said);
    slack_ack_t *a = slack_acks_add(acks, 1, "a");
    slack_ack_t *b = slack_acks_add(acks, 1, "b");
    slack_acks_destroy(&acks);
    slack_ack(&a, SB_OK);
    slack_ack(&b, SB_OK);
    assert_string_equal(said, "");
}

static void test_bounded(void **state)
{
    (void)state;
    char said[128] = "";
    static slack_ack_t *all[SLACK_ENVELOPES_MAX];
    slack_acks_t *acks = slack_acks_new(s_on_ack, said);
    for (size_t i = 0; i < SLACK_ENVELOPES_MAX; i++) {
        all[i] = slack_acks_add(acks, 1, "a");
        assert_non_null(all[i]);
    }
    assert_null(slack_acks_add(acks, 1, "a"));
    slack_ack(&all[7], SB_OK);
    all[7] = slack_acks_add(acks, 1, "a");
    assert_non_null(all[7]);
    slack_acks_destroy(&acks);
    for (size_t i = 0; i < SLACK_ENVELOPES_MAX; i++) {
        slack_ack(&all[i], SB_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_any_order),
        cmocka_unit_test(test_after_the_transport),
        cmocka_unit_test(test_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
