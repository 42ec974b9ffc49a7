#include "tests/support/temp_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *temp_file_path(void)
{
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/temp_file_%ld", SB_BINARY_DIR, (long)getpid());
    return path;
}

void temp_file_write(const void *data, size_t size)
{
    FILE *file = fopen(temp_file_path(), "w");
    assert_non_null(file);
    assert_int_equal(fchmod(fileno(file), 0600), 0);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void temp_file_puts(const char *text)
{
    temp_file_write(text, strlen(text));
}

int temp_file_remove(void **state)
{
    (void)state;
    (void)unlink(temp_file_path());
    return 0;
}
