/* secret_file_test.c: secrets are read strictly, and no error tells of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/secret_file.h"

static void s_test_rows(void **state)
{
    (void)state;
    char *longest = sb_alloc(SB_SECRET_FILE_SIZE + 10);
    memset(longest, 'x', SB_SECRET_FILE_SIZE);
    memcpy(longest, "xoxb-", 5);
    const struct {
        const char *name;
        const char *content;
        const char *want; /* NULL: an error */
    } rows[] = {
        {"as it is",           "xoxb-1-SECRET",                    "xoxb-1-SECRET"},
        {"with a line's end",  "xoxb-1-SECRET\r\n",                "xoxb-1-SECRET"},
        {"with blanks around", " \t\r\n xoxb-1-SECRET \t\r\n\r\n", "xoxb-1-SECRET"},
        {"empty",              "",                                 NULL           },
        {"blank",              " \n",                              NULL           },
        {"another secret",     "xapp-1-SECRET",                    NULL           },
        {"a name before it",   "token=xoxb-1-SECRET",              NULL           },
        {"two words",          "xoxb-1-SECRET SECRET",             NULL           },
        {"two lines",          "xoxb-1-SECRET\nSECRET",            NULL           },
        {"not ASCII",          "xoxb-\xc3\xa4SECRET",              NULL           },
        {"too long",           longest,                            NULL           },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[] = SB_BINARY_DIR "/secret.XXXXXX";
        const int fd = mkstemp(path);
        assert_true(fd >= 0);
        const size_t size = strlen(rows[i].content);
        assert_int_equal(write(fd, rows[i].content, size), (int)size);
        close(fd);
        char got[SB_SECRET_FILE_SIZE];
        sb_err_t err = {0};
        const int code = sb_secret_file_read(path, "xoxb-", got, &err);
        assert_int_equal(unlink(path), 0);
        if ((code == SB_OK) != (rows[i].want != NULL) ||
            (rows[i].want && strcmp(got, rows[i].want) != 0)) {
            fail_msg("%s: %s", rows[i].name, err.text);
        }
        assert_null(strstr(err.text, "SECRET"));
        assert_true(code == SB_OK || !got[0]);
    }
    free(longest);
    char got[SB_SECRET_FILE_SIZE];
    sb_err_t err = {0};
    assert_int_equal(sb_secret_file_read(SB_BINARY_DIR "/no/such/file", "", got, &err),
                     SB_EINVALID);
    assert_non_null(strstr(err.text, "No such file"));
    assert_int_equal(sb_secret_file_read(SB_BINARY_DIR, "", got, &err), SB_EINVALID);
}

static void s_test_modes(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        bool good;
    } rows[] = {
        {0600, true },
        {0400, true },
        {0640, true },
        {0440, true },
        {0660, false},
        {0644, false},
        {0604, false},
        {0602, false},
        {0601, false},
    };
    char path[] = SB_BINARY_DIR "/secret.XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "SECRET", 6), 6);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(fchmod(fd, rows[i].mode), 0);
        char got[SB_SECRET_FILE_SIZE];
        sb_err_t err = {0};
        const int code = sb_secret_file_read(path, "", got, &err);
        if ((code == SB_OK) != rows[i].good ||
            (!rows[i].good && (!strstr(err.text, path) || !strstr(err.text, "chmod") || got[0]))) {
            fail_msg("%04o: %d, %s", (unsigned)rows[i].mode, code, err.text);
        }
    }
    close(fd);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(s_test_rows),
                                       cmocka_unit_test(s_test_modes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
