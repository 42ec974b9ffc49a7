/* slack_people_test.c: all members are told page by page, and nobody is dropped by mistake; whoever
 * speaks is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "services/chatd/slack_people.h"
#include "services/chatd/slack_tour.h"
#include "tests/unit/chatd/slack_world.h"

#define USER(id, name) "{'id':'" id "','name':'" name "','tz':'UTC','profile':{}}"
#define PERSON(id, name)                                                                           \
    "{'id':'" name "','name':'" name "','email':null,'chat_id':'" id "','zone':'UTC','active':"    \
    "true}"
#define PAGE(members, cursor)                                                                      \
    "{'members':[" members "],'response_metadata':{'next_cursor':'" cursor "'}}"

static struct {
    slack_people_t *people;
    int found;
    int code;
    char person[SB_PERSON_ID_MAX + 1];
} s_it;

static int set_up(void **state)
{
    (void)state;
    memset(&s_it, 0, sizeof s_it);
    s_it.people = slack_people_new(world_host(), world_api(), SLACK_USERNAME_NAME);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    slack_people_stop(s_it.people);
    world_reset();
    slack_people_destroy(&s_it.people);
    return 0;
}

/* ---- The tour. */

static void s_turn(int64_t wait_ms)
{
    char json[64];
    (void)snprintf(json, sizeof json, "{'wait_ms':%lld}", (long long)wait_ms);
    world_answer("budget.take", json);
}

/* Each page keeps the turn. */
static void s_kept(void)
{
    world_answer("budget.block", "{}");
}

static void tells_all_page_by_page(void **state)
{
    (void)state;
    slack_people_sync(s_it.people, false);
    s_turn(0);
    s_kept();
    assert_string_equal(world_arg("users.list", "limit"), "500");
    assert_string_equal(world_arg("users.list", "cursor"), "");
    world_reply("users.list", PAGE(USER("U1", "ann") "," USER("U2", "bob"), "c2="));
    assert_string_equal(world_body("person.sync"),
                        "{'source':'slack','complete':false,'people':[" PERSON(
                            "U1", "ann") "," PERSON("U2", "bob") "]}");
    world_answer("person.sync", "{'at_ms':777}");
    s_kept();
    assert_string_equal(world_arg("users.list", "cursor"), "c2=");
    world_reply("users.list", PAGE("", "c3=")); /* a page may be empty */
    world_answer("person.sync", "{'at_ms':778}");
    s_kept();
    world_reply("users.list", PAGE(USER("U3", "cid"), ""));
    assert_string_equal(
        world_body("person.sync"),
        "{'source':'slack','complete':true,'since_ms':777,'people':[" PERSON("U3", "cid") "]}");
    world_answer("person.sync", "{'at_ms':779}");
    assert_string_equal(world_body("budget.block"), "{'key':'slack/people/0','for_ms':3600000}");
    s_kept();
    assert_int_equal(world_open() + world_store_open(), 0);
    world_advance(SLACK_TOUR_MS - 1);
    assert_int_equal(world_store_open(), 0);
    world_advance(1); /* and again */
    s_turn(0);
    s_kept();
    assert_true(world_asks("users.list"));
}

static void a_small_workspace_is_one_list(void **state)
{
    (void)state;
    slack_people_sync(s_it.people, false);
    s_turn(0);
    s_kept();
    world_reply("users.list", "{'members':[" USER("U1", "ann") "]}");
    assert_string_equal(world_body("person.sync"),
                        "{'source':'slack','complete':true,'people':[" PERSON("U1", "ann") "]}");
}

static void an_empty_list_drops_nobody(void **state)
{
    (void)state;
    slack_people_sync(s_it.people, false);
    s_turn(0);
    s_kept();
    world_reply("users.list", "{'members':[{'id':'U1','name':'x','is_bot':true}]}");
    assert_string_equal(world_body("person.sync"),
                        "{'source':'slack','complete':false,'people':[]}");
}

static void another_one_goes(void **state)
{
    (void)state;
    slack_people_sync(s_it.people, false);
    s_turn(90000);
    assert_int_equal(world_open() + world_store_open(), 0);
    world_advance(90000);
    s_turn(3000000); /* looked after sooner, lest it was given up */
    world_advance(300000);
    s_turn(0);
    s_kept();
    assert_true(world_asks("users.list"));
}

static void forced_goes_at_once_and_begins_anew(void **state)
{
    (void)state;
    slack_people_sync(s_it.people, true);
    s_kept();
    world_reply("users.list", PAGE(USER("U1", "ann"), "c2="));
    slack_people_sync(s_it.people, true);
    world_answer("person.sync", "{'at_ms':5}"); /* of the tour that was given up */
    s_kept();
    assert_string_equal(world_arg("users.list", "cursor"), "");
    assert_int_equal(world_open() + world_store_open(), 1);
}

static void a_page_that_fails_is_asked_again(void **state)
{
    (void)state;
    slack_people_sync(s_it.people, true);
    s_kept();
    world_reply("users.list", PAGE(USER("U1", "ann"), "c2="));
    world_answer("person.sync", "{'at_ms':5}");
    s_kept();
    world_fail("users.list", SLACK_RETRY, "http_500", SB_ERETRY);
    assert_int_equal(world_open(), 0);
    world_advance(5000);
    s_kept();
    assert_string_equal(world_arg("users.list", "cursor"), "c2=");
    assert_string_equal(world_arg("users.list", "limit"), "200"); /* it may have been too much */
    world_reply("users.list", PAGE(USER("U2", "bob"), ""));
    world_refuse("person.sync", SB_ERETRY);
    world_advance(10000); /* twice as long */
    s_kept();
    world_reply("users.list", PAGE(USER("U2", "bob"), ""));
    assert_non_null(strstr(world_body("person.sync"), "'since_ms':5"));
    world_answer("person.sync", "{'at_ms':6}");
}

static void an_old_cursor_begins_anew(void **state)
{
    (void)state;
    slack_people_sync(s_it.people, true);
    s_kept();
    world_reply("users.list", PAGE(USER("U1", "ann"), "c2="));
    world_answer("person.sync", "{'at_ms':5}");
    s_kept();
    world_fail("users.list", SLACK_PERMANENT, "invalid_cursor", SB_EINVALID);
    world_advance(5000);
    s_kept();
    assert_string_equal(world_arg("users.list", "cursor"), "");
    world_reply("users.list", PAGE(USER("U1", "ann"), ""));
    assert_null(strstr(world_body("person.sync"), "since_ms"));
}

static void gives_up_after_a_while_and_begins_anew(void **state)
{
    (void)state;
    slack_people_sync(s_it.people, true);
    s_kept();
    world_reply("users.list", PAGE(USER("U1", "ann"), "c2="));
    world_answer("person.sync", "{'at_ms':5}");
    for (int i = 0; i < 13; i++) {
        s_kept();
        world_fail("users.list", SLACK_AUTH, "token_revoked", SB_ERETRY);
        assert_int_equal(world_open(), 0);
        world_advance(300000);
    }
    s_kept();
    assert_string_equal(world_arg("users.list", "cursor"), "");
}

/* ---- Finding. */

static void s_on_found(void *arg, int code, const char *person, const sb_err_t *err)
{
    (void)err;
    assert_ptr_equal(arg, &s_it);
    s_it.found++;
    s_it.code = code;
    (void)snprintf(s_it.person, sizeof s_it.person, "%s", person ? person : "-");
}

static void s_find(void)
{
    slack_people_find(s_it.people, "U1", s_on_found, &s_it);
}

static void s_found(int code, const char *person)
{
    assert_int_equal(s_it.found, 1);
    assert_int_equal(s_it.code, code);
    assert_string_equal(s_it.person, person);
    assert_int_equal(world_open() + world_store_open(), 0);
    s_it.found = 0;
}

static void the_store_knows(void **state)
{
    (void)state;
    s_find();
    assert_string_equal(world_body("person.list"), "{'chat_id':'U1'}");
    world_answer("person.list", "{'people':[{'id':'ann'},{'id':'old'}]}");
    s_found(SB_OK, "ann");
    s_find(); /* remembered */
    s_found(SB_OK, "ann");
    world_advance(10 * 60 * 1000);
    s_find(); /* not for ever */
    world_refuse("person.list", SB_ERETRY);
    s_found(SB_ERETRY, "-");
}

static void slack_knows_and_the_store_is_told(void **state)
{
    (void)state;
    s_find();
    world_answer("person.list", "{'people':[]}");
    assert_string_equal(world_arg("users.info", "user"), "U1");
    world_reply("users.info", "{'user':" USER("U1", "Ann") "}");
    assert_non_null(strstr(world_body("person.sync"), "'complete':false"));
    world_answer("person.sync", "{'at_ms':1}");
    s_found(SB_OK, "ann");
}

static void nobody_knows(void **state)
{
    (void)state;
    s_find();
    world_answer("person.list", "{'people':[]}");
    world_fail("users.info", SLACK_PERMANENT, "user_not_found", SB_ENOTFOUND);
    s_found(SB_OK, "-");
    s_find(); /* not asked again at once */
    s_found(SB_OK, "-");
    world_advance(60000);
    s_find();
    world_answer("person.list", "{'people':[]}");
    world_reply("users.info", "{'user':{'id':'U1','name':'ann','deleted':true}}");
    s_found(SB_OK, "-");
    world_advance(60000);
    s_find();
    world_answer("person.list", "{'people':[]}");
    world_fail("users.info", SLACK_RETRY, "http_502", SB_ERETRY);
    s_found(SB_ERETRY, "-");
    s_find();
    world_answer("person.list", "{'people':[]}");
    world_reply("users.info", "{'user':" USER("U1", "Ann") "}");
    world_refuse("person.sync", SB_EINVALID); /* no username for the store */
    s_found(SB_OK, "-");
}

static int s_changed_code;

static void s_on_changed(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)arg;
    (void)body;
    (void)err;
    s_changed_code = code;
}

static void a_change_is_told_and_forgets(void **state)
{
    (void)state;
    s_find();
    world_answer("person.list", "{'people':[{'id':'ann'}]}");
    s_found(SB_OK, "ann");
    cJSON *user = cJSON_Parse("{\"id\":\"U1\",\"name\":\"ann2\",\"deleted\":true}");
    s_changed_code = 1;
    slack_people_changed(s_it.people, user, s_on_changed, NULL);
    assert_non_null(strstr(world_body("person.sync"), "'active':false"));
    assert_int_equal(s_changed_code, 1);
    world_answer("person.sync", "{'at_ms':1}");
    assert_int_equal(s_changed_code, SB_OK);
    cJSON_Delete(user);
    s_find();
    assert_true(world_store_asks("person.list"));
    world_answer("person.list", "{'people':[{'id':'ann2'}]}");
    s_found(SB_OK, "ann2");
    user = cJSON_Parse("{\"id\":\"U9\",\"name\":\"bot\",\"is_bot\":true}");
    s_changed_code = 1;
    slack_people_changed(s_it.people, user, s_on_changed, NULL);
    assert_int_equal(s_changed_code, SB_OK);
    cJSON_Delete(user);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(tells_all_page_by_page),
        CASE(a_small_workspace_is_one_list),
        CASE(an_empty_list_drops_nobody),
        CASE(another_one_goes),
        CASE(forced_goes_at_once_and_begins_anew),
        CASE(a_page_that_fails_is_asked_again),
        CASE(an_old_cursor_begins_anew),
        CASE(gives_up_after_a_while_and_begins_anew),
        CASE(the_store_knows),
        CASE(slack_knows_and_the_store_is_told),
        CASE(nobody_knows),
        CASE(a_change_is_told_and_forgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
