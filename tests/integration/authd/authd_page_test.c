/* authd_page_test.c: the real authd, whose page somebody opens: a played taskd keeps it and gives
 * hints, and this program does what webd would. Passkeys, codes, "This wasn't me", and authd's own
 * death while somebody reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/bus_hint.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "proto/authd.h"
#include "proto/taskd.h"
#include "services/authd/pages.h"
#include "tests/support/played_bus.h"
#include "tests/support/webauthn/soft_passkey.h"
#include "tests/unit/authd/fake_pages.h"
#include "tests/unit/authd/fake_world.h"

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define RP_ID "confirm.example.com"
#define ORIGIN "https://confirm.example.com"
#define APPROVED "{\"status\":\"approved\",\"driver\":\"webauthn\"}"

fake_taskd_t fake_taskd; /* of which fake_pages.c needs the place of its requests */

typedef struct {
    played_bus_t bus;
    sb_hints_t *hints;
    char *more; /* authd's configuration */
    soft_passkey_t *passkey;
} rig_t;

/* ---- taskd. */

static void s_on_request(void *ctx, sb_call_t *call)
{
    (void)ctx;
    cJSON *answer = NULL;
    const int code = fake_taskd.more(sb_call_name(call), sb_call_body(call), &answer);
    assert_int_equal(code, SB_OK);
    sb_call_result(&call, &answer);
}

static const sb_route_t s_routes[] = {
    {"page.open",       SB_ROLE_AUTHD, 16384, s_on_request},
    {"page.pull",       SB_ROLE_AUTHD, 65536, s_on_request},
    {"page.reply",      SB_ROLE_AUTHD, 4096,  s_on_request},
    {"passkey.get",     SB_ROLE_AUTHD, 4096,  s_on_request},
    {"passkey.advance", SB_ROLE_AUTHD, 4096,  s_on_request},
};

static int s_set_up(void **state)
{
    rig_t *rig = sb_alloc(sizeof *rig);
    *state = rig;
    fake_pages_reset();
    played_bus_open(&rig->bus, s_routes, sizeof s_routes / sizeof s_routes[0], rig);
    rig->passkey = soft_passkey_new(SB_COSE_ES256);
    const soft_bytes_t spki = soft_passkey_spki(rig->passkey);
    fake_passkeys[0] = (fake_passkey_t){
        .person = "alice",
        .id = sb_base64url(SOFT_PASSKEY_ID, SOFT_PASSKEY_ID_SIZE),
        .public_key = sb_base64url(spki.data, spki.size),
        .algorithm = SB_COSE_ES256,
        .count = 5,
    };
    fake_passkeys_len = 1;

    sb_err_t err;
    rig->hints = sb_hints_new(rig->bus.loop, rig->bus.taskd_keys, bed_endpoint(), &err);
    assert_non_null(rig->hints);
    assert_int_equal(setenv("SECURITYBOT_TASKD_HINTS", sb_hints_endpoint(rig->hints), 1), 0);
    char *key_file = sb_format("%s/page.key", rig->bus.folder);
    assert_int_equal(sb_key_file_make(key_file, &err), SB_OK);
    rig->more = sb_format("factors: [webauthn]\n"
                          "page: {url: \"" ORIGIN "/\", key_file: %s}\n"
                          "webauthn: {rp_id: " RP_ID ", origins: [\"" ORIGIN "\"]}\n",
                          key_file);
    free(key_file);
    played_bus_start(&rig->bus, SB_AUTHD, rig->more);
    return 0;
}

static int s_tear_down(void **state)
{
    rig_t *rig = *state;
    sb_hints_destroy(&rig->hints);
    played_bus_close(&rig->bus);
    fake_pages_end();
    soft_passkey_destroy(&rig->passkey);
    free(rig->more);
    free(rig);
    return 0;
}

/* ---- Jobs. */

/* The job is accepted, and the link is shown. free() it. */
static char *s_link(const played_job_t *job)
{
    cJSON *begun = cJSON_Parse(job->begun);
    const cJSON *show = cJSON_GetObjectItemCaseSensitive(begun, "show");
    const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(show, "kind"));
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(show, "text"));
    assert_non_null(kind);
    assert_non_null(text);
    assert_string_equal(kind, SB_SHOW_LINK);
    char *link = sb_strdup(text);
    cJSON_Delete(begun);
    return link;
}

static void s_submit(rig_t *rig, const char *id, int64_t timeout_ms, played_job_t *job)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", "alice");
    sb_json_add_str(body, "driver", "webauthn");
    sb_json_add_str(body, "strength", SB_STRENGTH_PASSKEY);
    sb_json_add_str(body, "alert", HASH);
    sb_json_add_str(body, "short", "9f86d0");
    sb_json_add_str(body, "code", NULL);
    sb_json_add_str(body, "title", "sudo");
    sb_json_add_str(body, "description", "root on db1");
    sb_json_add_str(body, "reason", NULL);
    played_bus_submit(&rig->bus, id, SB_FACTOR_START, timeout_ms, body, job);
    played_bus_wait_accepted(&rig->bus, job);
}

static void s_wait(rig_t *rig, played_job_t *job, const char *want)
{
    played_bus_wait(&rig->bus, job);
    assert_int_equal(job->code, SB_OK);
    assert_string_equal(job->text, want);
}

/* ---- webd. */

static void s_answer(rig_t *rig, const char *job, const char *answer, bool hint)
{
    fake_page_answer(job, answer);
    if (hint) {
        cJSON *body = sb_json_object();
        sb_json_add_str(body, "job", job);
        sb_hints_send(rig->hints, SB_HINT_PAGE, &body);
    }
}

static void s_add(cJSON *answer, const char *key, const void *data, size_t size)
{
    char *text = sb_base64url(data, size);
    sb_json_add_str(answer, key, text);
    free(text);
}

static void s_sign(rig_t *rig, const char *job, uint32_t count, bool hint)
{
    uint8_t *challenge = NULL;
    size_t size = 0;
    sb_err_t err;
    assert_int_equal(sb_unbase64url(fake_page(job)->challenge, &challenge, &size, &err), SB_OK);
    const soft_bytes_t data =
        soft_passkey_auth_data(rig->passkey, RP_ID, SOFT_PASSKEY_UP | SOFT_PASSKEY_UV, count);
    const soft_bytes_t client = soft_passkey_client_data(
        "webauthn.get", (sb_bytes_t){.data = challenge, .size = size}, ORIGIN);
    const soft_bytes_t signature =
        soft_passkey_sign(rig->passkey, soft_bytes(&data), soft_bytes(&client));
    cJSON *answer = sb_json_object();
    sb_json_add_str(answer, "kind", "passkey");
    s_add(answer, "id", SOFT_PASSKEY_ID, SOFT_PASSKEY_ID_SIZE);
    s_add(answer, "client_data", client.data, client.size);
    s_add(answer, "auth_data", data.data, data.size);
    s_add(answer, "signature", signature.data, signature.size);
    sb_json_add_str(answer, "user_handle", "");
    char *text = sb_json_print(answer);
    s_answer(rig, job, text, hint);
    free(text);
    cJSON_Delete(answer);
    free(challenge);
}

/* ---- What happens. */

static void a_signature_approves_as_soon_as_it_is_there(void **state)
{
    rig_t *rig = *state;
    played_job_t job;
    s_submit(rig, "b1", 60000, &job);
    char *link = s_link(&job);
    assert_memory_equal(link, ORIGIN "/c/", sizeof ORIGIN "/c/" - 1);
    free(link);
    bed_run_ms(rig->bus.loop, 200); /* it hears hints by now */
    const int64_t start_ms = sb_clock_mono_ms();
    s_sign(rig, "b1", 6, true);
    s_wait(rig, &job, APPROVED);
    assert_in_range(sb_clock_mono_ms() - start_ms, 0, PAGES_SWEEP_MS / 4);
    assert_string_equal(fake_page("b1")->result, "approved");
    assert_int_equal(fake_passkeys[0].count, 6);

    s_submit(rig, "b2", 60000, &job);
    s_sign(rig, "b2", 6, true); /* the counter stands still */
    s_wait(rig, &job, "{\"status\":\"suspect\",\"driver\":\"webauthn\"}");
}

static void a_lost_hint_costs_but_a_while(void **state)
{
    rig_t *rig = *state;
    played_job_t job;
    s_submit(rig, "b1", 60000, &job);
    s_sign(rig, "b1", 6, false);
    s_wait(rig, &job, APPROVED);
}

static void this_was_not_me(void **state)
{
    rig_t *rig = *state;
    played_job_t job;
    s_submit(rig, "b1", 60000, &job);
    s_answer(rig, "b1", "{\"kind\":\"refuse\"}", true);
    s_wait(rig, &job, "{\"status\":\"fraud\",\"driver\":\"webauthn\"}");
}

/* The link stays what it was, whether the person acted meanwhile or not. */
static void another_authd_goes_on_with_the_page(void **state)
{
    rig_t *rig = *state;
    static const bool meanwhile[] = {false, true};
    static const char *const ids[] = {"b1", "b2"};
    for (size_t i = 0; i < sizeof meanwhile / sizeof meanwhile[0]; i++) {
        played_job_t job;
        s_submit(rig, ids[i], 60000, &job);
        char *before = s_link(&job);
        played_bus_kill(&rig->bus);
        if (meanwhile[i]) {
            s_sign(rig, ids[i], 7, true);
        }
        job.accepted = false;
        played_bus_start(&rig->bus, SB_AUTHD, rig->more);
        played_bus_wait_accepted(&rig->bus, &job);
        char *after = s_link(&job);
        assert_string_equal(before, after);
        free(before);
        free(after);
        if (!meanwhile[i]) {
            bed_run_ms(rig->bus.loop, 200);
            s_sign(rig, ids[i], 6, true);
        }
        s_wait(rig, &job, APPROVED);
    }
    assert_int_equal(fake_pages_len, 2);
}

static void a_page_ends_with_its_job(void **state)
{
    rig_t *rig = *state;
    played_job_t job;
    s_submit(rig, "b1", 60000, &job);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "job", "b1");
    const played_job_t cancel = played_bus_do(&rig->bus, "b2", SB_FACTOR_CANCEL, 10000, body);
    assert_int_equal(cancel.code, SB_OK);
    s_wait(rig, &job, "{\"status\":\"cancelled\",\"driver\":\"webauthn\"}");
    s_submit(rig, "b3", 2000, &job);
    s_wait(rig, &job, "{\"status\":\"timeout\",\"driver\":\"webauthn\"}");
    bed_run_ms(rig->bus.loop, 200);
    assert_string_equal(fake_page("b1")->state, "closed");
    assert_string_equal(fake_page("b3")->state, "closed");
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        ROW(a_signature_approves_as_soon_as_it_is_there),
        ROW(a_lost_hint_costs_but_a_while),
        ROW(this_was_not_me),
        ROW(another_authd_goes_on_with_the_page),
        ROW(a_page_ends_with_its_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
