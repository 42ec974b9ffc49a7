/* chatd_test.c: the real chatd between a taskd and a botd that this program plays: jobs and their
 * refusals, that nothing is acknowledged before the store has it, who is there, and the end in
 * order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "proto/chatd.h"
#include "proto/taskd.h"
#include "tests/support/played_bus.h"
#include "tests/unit/chatd/web_client.h"

#define QUIET_MS 300 /* in which something must not come */

typedef struct {
    played_bus_t bus;
    int port;

    /* What the store does. */
    int post_code;      /* of localchat.post and update; SB_OK: takes it */
    int hear_code;      /* of localchat.hear */
    bool hear_holds;    /* it does not answer yet */
    sb_call_t *held;    /* that call */
    int lists;          /* times that it was asked for people */
    bool people_broken; /* person.list fails */
    cJSON *posted;      /* bodies of localchat.post and update, in order */
    cJSON *heard;       /* bodies of localchat.hear, in order */
    cJSON *synced;      /* bodies of person.sync, in order */
} rig_t;

/* ---- taskd. */

static void s_end(sb_call_t *call, int code, cJSON *result)
{
    if (code) {
        sb_err_t err;
        sb_fail(&err, code, "as the test wants it");
        cJSON_Delete(result);
        sb_call_nack(&call, &err);
    } else {
        sb_call_result(&call, &result);
    }
}

static void s_on_people(void *ctx, sb_call_t *call)
{
    static const char people[] =
        "{\"people\":[{\"id\":\"alice\",\"name\":\"Alice\",\"email\":null},"
        "{\"id\":\"bob\",\"name\":null,\"email\":null}],\"cursor\":null}";
    rig_t *rig = ctx;
    rig->lists++;
    s_end(call, rig->people_broken ? SB_ERETRY : SB_OK, cJSON_Parse(people));
}

static void s_on_sync(void *ctx, sb_call_t *call)
{
    rig_t *rig = ctx;
    sb_json_push(rig->synced, sb_json_copy(sb_call_body(call)));
    s_end(call, SB_OK, cJSON_Parse("{\"added\":0,\"changed\":0,\"removed\":0}"));
}

static void s_on_post(void *ctx, sb_call_t *call)
{
    rig_t *rig = ctx;
    sb_json_push(rig->posted, sb_json_copy(sb_call_body(call)));
    s_end(call, rig->post_code, cJSON_Parse("{\"seq\":\"7\"}"));
}

static void s_on_hear(void *ctx, sb_call_t *call)
{
    rig_t *rig = ctx;
    sb_json_push(rig->heard, sb_json_copy(sb_call_body(call)));
    if (rig->hear_holds) {
        assert_null(rig->held);
        rig->held = call;
    } else {
        s_end(call, rig->hear_code, cJSON_Parse("{\"seq\":\"8\",\"new\":true}"));
    }
}

static void s_on_list(void *ctx, sb_call_t *call)
{
    static const char found[] =
        "{\"messages\":[{\"seq\":\"7\",\"first\":\"7\",\"id\":\"b7\",\"channel\":\"@alice\","
        "\"sender\":null,\"text\":\"x\",\"buttons\":[],\"at_ms\":1,\"edited\":false}],"
        "\"more\":false,\"last\":\"7\"}";
    (void)ctx;
    s_end(call, SB_OK, cJSON_Parse(found));
}

static const sb_route_t s_routes[] = {
    {"person.list",      SB_ROLE_CHATD, 4096,               s_on_people},
    {"person.sync",      SB_ROLE_CHATD, SB_BODY_SIZE_MAX,   s_on_sync  },
    {"localchat.post",   SB_ROLE_CHATD, SB_OUTBOX_BODY_MAX, s_on_post  },
    {"localchat.update", SB_ROLE_CHATD, SB_OUTBOX_BODY_MAX, s_on_post  },
    {"localchat.hear",   SB_ROLE_CHATD, SB_OUTBOX_BODY_MAX, s_on_hear  },
    {"localchat.list",   SB_ROLE_CHATD, 4096,               s_on_list  },
};

/* ---- chatd. */

/* p0000 to the last, backwards. */
static void s_write_people(const rig_t *rig, int len)
{
    char *path = sb_format("%s/people.yaml", rig->bus.folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(len ? "" : "[]", file);
    while (len-- > 0) {
        (void)fprintf(file, "- id: p%04d\n", len);
    }
    assert_int_equal(fclose(file), 0);
    free(path);
}

static int s_read_port(const rig_t *rig)
{
    char *path = sb_format("%s/endpoints", rig->bus.folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char line[256];
    int port = 0;
    while (fgets(line, sizeof line, file)) {
        (void)sscanf(line, "http=http://127.0.0.1:%d/", &port);
    }
    (void)fclose(file);
    free(path);
    assert_true(port > 0);
    return port;
}

static int s_set_up(void **state)
{
    rig_t *rig = sb_alloc(sizeof *rig);
    *state = rig;
    rig->posted = sb_json_array();
    rig->heard = sb_json_array();
    rig->synced = sb_json_array();
    played_bus_open(&rig->bus, s_routes, sizeof s_routes / sizeof s_routes[0], rig);
    s_write_people(rig, 0);
    char *more =
        sb_format("endpoint_file: %s/endpoints\n"
                  "chat: {local: {listen: \"127.0.0.1:0\", people_file: %s/people.yaml}}\n",
                  rig->bus.folder, rig->bus.folder);
    played_bus_start(&rig->bus, SB_CHATD, more);
    free(more);
    rig->port = s_read_port(rig);
    return 0;
}

static int s_tear_down(void **state)
{
    rig_t *rig = *state;
    played_bus_close(&rig->bus);
    cJSON_Delete(rig->posted);
    cJSON_Delete(rig->heard);
    cJSON_Delete(rig->synced);
    free(rig);
    return 0;
}

/* ---- Jobs. */

static played_job_t s_do(rig_t *rig, const char *id, const char *request, const char *json)
{
    cJSON *body = cJSON_Parse(json);
    assert_non_null(body);
    const played_job_t job = played_bus_do(&rig->bus, id, request, 10000, body);
    assert_false(job.accepted);
    return job;
}

#define TO_ALICE "\"to\":\"@alice\",\"chat_id\":null"
#define BUTTONS                                                                                    \
    "[{\"label\":\"Yes\",\"value\":\"yes:1\",\"style\":\"primary\"},"                              \
    "{\"label\":\"No\",\"value\":\"no:1\",\"style\":\"danger\"}]"

static const struct {
    const char *name;
    const char *request;
    const char *body;
    int code;
    const char *text; /* the result, or part of the refusal */
} s_jobs[] = {
    {"send",                       SB_CHAT_SEND,   "{" TO_ALICE ",\"text\":\"hi\",\"buttons\":" BUTTONS ",\"alert\":null}",
     SB_OK,                                                                                                                               "{\"message\":\"ID\"}" },
    {"send to the team",           SB_CHAT_SEND,   "{\"to\":\"#security\",\"text\":\"hi\"}",                                SB_OK,
     "{\"message\":\"ID\"}"                                                                                                                                      },
    {"send to nobody",             SB_CHAT_SEND,   "{\"to\":\"@eve\",\"text\":\"hi\"}",                                     SB_ENOTFOUND, "eve"                  },
    {"send to no channel",         SB_CHAT_SEND,   "{\"to\":\"#other\",\"text\":\"hi\"}",                                   SB_ENOTFOUND,
     "#other"                                                                                                                                                    },
    {"send to no place",           SB_CHAT_SEND,   "{\"to\":\"alice\",\"text\":\"hi\"}",                                    SB_ENOTFOUND, "alice"                },
    {"send nowhere",               SB_CHAT_SEND,   "{\"text\":\"hi\"}",                                                     SB_EINVALID,  "body.to"              },
    {"send nothing",               SB_CHAT_SEND,   "{" TO_ALICE ",\"text\":\"\"}",                                          SB_EINVALID,  "body.text"            },
    {"a button without a value",   SB_CHAT_SEND,
     "{" TO_ALICE ",\"text\":\"x\",\"buttons\":[{\"label\":\"Yes\",\"style\":\"plain\"}]}",
     SB_EINVALID,                                                                                                                         "body.buttons[0].value"},
    {"a button of no style",       SB_CHAT_SEND,
     "{" TO_ALICE
     ",\"text\":\"x\",\"buttons\":[{\"label\":\"Y\",\"value\":\"y\",\"style\":\"z\"}]}",                                    SB_EINVALID,  "body.buttons[0].style"},
    {"a button that opens a page", SB_CHAT_SEND,
     "{" TO_ALICE
     ",\"text\":\"x\",\"buttons\":[{\"label\":\"Y\",\"value\":\"y\",\"style\":\"plain\","
     "\"url\":\"https://confirm.example.com/c/x\"}]}",                                                                      SB_OK,        "{\"message\":\"ID\"}" },
    {"one that leads elsewhere",   SB_CHAT_SEND,
     "{" TO_ALICE
     ",\"text\":\"x\",\"buttons\":[{\"label\":\"Y\",\"value\":\"y\",\"style\":\"plain\","
     "\"url\":\"javascript:alert(1)\"}]}",                                                                                  SB_EINVALID,  "body.buttons[0].url"  },
    {"update",                     SB_CHAT_UPDATE,
     "{" TO_ALICE ",\"question\":\"b7\",\"message\":null,\"text\":\"done\",\"buttons\":[]}",                                SB_OK,
     "{}"                                                                                                                                                        },
    {"update of nothing",          SB_CHAT_UPDATE, "{" TO_ALICE ",\"text\":\"done\"}",                                      SB_EINVALID,
     "body.question"                                                                                                                                             },
    {"lookup",                     SB_CHAT_LOOKUP, "{" TO_ALICE ",\"id\":\"b7\"}",                                          SB_OK,        "{\"message\":\"b7\"}" },
    {"lookup in vain",             SB_CHAT_LOOKUP, "{" TO_ALICE ",\"id\":\"b8\"}",                                          SB_OK,        "{\"message\":null}"   },
    {"no such job",                "chat.shout",   "{}",                                                                    SB_EUNKNOWN,  "chat.shout"           },
};

static void jobs_are_done_or_refused(void **state)
{
    rig_t *rig = *state;
    for (size_t i = 0; i < sizeof s_jobs / sizeof s_jobs[0]; i++) {
        char id[16];
        char want[128];
        (void)snprintf(id, sizeof id, "j%zu", i);
        const char *at = strstr(s_jobs[i].text, "ID");
        (void)snprintf(want, sizeof want, "%.*s%s%s",
                       (int)(at ? at - s_jobs[i].text : (long)strlen(s_jobs[i].text)),
                       s_jobs[i].text, at ? id : "", at ? at + 2 : "");
        const played_job_t got = s_do(rig, id, s_jobs[i].request, s_jobs[i].body);
        if (got.code != s_jobs[i].code || !strstr(got.text, want)) {
            fail_msg("%s: code %d, %s", s_jobs[i].name, got.code, got.text);
        }
    }
    /* What reached the store: id, channel, text and buttons as they were. */
    const cJSON *first = cJSON_GetArrayItem(rig->posted, 0);
    assert_string_equal(cJSON_GetObjectItem(first, "id")->valuestring, "j0");
    assert_string_equal(cJSON_GetObjectItem(first, "channel")->valuestring, "@alice");
    char *buttons = sb_json_print(cJSON_GetObjectItem(first, "buttons"));
    assert_string_equal(buttons, BUTTONS);
    free(buttons);
    char *all = sb_json_print(rig->posted);
    assert_non_null(strstr(all, "\"url\":\"https://confirm.example.com/c/x\""));
    free(all);
    assert_int_equal(cJSON_GetArraySize(rig->posted), 4);
}

/* What the store says is what botd hears, so that it knows whether to try again. */
static void the_stores_refusals_are_handed_on(void **state)
{
    static const int codes[] = {SB_ERETRY, SB_EINVALID, SB_ECONFLICT};
    rig_t *rig = *state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "j%zu", i);
        rig->post_code = codes[i];
        const played_job_t got = s_do(rig, id, SB_CHAT_SEND, "{" TO_ALICE ",\"text\":\"hi\"}");
        assert_int_equal(got.code, codes[i]);
    }
    rig->people_broken = true;
    const played_job_t got =
        s_do(rig, "j9", SB_CHAT_SEND, "{\"to\":\"@newcomer\",\"text\":\"hi\"}");
    assert_int_equal(got.code, SB_ERETRY);
}

/* Nobody is refused by an old copy of the directory, and one who is known costs no reading. */
static void the_directory_is_read_when_it_must(void **state)
{
    rig_t *rig = *state;
    (void)s_do(rig, "j1", SB_CHAT_SEND, "{" TO_ALICE ",\"text\":\"hi\"}");
    const int lists = rig->lists;
    (void)s_do(rig, "j2", SB_CHAT_SEND, "{" TO_ALICE ",\"text\":\"hi\"}");
    assert_int_equal(rig->lists, lists);
    (void)s_do(rig, "j3", SB_CHAT_SEND, "{\"to\":\"@eve\",\"text\":\"hi\"}");
    assert_int_equal(rig->lists, lists + 1);
    (void)s_do(rig, "j4", SB_CHAT_SEND, "{\"to\":\"@eve\",\"text\":\"hi\"}");
    assert_int_equal(rig->lists, lists + 2);
}

/* ---- Hearing. */

static bool s_is_readable(void *arg)
{
    struct pollfd fd = {.fd = *(int *)arg, .events = POLLIN};
    return poll(&fd, 1, 0) > 0;
}

/* The next frame, while taskd runs. */
static void s_expect(rig_t *rig, int fd, const char *want)
{
    assert_true(bed_run(rig->bus.loop, s_is_readable, &fd));
    char *text = web_hear(fd, 5000, NULL);
    if (!text || !strstr(text, want)) {
        fail_msg("expected %s, got %s", want, text ? text : "nothing");
    }
    free(text);
}

static bool s_is_held(void *arg)
{
    return ((rig_t *)arg)->held != NULL;
}

static int s_open_alice(rig_t *rig)
{
    const int fd = web_socket(rig->port);
    web_say(fd, "{\"type\":\"hello\",\"as\":\"alice\"}");
    s_expect(rig, fd, "\"welcome\"");
    s_expect(rig, fd, "\"history\"");
    return fd;
}

#define SAY_E1 "{\"type\":\"say\",\"event\":\"e1\",\"text\":\"it was me\"}"

static void it_is_heard_when_the_store_has_it(void **state)
{
    rig_t *rig = *state;
    int fd = s_open_alice(rig);
    rig->hear_holds = true;
    web_say(fd, SAY_E1);
    assert_true(bed_run(rig->bus.loop, s_is_held, rig));
    bed_run_ms(rig->bus.loop, QUIET_MS);
    assert_false(s_is_readable(&fd)); /* not acknowledged: it is not stored */
    s_end(rig->held, SB_OK, cJSON_Parse("{\"seq\":\"8\",\"new\":true}"));
    s_expect(rig, fd, "{\"type\":\"ack\",\"event\":\"e1\",\"id\":\"alice:e1\"}");
    (void)close(fd);

    char *body = sb_json_print(cJSON_GetArrayItem(rig->heard, 0));
    bed_assert_in(body, "{\"event\":\"alice:e1\",\"person\":\"alice\",\"kind\":\"text\","
                        "\"text\":\"it was me\",\"value\":null,\"message\":null,\"at_ms\":");
    free(body);
}

static void it_is_not_heard_when_the_store_refuses(void **state)
{
    static const struct {
        int code;
        const char *name;
    } rows[] = {
        {SB_ERETRY,   "UNAVAILABLE"},
        {SB_EBUSY,    "BUSY"       },
        {SB_EINVALID, "INVALID"    }
    };
    rig_t *rig = *state;
    const int fd = s_open_alice(rig);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char want[128];
        rig->hear_code = rows[i].code;
        web_say(fd, SAY_E1);
        (void)snprintf(want, sizeof want,
                       "{\"type\":\"error\",\"about\":\"say\",\"event\":\"e1\",\"code\":\"%s\"",
                       rows[i].name);
        s_expect(rig, fd, want);
    }
    rig->hear_code = SB_OK;
    web_say(fd, SAY_E1);
    s_expect(rig, fd, "\"ack\"");
    (void)close(fd);
}

/* The store is silent: no later than the chat systems' three seconds we say so. */
static void a_silent_store_is_no_ear(void **state)
{
    rig_t *rig = *state;
    const int fd = s_open_alice(rig);
    rig->hear_holds = true;
    const int64_t start_ms = zclock_mono();
    web_say(fd, SAY_E1);
    s_expect(rig, fd, "\"event\":\"e1\",\"code\":\"TIMEOUT\"");
    assert_in_range(zclock_mono() - start_ms, 2000, 3000);
    s_end(rig->held, SB_OK, NULL);
    (void)close(fd);
}

static void a_button_is_heard_with_its_message(void **state)
{
    rig_t *rig = *state;
    const int fd = s_open_alice(rig);
    web_say(fd, "{\"type\":\"press\",\"event\":\"e2\",\"message\":\"b7\",\"value\":\"yes:1\","
                "\"label\":\"Yes\"}");
    s_expect(rig, fd, "\"ack\"");
    char *body = sb_json_print(cJSON_GetArrayItem(rig->heard, 0));
    bed_assert_in(body, "{\"event\":\"alice:e2\",\"person\":\"alice\",\"kind\":\"button\","
                        "\"text\":\"Yes\",\"value\":\"yes:1\",\"message\":\"b7\",\"at_ms\":");
    free(body);
    (void)close(fd);
}

/* ---- Who is there. */

static bool s_has_four_syncs(void *arg)
{
    return cJSON_GetArraySize(((rig_t *)arg)->synced) == 4;
}

static void s_assert_page(const rig_t *rig, int page, const char *after, const char *until, int len)
{
    cJSON *body = cJSON_GetArrayItem(rig->synced, page);
    const cJSON *people = cJSON_GetObjectItem(body, "people");
    assert_int_equal(cJSON_GetArraySize(people), len);
    if (until) {
        const cJSON *last = cJSON_GetArrayItem(people, len - 1);
        assert_string_equal(cJSON_GetObjectItem(last, "id")->valuestring, until);
    }
    cJSON_DeleteItemFromObject(body, "people");
    char *got = sb_json_print(body);
    char *after_json = after ? sb_format("\"%s\"", after) : sb_strdup("null");
    char *until_json = until ? sb_format("\"%s\"", until) : sb_strdup("null");
    char *want = sb_format("{\"source\":\"local\",\"complete\":true,\"after\":%s,\"until\":%s}",
                           after_json, until_json);
    assert_string_equal(got, want);
    free(want);
    free(until_json);
    free(after_json);
    free(got);
}

static void a_long_list_of_people_goes_in_pages(void **state)
{
    rig_t *rig = *state;
    s_write_people(rig, 2 * SB_SYNC_MAX + 1);
    played_bus_signal(&rig->bus, SIGHUP);
    assert_true(bed_run(rig->bus.loop, s_has_four_syncs, rig));
    s_assert_page(rig, 0, NULL, NULL, 0);
    s_assert_page(rig, 1, NULL, "p0499", SB_SYNC_MAX);
    s_assert_page(rig, 2, "p0499", "p0999", SB_SYNC_MAX);
    s_assert_page(rig, 3, "p0999", NULL, 1);
}

/* ---- The end. */

static void it_stops_in_the_middle_of_everything(void **state)
{
    rig_t *rig = *state;
    const int fd = s_open_alice(rig);
    rig->hear_holds = true;
    web_say(fd, SAY_E1);
    assert_true(bed_run(rig->bus.loop, s_is_held, rig));
    played_bus_stop(&rig->bus);
    char *text = web_hear(fd, 100, NULL); /* nothing was acknowledged */
    assert_true(!text || !strstr(text, "ack"));
    free(text);
    s_end(rig->held, SB_OK, NULL);
    (void)close(fd);
}

int main(void)
{
    /* No hints: nobody is there. */
    assert_int_equal(setenv("SECURITYBOT_TASKD_HINTS", "tcp://127.0.0.1:1", 1), 0);
#define ROW(name) cmocka_unit_test_setup_teardown(name, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        ROW(jobs_are_done_or_refused),
        ROW(the_stores_refusals_are_handed_on),
        ROW(the_directory_is_read_when_it_must),
        ROW(it_is_heard_when_the_store_has_it),
        ROW(it_is_not_heard_when_the_store_refuses),
        ROW(a_silent_store_is_no_ear),
        ROW(a_button_is_heard_with_its_message),
        ROW(a_long_list_of_people_goes_in_pages),
        ROW(it_stops_in_the_middle_of_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
