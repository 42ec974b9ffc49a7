#include "jobs_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/mem.h"

struct jobs_bed jobs_bed;

/* Adds "abc ". */
static void s_note(char *log, const char *a, const char *b, const char *c)
{
    const size_t used = strlen(log);
    assert_true(used < 4000);
    (void)snprintf(log + used, 4096 - used, "%s%s%s ", a, b, c);
}

static int s_send(void *ctx, const sb_peer_t *peer, sb_kind_t kind, const char *name,
                  const char *json)
{
    assert_ptr_equal(ctx, &jobs_bed);
    char to[256] = {0};
    memcpy(to, peer->data, peer->size);
    if (jobs_bed.gone && strcmp(to, jobs_bed.gone) == 0) {
        return SB_ENOTFOUND;
    }
    if (jobs_bed.stuck && strcmp(to, jobs_bed.stuck) == 0) {
        return SB_EBUSY;
    }
    if (kind == SB_KIND_REQ) {
        assert_string_equal(name, "chat.send");
        sb_msg_t msg;
        sb_err_t err;
        assert_int_equal(sb_msg_decode(kind, json, strlen(json), &msg, &err), SB_OK);
        s_note(jobs_bed.sent, to, "<", msg.id);
        (void)snprintf(jobs_bed.last_json, sizeof jobs_bed.last_json, "%s", json);
        sb_msg_clear(&msg);
    } else if (kind == SB_KIND_HEARTBEAT) {
        s_note(jobs_bed.sent, to, "<.", "");
    } else {
        assert_int_equal(kind, SB_KIND_NACK);
        s_note(jobs_bed.sent, to, "<!", "");
        (void)snprintf(jobs_bed.last_json, sizeof jobs_bed.last_json, "%s", json);
    }
    return SB_OK;
}

void jobs_on_job(void *arg, sb_kind_t kind, int code, const cJSON *body, const sb_err_t *err)
{
    char *id = arg;
    if (kind == SB_KIND_ACCEPT) {
        assert_int_equal(code, SB_OK);
        s_note(jobs_bed.ended, id, "+", "");
    } else {
        assert_int_equal(kind, code ? SB_KIND_NACK : SB_KIND_RESULT);
        assert_true((code == SB_OK) == (body != NULL) && (code == SB_OK) == (err == NULL));
        s_note(jobs_bed.ended, id, "=", sb_code_name(code));
    }
    if (jobs_bed.forget) {
        const char *forget = jobs_bed.forget;
        jobs_bed.forget = NULL;
        assert_true(sb_jobs_forget(jobs_bed.jobs, forget, jobs_bed.now_ms));
    }
    if (jobs_bed.resubmit) {
        const char *again = jobs_bed.resubmit;
        jobs_bed.resubmit = NULL;
        sb_err_t ignored;
        (void)!jobs_try_submit(again, 1000, 10000, &ignored);
    }
}

int jobs_try_submit(const char *id, int64_t try_ms, int64_t timeout_ms, sb_err_t *err)
{
    const sb_job_t job = {.id = id,
                          .service = "chatd",
                          .request = "chat.send",
                          .try_timeout_ms = try_ms,
                          .timeout_ms = timeout_ms,
                          .epoch = 3};
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "text", "hello");
    return sb_jobs_submit(jobs_bed.jobs, &job, &body, jobs_on_job, (void *)(uintptr_t)id,
                          jobs_bed.now_ms, err);
}

void jobs_submit(const char *id)
{
    sb_err_t err;
    assert_int_equal(jobs_try_submit(id, 1000, 10000, &err), SB_OK);
}

void jobs_hear_as(sb_role_t role, const char *from, const char *head_text, const char *json)
{
    sb_peer_t peer = {.size = (uint8_t)strlen(from)};
    memcpy(peer.data, from, strlen(from));
    sb_head_t head;
    sb_msg_t msg;
    sb_err_t err;
    assert_int_equal(sb_head_decode(head_text, strlen(head_text), &head, &err), SB_OK);
    char *text = sb_strdup(json);
    for (char *at = text; (at = strchr(at, '\'')) != NULL;) {
        *at = '"';
    }
    assert_int_equal(sb_msg_decode(head.kind, text, strlen(text), &msg, &err), SB_OK);
    free(text);
    sb_jobs_hear(jobs_bed.jobs, &peer, role, &head, &msg, jobs_bed.now_ms);
    sb_msg_clear(&msg);
}

void jobs_hear(const char *from, const char *head, const char *json)
{
    jobs_hear_as(SB_ROLE_CHATD, from, head, json);
}

void jobs_ready(const char *peer, int credit)
{
    char *json = sb_format("{'body':{'service':'chatd','driver':'local','instance':'%s',"
                           "'credit':%d}}",
                           peer, credit);
    jobs_hear(peer, "SB1 READY chatd", json);
    free(json);
}

void jobs_result(const char *from, const char *id)
{
    char *json = sb_format("{'id':'%s'}", id);
    jobs_hear(from, "SB1 RESULT", json);
    free(json);
}

void jobs_accept(const char *from, const char *id)
{
    char *json = sb_format("{'id':'%s'}", id);
    jobs_hear(from, "SB1 ACCEPT", json);
    free(json);
}

void jobs_nack(const char *from, const char *id, const char *code)
{
    char *json = sb_format("{'id':'%s','body':{'code':'%s','text':'x'}}", id, code);
    jobs_hear(from, "SB1 NACK", json);
    free(json);
}

void jobs_beat(const char *from)
{
    jobs_hear(from, "SB1 HEARTBEAT", "{}");
}

void jobs_pass(int64_t ms)
{
    const int64_t end_ms = jobs_bed.now_ms + ms;
    while (sb_jobs_next_ms(jobs_bed.jobs) <= end_ms) {
        assert_true(sb_jobs_next_ms(jobs_bed.jobs) >= jobs_bed.now_ms);
        jobs_bed.now_ms = sb_jobs_next_ms(jobs_bed.jobs);
        sb_jobs_run(jobs_bed.jobs, jobs_bed.now_ms);
    }
    jobs_bed.now_ms = end_ms;
    sb_jobs_run(jobs_bed.jobs, jobs_bed.now_ms); /* being asked too early does no harm */
}

void jobs_expect(const char *sent, const char *ended)
{
    if (strcmp(jobs_bed.sent, sent) != 0 || strcmp(jobs_bed.ended, ended) != 0) {
        fail_msg("sent '%s' ended '%s', expected '%s' and '%s'", jobs_bed.sent, jobs_bed.ended,
                 sent, ended);
    }
    jobs_bed.sent[0] = '\0';
    jobs_bed.ended[0] = '\0';
}

int jobs_set_up(void **state)
{
    (void)state;
    memset(&jobs_bed, 0, sizeof jobs_bed);
    sb_log_level_set(SB_ERROR);
    jobs_bed.now_ms = 1000000;
    const sb_bus_timing_t timing = {.heartbeat_ms = 2000, .silence_ms = 6000};
    jobs_bed.jobs = sb_jobs_new(16, &timing, s_send, &jobs_bed);
    return 0;
}

int jobs_tear_down(void **state)
{
    (void)state;
    sb_jobs_destroy(&jobs_bed.jobs);
    sb_jobs_destroy(&jobs_bed.jobs);
    return 0;
}
