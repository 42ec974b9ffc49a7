/* temp_file.h: one file that a test writes for its module to read. It lies in the build folder and
 * is this process's own. */
#pragma once

#include <stddef.h>

const char *temp_file_path(void);
/* Writes it anew. */
void temp_file_write(const void *data, size_t size);
void temp_file_puts(const char *text);
/* Also as the teardown of a test. No file is no fault. */
int temp_file_remove(void **state);
