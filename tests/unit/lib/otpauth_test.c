#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "lib/otpauth.h"

static void uris(void **state)
{
    (void)state;
    static const struct {
        const char *issuer, *account, *want;
    } rows[] = {
        {"Securitybot",       "alice",
         "otpauth://totp/Securitybot:alice?secret=MZXW6YTB&issuer=Securitybot"
         "&algorithm=SHA1&digits=6&period=30"},
        {"ACME Co.",          "alice@acme.example",
         "otpauth://totp/ACME%20Co.:alice%40acme.example?secret=MZXW6YTB&issuer=ACME%20Co."
         "&algorithm=SHA1&digits=6&period=30"},
        {"a:b&c=d",           "x/y?#%+~_-",
         "otpauth://totp/a-b%26c%3Dd:x%2Fy%3F%23%25%2B~_-?secret=MZXW6YTB&issuer=a-b%26c%3Dd"
         "&algorithm=SHA1&digits=6&period=30"},
        {"\xc3\x9cn\xc3\xaf", "",
         "otpauth://totp/%C3%9Cn%C3%AF:?secret=MZXW6YTB&issuer=%C3%9Cn%C3%AF"
         "&algorithm=SHA1&digits=6&period=30"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *uri = sb_otpauth_uri(rows[i].issuer, rows[i].account, "fooba", 5);
        assert_string_equal(uri, rows[i].want);
        free(uri);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uris),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
