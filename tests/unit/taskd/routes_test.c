/* routes_test.c: the whole permission table, every role against every request, written down here a
 * second time and in another form, so that a slip in one is seen in the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants those before it */
#include <cmocka.h>

#include <string.h>

#include "proto/bus.h"
#include "services/taskd/routes.h"
#include "services/taskd/store.h"

#define LEN(array) (sizeof(array) / sizeof(array)[0])

/* routes.c names them; here nobody calls. */
void taskd_on_ping(void *ctx, sb_call_t *call)
{
    (void)ctx;
    (void)call;
}

void taskd_on_stats(void *ctx, sb_call_t *call)
{
    (void)ctx;
    (void)call;
}

void taskd_on_request(void *ctx, sb_call_t *call)
{
    (void)ctx;
    (void)call;
}

/* What each role may send; a request that is not in its list is refused. */
static const struct {
    sb_role_t role;
    const char *requests;
} s_may[] = {
    {SB_ROLE_NONE,   ""                                                     },
    {SB_ROLE_TASKD,  "ping "                                                },
    {SB_ROLE_BOTD,   "ping work.pull commit outbox.load outbox.done outbox.retry lease.acquire "
                   "lease.renew lease.release "           },
    {SB_ROLE_CHATD,  "ping inbox.put outbox.message conversation.list person.view budget.take "
                    "budget.block person.sync person.list localchat.hear localchat.post "
                    "localchat.update localchat.list "   },
    {SB_ROLE_AUTHD,
     "ping factor.get factor.attempt factor.advance page.open page.pull page.reply passkey.get "
     "passkey.advance "                                                     },
    {SB_ROLE_WEBD,   "ping page.view page.answer invite.open invite.redeem "},
    {SB_ROLE_BOTCTL,
     "ping stats alert.create alert.get alert.query count lease.get person.sync "
     "person.list factor.enroll factor.list factor.remove mute.list mute.add "
     "mute.remove exemption.list exemption.add exemption.remove audit.read escalation.act "
     "invite.create passkey.list passkey.remove "                           },
};

static const char *const s_requests[] = {
    "ping",           "stats",          "alert.create",      "alert.get",
    "alert.query",    "count",          "work.pull",         "commit",
    "outbox.load",    "outbox.done",    "outbox.retry",      "lease.acquire",
    "lease.renew",    "lease.release",  "lease.get",         "outbox.message",
    "inbox.put",      "escalation.act", "conversation.list", "person.view",
    "budget.take",    "budget.block",   "person.sync",       "person.list",
    "localchat.hear", "localchat.post", "localchat.update",  "localchat.list",
    "factor.get",     "factor.attempt", "factor.advance",    "factor.enroll",
    "factor.list",    "factor.remove",  "mute.list",         "mute.add",
    "mute.remove",    "exemption.list", "exemption.add",     "exemption.remove",
    "audit.read",     "page.open",      "page.pull",         "page.reply",
    "page.view",      "page.answer",    "passkey.get",       "passkey.advance",
    "passkey.list",   "passkey.remove", "invite.create",     "invite.open",
    "invite.redeem",
};

static bool s_listed(const char *list, const char *request)
{
    char word[64];
    (void)snprintf(word, sizeof word, "%s ", request);
    for (const char *at = strstr(list, word); at; at = strstr(at + 1, word)) {
        if (at == list || at[-1] == ' ') {
            return true;
        }
    }
    return false;
}

static const sb_route_t *s_find(const char *request)
{
    return sb_route_find(taskd_routes, taskd_routes_len, request);
}

static void every_role_against_every_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(s_may); i++) {
        for (size_t k = 0; k < LEN(s_requests); k++) {
            const sb_route_t *route = s_find(s_requests[k]);
            assert_non_null(route);
            const bool may = (route->roles & (unsigned)s_may[i].role) != 0;
            const bool want = s_listed(s_may[i].requests, s_requests[k]);
            if (may != want) {
                fail_msg("%s %s send %s", sb_role_name(s_may[i].role), may ? "may" : "may not",
                         s_requests[k]);
            }
        }
    }
}

static void there_are_no_other_routes(void **state)
{
    (void)state;
    assert_int_equal(taskd_routes_len, LEN(s_requests));
    for (size_t i = 0; i < taskd_routes_len; i++) {
        assert_int_equal(taskd_routes[i].roles & ~(unsigned)SB_ROLES_ALL, 0);
        for (size_t k = i + 1; k < taskd_routes_len; k++) {
            assert_string_not_equal(taskd_routes[i].name, taskd_routes[k].name);
        }
    }
}

static void unknown_requests_have_no_route(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",        "Ping",           "ping ",       "alert",         "alert.", "alert.delete",
        "commit2", "alert.create\n", "work.pull.x", "person.remove", "sql",    "factor.secret",
    };
    for (size_t i = 0; i < LEN(names); i++) {
        if (s_find(names[i])) {
            fail_msg("there is a route for \"%s\"", names[i]);
        }
    }
}

static void every_route_has_its_operation(void **state)
{
    (void)state;
    for (size_t i = 0; i < taskd_routes_len; i++) {
        const sb_route_t *route = &taskd_routes[i];
        assert_in_range(route->body_size_max, 1, SB_BODY_SIZE_MAX);
        if (route->handler == taskd_on_request) {
            assert_non_null(store_op(route->name));
        } else {
            assert_null(store_op(route->name));
        }
    }
}

/* What each role may send goes through to its end: the largest bodies that the limits allow. */
static void bodies_have_room(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        size_t bytes; /* of texts, each of which may be six in JSON */
    } rows[] = {
        {"alert.create",
         SB_TITLE_MAX + SB_PERSON_ID_MAX + SB_DESCRIPTION_MAX + SB_REASON_MAX + SB_URL_MAX     },
        {"inbox.put",       SB_TEXT_MAX + SB_VALUE_MAX + SB_EVENT_ID_MAX * 2 + SB_PERSON_ID_MAX},
        {"localchat.post",  SB_TEXT_MAX + SB_BUTTONS_MAX * (80 + SB_VALUE_MAX)                 },
        {"alert.query",     SB_FILTER_MAX * (SB_TITLE_MAX + 10)                                },
        {"mute.add",        SB_TITLE_MAX + SB_COMMENT_MAX + SB_PERSON_ID_MAX                   },
        {"mute.list",       SB_TITLE_MAX + SB_PERSON_ID_MAX * 2                                },
        {"factor.enroll",   SB_SECRET_MAX * 4 / 3 / 6 + SB_PERSON_ID_MAX                       },
 /* What is base64url or JSON already does not grow. */
        {"page.open",       SB_PAGE_DATA_MAX / 6 + SB_PERSON_ID_MAX + 64                       },
        {"page.pull",       SB_PAGE_PULL_MAX * (SB_ID_SIZE_MAX + 3) / 6                        },
        {"page.reply",      SB_NAME_MAX                                                        },
        {"page.answer",     SB_PAGE_ANSWER_MAX / 6                                             },
        {"passkey.advance", SB_PASSKEY_ID_MAX * 4 / 3 / 6 + SB_PERSON_ID_MAX                   },
        {"passkey.remove",  SB_PASSKEY_ID_MAX * 4 / 3 / 6 + SB_PERSON_ID_MAX + SB_ACTOR_MAX    },
        {"passkey.list",    SB_PASSKEY_ID_MAX * 4 / 3 / 6 + SB_PERSON_ID_MAX * 2               },
        {"invite.redeem",   (SB_PASSKEY_ID_MAX + SB_PASSKEY_KEY_MAX) * 4 / 3 / 6 + SB_NAME_MAX },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const size_t need = rows[i].bytes * 6 + 1024;
        if (s_find(rows[i].request)->body_size_max < need) {
            fail_msg("%s needs %zu bytes", rows[i].request, need);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_against_every_request),
        cmocka_unit_test(there_are_no_other_routes),
        cmocka_unit_test(unknown_requests_have_no_route),
        cmocka_unit_test(every_route_has_its_operation),
        cmocka_unit_test(bodies_have_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
