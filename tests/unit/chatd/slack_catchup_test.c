/* slack_catchup_test.c: what was said while nobody listened is read, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "services/chatd/slack_catchup.h"
#include "tests/unit/chatd/slack_world.h"

static struct {
    slack_people_t *people;
    slack_dm_t *dm;
    slack_when_t *when;
    slack_desk_t *desk;
    slack_pages_t *pages;
    slack_team_t *team;
    slack_ear_t *ear;
    slack_catchup_t *catchup;
} s_it;

void slack_ack(slack_ack_t **ack_p, int code)
{
    (void)code;
    *ack_p = NULL;
}

static int set_up(void **state)
{
    (void)state;
    chat_host_t *host = world_host();
    slack_api_t *api = world_api();
    s_it.people = slack_people_new(host, api, SLACK_USERNAME_NAME);
    s_it.dm = slack_dm_new(api);
    s_it.when = slack_when_new(NULL);
    s_it.desk = slack_desk_new(host, api, s_it.people, s_it.when);
    s_it.pages = slack_pages_new(host, api, s_it.people, s_it.when);
    s_it.team = slack_team_new(chat_host_loop(host), api, "C0");
    s_it.ear = slack_ear_new(&(slack_ear_config_t){.host = host,
                                                   .people = s_it.people,
                                                   .dm = s_it.dm,
                                                   .desk = s_it.desk,
                                                   .pages = s_it.pages,
                                                   .team = s_it.team,
                                                   .reporting_channel = "C0"});
    slack_ear_self(s_it.ear, "U0BOT", "B0BOT");
    s_it.catchup = slack_catchup_new(host, api, s_it.dm, s_it.ear);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    slack_people_stop(s_it.people);
    slack_pages_stop(s_it.pages);
    slack_team_stop(s_it.team);
    slack_catchup_stop(s_it.catchup);
    world_reset();
    slack_catchup_destroy(&s_it.catchup);
    slack_ear_destroy(&s_it.ear);
    slack_team_destroy(&s_it.team);
    slack_pages_destroy(&s_it.pages);
    slack_desk_destroy(&s_it.desk);
    slack_when_destroy(&s_it.when);
    slack_dm_destroy(&s_it.dm);
    slack_people_destroy(&s_it.people);
    return 0;
}

static void s_ended(void)
{
    assert_int_equal(world_open() + world_store_open(), 0);
}

#define SAID(ts, text) "{'type':'message','user':'U1','ts':'" ts "','text':'" text "'}"

static void reads_what_was_said(void **state)
{
    (void)state;
    slack_catchup_begin(s_it.catchup, 5000);
    assert_string_equal(world_body("conversation.list"), "{'limit':100}");
    world_answer("conversation.list",
                 "{'people':[{'id':'ann','chat_id':'U1','since_ms':1699999000000},"
                 "{'id':'none','chat_id':null,'since_ms':1}],'cursor':null}");
    world_reply("conversations.open", "{'channel':{'id':'D1'}}");
    /* Since they were heard last, which is before the gap; and a minute more. */
    assert_string_equal(world_arg("conversations.history", "oldest"), "1699998940.000000");
    world_reply(
        "conversations.history",
        "{'messages':[" SAID(
            "1700000002.5",
            "it was me") ","
                         "{'type':'message','user':'U0BOT','bot_id':'B0BOT','ts':'1700000001.5',"
                         "'text':'Did you?'}," SAID("1700000000.5", "yes") "]}");
    world_answer("person.list", "{'people':[{'id':'ann'}]}");
    assert_string_equal(
        world_body("hear"),
        "{'event':'slack:D1:1700000000.5','person':'ann','kind':'text','text':'yes',"
        "'value':null,'message':null,'at_ms':1700000000000}");
    world_answer("hear", "{'new':true}");
    assert_non_null(strstr(world_body("hear"), "it was me"));
    world_answer("hear", "{'new':false}");
    s_ended();
}

static void looks_back_to_the_gap(void **state)
{
    (void)state;
    slack_catchup_begin(s_it.catchup, 600000);
    world_answer("conversation.list",
                 "{'people':[{'id':'ann','chat_id':'U1','since_ms':1700000000000}],'cursor':null}");
    world_reply("conversations.open", "{'channel':{'id':'D1'}}");
    assert_string_equal(world_arg("conversations.history", "oldest"), "1699999340.000000");
    world_reply("conversations.history", "{'messages':[]}");
    s_ended();
    slack_catchup_begin(s_it.catchup, -1); /* it isn't known for how long */
    world_answer("conversation.list",
                 "{'people':[{'id':'ann','chat_id':'U1','since_ms':1700000000000}],'cursor':null}");
    assert_string_equal(world_arg("conversations.history", "oldest"), "1699996340.000000");
}

static void goes_through_all_pages(void **state)
{
    (void)state;
    slack_catchup_begin(s_it.catchup, 5000);
    world_answer("conversation.list",
                 "{'people':[{'id':'ann','chat_id':'U1','since_ms':1}],'cursor':'ann'}");
    world_reply("conversations.open", "{'channel':{'id':'D1'}}");
    world_reply("conversations.history", "{'messages':[]}");
    assert_string_equal(world_body("conversation.list"), "{'after':'ann','limit':100}");
    world_refuse("conversation.list", SB_ERETRY);
    world_advance(5000);
    world_answer("conversation.list", "{'people':[],'cursor':null}");
    s_ended();
}

static void tries_one_again_and_then_the_next(void **state)
{
    (void)state;
    slack_catchup_begin(s_it.catchup, 5000);
    world_answer("conversation.list", "{'people':[{'id':'ann','chat_id':'U1','since_ms':1},"
                                      "{'id':'bob','chat_id':'U2','since_ms':1}],'cursor':null}");
    world_reply("conversations.open", "{'channel':{'id':'D1'}}");
    for (int i = 0; i < 4; i++) {
        world_fail("conversations.history", SLACK_RETRY, "http_500", SB_ERETRY);
        world_advance(5000);
    }
    assert_string_equal(world_arg("conversations.open", "users"), "U2");
    world_reply("conversations.open", "{'channel':{'id':'D2'}}");
    world_reply("conversations.history", "{'messages':[" SAID("1700000000.5", "no") "]}");
    world_answer("person.list", "{'people':[{'id':'ann'}]}");
    world_refuse("hear", SB_ERETRY); /* the store is away: the history is read again */
    world_advance(5000);
    world_reply("conversations.history", "{'messages':[" SAID("1700000000.5", "no") "]}");
    world_answer("hear", "{'new':true}");
    s_ended();
}

static void a_gap_meanwhile_begins_anew(void **state)
{
    (void)state;
    slack_catchup_begin(s_it.catchup, 5000);
    world_answer("conversation.list", "{'people':[{'id':'ann','chat_id':'U1','since_ms':1},"
                                      "{'id':'bob','chat_id':'U2','since_ms':1}],'cursor':null}");
    slack_catchup_begin(s_it.catchup, 100);
    world_reply("conversations.open", "{'channel':{'id':'D1'}}");
    world_reply("conversations.history", "{'messages':[]}");
    assert_string_equal(world_body("conversation.list"), "{'limit':100}");
    world_answer("conversation.list", "{'people':[],'cursor':null}");
    s_ended();
}

static void s_walk(void)
{
    slack_catchup_begin(s_it.catchup, 5000);
    world_answer("conversation.list",
                 "{'people':[{'id':'ann','chat_id':'U1','since_ms':1}],'cursor':null}");
    if (world_asks("conversations.open")) {
        world_reply("conversations.open", "{'channel':{'id':'D1'}}");
    }
    world_reply("conversations.history", "{'messages':[" SAID("1700000000.5", "no") "]}");
    if (world_store_asks("person.list")) {
        world_answer("person.list", "{'people':[{'id':'ann'}]}");
    }
    world_answer("hear", "{'new':true}");
    s_ended();
}

/* What is logged is what this gap brought, not all since the start. */
static void tells_of_each_walk_alone(void **state)
{
    (void)state;
    s_walk();
    world_log_keep();
    s_walk();
    const char *log = world_log();
    assert_non_null(strstr(log, "people=1 messages=1"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(reads_what_was_said),         CASE(looks_back_to_the_gap),
        CASE(goes_through_all_pages),      CASE(tries_one_again_and_then_the_next),
        CASE(a_gap_meanwhile_begins_anew), CASE(tells_of_each_walk_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
