/* check.c */
#include "services/botd/check.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "proto/authd.h"
#include "proto/taskd.h"

#define TIMEOUT_MS_MAX 60000 /* however long the caller would wait */
#define MARGIN_MS 500        /* for the answer's way back */

static void s_on_checked(void *arg, sb_kind_t kind, int code, const cJSON *body,
                         const sb_err_t *err)
{
    sb_call_t *call = arg;
    if (kind == SB_KIND_ACCEPT) {
        return;
    }
    if (code != SB_OK) {
        sb_call_nack(&call, err);
        return;
    }
    cJSON *answer = body ? sb_json_copy(body) : sb_json_object();
    sb_call_result(&call, &answer);
}

static int s_submit(sb_pool_t *pool, int64_t epoch, sb_call_t *call, sb_err_t *err)
{
    sb_reader_t r = sb_reader(sb_call_body(call), "body", err);
    const char *person = sb_read_str(&r, "person", 1, SB_PERSON_ID_MAX);
    if (sb_reader_code(&r)) {
        return sb_reader_code(&r);
    }
    if (sb_pool_workers(pool, SB_AUTHD) == 0) {
        return sb_fail(err, SB_ERETRY, "no authd is here");
    }
    const int64_t left_ms = sb_call_deadline_ms(call) - sb_clock_mono_ms() - MARGIN_MS;
    const int64_t timeout_ms = left_ms < 1                ? 1
                               : left_ms > TIMEOUT_MS_MAX ? TIMEOUT_MS_MAX
                                                          : left_ms;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", person);
    sb_json_add_int(body, "timeout_ms", timeout_ms);
    uint64_t number; /* the caller's own id is unlike others' only for that caller */
    sb_random(&number, sizeof number);
    char *id = sb_format("check-%016" PRIx64, number);
    const sb_job_t job = {
        .id = id,
        .service = SB_AUTHD,
        .request = SB_FACTOR_CHECK,
        .try_timeout_ms = timeout_ms,
        .timeout_ms = timeout_ms,
        .epoch = epoch,
    };
    const int code = sb_pool_submit(pool, &job, &body, s_on_checked, call, err);
    free(id);
    return code;
}

void check_run(sb_pool_t *pool, int64_t epoch, sb_call_t *call)
{
    assert(pool);
    assert(call);
    sb_err_t err;
    if (s_submit(pool, epoch, call, &err)) {
        sb_call_nack(&call, &err);
    }
}
