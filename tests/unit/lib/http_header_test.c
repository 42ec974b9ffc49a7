#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/http.h"

static void test_headers_are_read(void **state)
{
    (void)state;
    const sb_http_answer_t answer = {.headers = "HTTP/1.1 200 OK\r\nDate: now\r\nEmpty:\r\n"
                                                "Long: 0123456789\r\nDate: later\r\nNo colon\r\n"};
    static const struct {
        const char *name;
        bool found;
        const char *value;
    } rows[] = {
        {"date",            true,  "now"},
        {"Empty",           true,  ""   },
        {"Long",            false, ""   }, /* does not fit */
        {"Dat",             false, ""   },
        {"No colon",        false, ""   },
        {"HTTP/1.1 200 OK", false, ""   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char value[8] = "old";
        const bool found = sb_http_header(&answer, rows[i].name, value, sizeof value);
        if (found != rows[i].found || strcmp(value, rows[i].value) != 0) {
            fail_msg("%s: %d \"%s\"", rows[i].name, found, value);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
