#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "proto/authd.h"
#include "services/authd/factors.h"

/* Drivers are only looked at here: none asks the store. */
void sb_client_call(sb_client_t *self, const char *name, cJSON **body_p, int64_t timeout_ms,
                    int64_t epoch, sb_reply_fn *fn, void *arg)
{
    (void)self;
    (void)body_p;
    (void)timeout_ms;
    (void)epoch;
    (void)fn;
    (void)arg;
    fail_msg("%s was asked", name);
}

static void the_built_in_drivers_have_all_parts(void **state)
{
    (void)state;
    size_t n = 0;
    for (; factor_drivers[n]; n++) {
        const factor_driver_t *driver = factor_drivers[n];
        assert_true(driver->name && driver->check && driver->open && driver->close);
        assert_true(driver->can && driver->start && driver->cancel);
        assert_non_null(factor_strength_name(driver->strength));
        assert_true(strlen(driver->name) <= SB_DRIVER_NAME_MAX);
        for (size_t i = 0; i < n; i++) {
            assert_string_not_equal(factor_drivers[i]->name, driver->name);
        }
    }
    assert_true(n >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_built_in_drivers_have_all_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
