#include "bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"

char *bed_folder(void)
{
    char *folder = sb_format("%s/bus-test-XXXXXX", SB_BINARY_DIR);
    assert_non_null(mkdtemp(folder));
    return folder;
}

void bed_remove(char **folder_p)
{
    char *folder = *folder_p;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
        }
    }
    closedir(dir);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
    *folder_p = NULL;
}

char *bed_keys_folder(void)
{
    char *folder = bed_folder();
    sb_err_t err;
    if (sb_keys_init(folder, &err)) {
        fail_msg("%s", err.text);
    }
    return folder;
}

sb_keys_t *bed_keys(const char *folder, sb_role_t role)
{
    sb_err_t err;
    sb_keys_t *keys = sb_keys_load(folder, role, &err);
    if (!keys) {
        fail_msg("%s", err.text);
    }
    return keys;
}

typedef struct {
    bed_done_fn *done;
    void *arg;
    bool is_done;
} wait_t;

static int s_on_look(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    wait_t *wait = arg;
    wait->is_done = wait->done(wait->arg);
    return wait->is_done ? -1 : 0;
}

static int s_on_end(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    return -1;
}

bool bed_run(zloop_t *loop, bed_done_fn *done, void *arg)
{
    wait_t wait = {done, arg, false};
    const int look = zloop_timer(loop, 2, 0, s_on_look, &wait);
    const int end = zloop_timer(loop, BED_WAIT_MS, 1, s_on_end, NULL);
    (void)zloop_start(loop);
    zloop_timer_end(loop, look);
    zloop_timer_end(loop, end);
    return wait.is_done;
}

void bed_run_ms(zloop_t *loop, size_t ms)
{
    const int end = zloop_timer(loop, ms, 1, s_on_end, NULL);
    (void)zloop_start(loop);
    zloop_timer_end(loop, end);
}

void bed_assert_in(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("'%s' does not say '%s'", text, part);
    }
}
