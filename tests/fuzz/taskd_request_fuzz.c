/* taskd_request_fuzz.c: a request's name on the first line, its body behind it, run on a store that
 * lives in memory. Whatever the body says, the operation answers, and no statement of ours fails:
 * INTERNAL would be a bug. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "services/taskd/store.h"

#define STORE_RUNS_MAX 500 /* then a fresh store, so that it stays small */
#define NAME_MAX_LEN 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static store_t *s_store;
static unsigned s_runs;

static void s_random(void *out, size_t size)
{
    static uint8_t count;
    memset(out, ++count, size);
}

static void s_run(const char *name, const char *json, size_t size, const char *actor)
{
    sb_err_t err = {0};
    const store_op_t *op = store_op(name);
    cJSON *body = op ? sb_json_parse(json, size, 0, &err) : NULL;
    if (!body) {
        return;
    }
    store_cmd_t cmd = {.op = op, .body = body, .actor = actor};
    store_cmd_t *cmds[] = {&cmd};
    const int code = store_run(s_store, cmds, 1, &err);
    assert(code == SB_OK);
    assert(cmd.done);
    assert(cmd.err.code != SB_EINTERNAL);
    if (cmd.result) {
        char *text = sb_json_print(cmd.result);
        cJSON *again = sb_json_parse(text, strlen(text), 100000, &err);
        assert(again); /* what we answer is what we would take */
        cJSON_Delete(again);
        free(text);
    }
    store_cmd_clear(&cmd);
    cJSON_Delete(body);
}

static void s_fresh(void)
{
    static const char lease[] = "{\"name\":\"botd\",\"holder\":\"b\",\"ttl_ms\":600000}";
    sb_err_t err;
    store_destroy(&s_store);
    s_store = store_new("sqlite", ":memory:", false, s_random, &err);
    assert(s_store);
    s_run("lease.acquire", lease, sizeof lease - 1, "botd"); /* epoch 1 */
    s_runs = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!s_store) {
        sb_log_open("fuzz", SB_ERROR, SB_LOG_TEXT);
    }
    if (!s_store || ++s_runs > STORE_RUNS_MAX) {
        s_fresh();
    }
    const uint8_t *end = memchr(data, '\n', size);
    if (!end || end - data >= NAME_MAX_LEN) {
        return 0;
    }
    char name[NAME_MAX_LEN] = "";
    memcpy(name, data, (size_t)(end - data));
    s_run(name, (const char *)end + 1, size - (size_t)(end + 1 - data), "botctl");
    return 0;
}
