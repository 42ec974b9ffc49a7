/* slack_ear_test.c: heard means durable; and what is answered on the spot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/chatd/slack_ear.h"
#include "tests/unit/chatd/slack_world.h"

#define HASH "5e4284ababababababababababababababababababababababababababababab"
#define NOT_YET 99

static struct {
    slack_people_t *people;
    slack_dm_t *dm;
    slack_when_t *when;
    slack_desk_t *desk;
    slack_pages_t *pages;
    slack_team_t *team;
    slack_ear_t *ear;
    int ack; /* the code, or NOT_YET */
} s_it;

void slack_ack(slack_ack_t **ack_p, int code)
{
    assert_ptr_equal(*ack_p, (slack_ack_t *)(void *)&s_it);
    assert_int_equal(s_it.ack, NOT_YET);
    s_it.ack = code;
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
    s_it.team = slack_team_new(chat_host_loop(host), api, "C0TEAM");
    s_it.ear = slack_ear_new(&(slack_ear_config_t){.host = host,
                                                   .people = s_it.people,
                                                   .dm = s_it.dm,
                                                   .desk = s_it.desk,
                                                   .pages = s_it.pages,
                                                   .team = s_it.team,
                                                   .reporting_channel = "C0TEAM"});
    slack_ear_self(s_it.ear, "U0BOT", "B0BOT");
    s_it.ack = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    slack_ear_stop(s_it.ear);
    slack_people_stop(s_it.people);
    slack_pages_stop(s_it.pages);
    slack_team_stop(s_it.team);
    world_reset();
    slack_ear_destroy(&s_it.ear);
    slack_team_destroy(&s_it.team);
    slack_pages_destroy(&s_it.pages);
    slack_desk_destroy(&s_it.desk);
    slack_when_destroy(&s_it.when);
    slack_dm_destroy(&s_it.dm);
    slack_people_destroy(&s_it.people);
    return 0;
}

static void s_deliver(slack_kind_t kind, int retry, const char *quoted)
{
    char *text = sb_strdup(quoted);
    for (char *p = text; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    cJSON *payload = cJSON_Parse(text);
    assert_non_null(payload);
    const slack_envelope_t envelope = {
        .kind = kind, .payload = payload, .retry = retry, .ack = (slack_ack_t *)(void *)&s_it};
    s_it.ack = NOT_YET;
    slack_ear_envelope(s_it.ear, &envelope);
    cJSON_Delete(payload);
    free(text);
}

static void s_acked(int code)
{
    assert_int_equal(s_it.ack, code);
    assert_int_equal(world_open() + world_store_open(), 0);
}

static int64_t s_stat(const char *name)
{
    cJSON *object = sb_json_object();
    slack_ear_stats(s_it.ear, object);
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, name);
    const int64_t value = cJSON_IsNumber(number) ? (int64_t)number->valuedouble : -1;
    cJSON_Delete(object);
    return value;
}

#define SAID(text)                                                                                 \
    "'event':{'type':'message','channel':'D1','channel_type':'im','user':'U1',"                    \
    "'ts':'1600000000.5','text':'" text "'}"
#define SAY(text) "{" SAID(text) "}"
#define PRESS(channel, block, inside)                                                              \
    "{'type':'block_actions','user':{'id':'U1'},'trigger_id':'t1','response_url':'http://x/r',"    \
    "'container':{'channel_id':'" channel "','message_ts':'5.5'},'actions':[{'block_id':'" block   \
    "','action_ts':'6.6'," inside "}]}"
#define COMMAND(text)                                                                              \
    "{'command':'/securitybot','user_id':'U1','channel_id':'C9','trigger_id':'1.2.a',"             \
    "'response_url':'http://x/r','text':'" text "'}"

static void what_is_typed_is_stored_first(void **state)
{
    (void)state;
    s_deliver(SLACK_EVENTS_API, 0, SAY("yes &amp; so"));
    assert_int_equal(s_it.ack, NOT_YET);
    world_answer("person.list", "{'people':[{'id':'ann'}]}");
    assert_int_equal(s_it.ack, NOT_YET);
    assert_string_equal(world_body("hear"),
                        "{'event':'slack:D1:1600000000.5','person':'ann','kind':'text',"
                        "'text':'yes & so','value':null,'message':null,'at_ms':0}");
    world_answer("hear", "{'new':true}");
    s_acked(SB_OK);
    s_deliver(SLACK_EVENTS_API, 2, SAY("yes")); /* late: when it was said matters */
    assert_non_null(strstr(world_body("hear"), "'at_ms':1600000000500"));
    world_answer("hear", "{'new':false}");
    s_acked(SB_OK);
}

/* The store may only be starting again: Slack waits for 3 s. */
static void what_is_not_stored_is_tried_again(void **state)
{
    (void)state;
    s_deliver(SLACK_EVENTS_API, 0, SAY("yes"));
    world_refuse("person.list", SB_ETIMEOUT);
    assert_int_equal(s_it.ack, NOT_YET);
    world_advance(SLACK_EAR_AGAIN_MS);
    world_answer("person.list", "{'people':[{'id':'ann'}]}");
    world_refuse("hear", SB_ETIMEOUT);
    assert_int_equal(s_it.ack, NOT_YET);
    world_advance(SLACK_EAR_AGAIN_MS);
    world_refuse("hear", SB_ERETRY);
    world_advance(SLACK_EAR_AGAIN_MS);
    assert_non_null(strstr(world_body("hear"), "'event':'slack:D1:1600000000.5'"));
    world_answer("hear", "{'new':false}");
    s_acked(SB_OK);
    assert_int_equal(s_stat("hears_again"), 3);
}

static void what_is_not_stored_is_not_acknowledged(void **state)
{
    (void)state;
    s_deliver(SLACK_EVENTS_API, 0, SAY("yes"));
    world_answer("person.list", "{'people':[{'id':'ann'}]}");
    int attempts = 0;
    for (; s_it.ack == NOT_YET && attempts < 100; attempts++) {
        world_refuse("hear", SB_ETIMEOUT);
        world_advance(SLACK_EAR_AGAIN_MS);
    }
    s_acked(SB_ETIMEOUT);
    assert_in_range(attempts, CHAT_HEAR_MS / SLACK_EAR_AGAIN_MS - 1,
                    CHAT_HEAR_MS / SLACK_EAR_AGAIN_MS + 1);
    s_deliver(SLACK_EVENTS_API, 0, SAY("yes"));
    world_refuse("hear", SB_EINVALID); /* it would come again and again */
    s_acked(SB_OK);
    s_deliver(SLACK_EVENTS_API, 0, SAY("yes"));
    world_refuse("hear", SB_ERETRY);
    assert_int_equal(s_it.ack, NOT_YET);
    slack_ear_stop(s_it.ear);
    s_acked(SB_ERETRY);
    s_deliver(SLACK_EVENTS_API, 0, SAY("yes"));
    world_refuse("hear", SB_ERETRY);
    s_acked(SB_ERETRY);
}

static void a_button_is_an_answer(void **state)
{
    (void)state;
    s_deliver(SLACK_INTERACTIVE, 0,
              PRESS("D1", "person:U1", "'action_id':'no','value':'no:" HASH "'"));
    world_answer("person.list", "{'people':[{'id':'ann'}]}");
    assert_string_equal(world_body("hear"),
                        "{'event':'slack:U1:D1:5.5:no:6.6','person':'ann','kind':'button','text':"
                        "null,'value':'no:" HASH "','message':'D1:5.5','at_ms':0}");
    world_answer("hear", "{'new':true}");
    s_acked(SB_OK);
    s_deliver(SLACK_INTERACTIVE, 0,
              PRESS("D1", "person:U2", "'action_id':'no','value':'no:" HASH "'"));
    s_acked(SB_OK);
    assert_string_equal(world_whispered(), "http://x/r That question was put to somebody else.");
}

static void a_dialog_is_an_answer_with_a_word(void **state)
{
    (void)state;
    s_deliver(SLACK_INTERACTIVE, 0,
              "{'type':'view_submission','user':{'id':'U1'},'view':{'id':'V1','callback_id':"
              "'answer','private_metadata':'D1:5.5 U1','state':{'values':{'answer':{'answer':{"
              "'selected_option':{'value':'unsure:" HASH "'}}},'comment':{'comment':{'value':"
              "'I travel'}}}}}}");
    world_answer("person.list", "{'people':[{'id':'ann'}]}");
    assert_string_equal(world_body("hear"),
                        "{'event':'slack:U1:V1','person':'ann','kind':'button','text':'I travel',"
                        "'value':'unsure:" HASH "','message':'D1:5.5','at_ms':0}");
    world_answer("hear", "{'new':true}");
    s_acked(SB_OK);
}

static void the_dialog_is_opened(void **state)
{
    (void)state;
    static const char press[] =
        "{'type':'block_actions','user':{'id':'U1'},'trigger_id':'t1','response_url':'http://x/r',"
        "'container':{'channel_id':'D1','message_ts':'5.5'},'message':{'blocks':[{'type':'actions',"
        "'block_id':'person:U1','elements':[{'value':'yes:" HASH "','text':{'text':'Yes'}}]}]},"
        "'actions':[{'block_id':'person:U1','action_ts':'6.6','action_id':'comment','value':"
        "'comment:" HASH "'}]}";
    s_deliver(SLACK_INTERACTIVE, 0, press);
    assert_int_equal(s_it.ack, SB_OK);
    assert_string_equal(world_arg("views.open", "trigger_id"), "t1");
    assert_non_null(strstr(world_arg("views.open", "view"), "D1:5.5 U1"));
    world_reply("views.open", "{}");
    s_deliver(SLACK_INTERACTIVE, 0, press);
    world_fail("views.open", SLACK_PERMANENT, "trigger_expired", SB_EINVALID);
    assert_string_equal(world_arg("chat.postMessage", "channel"), "D1");
    world_reply("chat.postMessage", "{}");
    s_deliver(SLACK_INTERACTIVE, 0, /* it was answered meanwhile */
              PRESS("D1", "person:U1", "'action_id':'comment','value':'comment:" HASH "'"));
    s_acked(SB_OK);
    assert_string_equal(world_whispered(), "http://x/r That question is closed already.");
}

#define ACK PRESS("C0TEAM", "team", "'action_id':'ack','value':'ack:" HASH "'")
#define CAROL "{'people':[{'id':'carol'}]}"

static void the_team_acts(void **state)
{
    (void)state;
    s_deliver(SLACK_INTERACTIVE, 0, ACK);
    world_answer("person.list", CAROL);
    assert_string_equal(world_arg("conversations.members", "channel"), "C0TEAM");
    world_reply("conversations.members", "{'members':['U0BOT','U1']}");
    assert_string_equal(world_body("hear"),
                        "{'event':'slack:U1:C0TEAM:5.5:ack:6.6','person':'carol','kind':'team',"
                        "'text':null,'value':'ack:" HASH "','message':'C0TEAM:5.5','at_ms':0}");
    world_refuse("hear", SB_ENOTFOUND); /* no such alert */
    s_acked(SB_OK);
    assert_non_null(strstr(world_whispered(), "isn't there any more"));
    s_deliver(SLACK_INTERACTIVE, 0,
              PRESS("C0OTHER", "team", "'action_id':'ack','value':'ack:" HASH "'"));
    s_acked(SB_OK);
}

static void nobody_else_acts(void **state)
{
    (void)state;
    s_deliver(SLACK_INTERACTIVE, 0, ACK); /* a bot, or somebody the directory does not know */
    world_answer("person.list", "{'people':[]}");
    world_fail("users.info", SLACK_PERMANENT, "user_not_visible", SB_ENOTFOUND);
    s_acked(SB_OK);
    assert_non_null(strstr(world_whispered(), "can't find you in my directory"));
    world_advance(60000);
    s_deliver(SLACK_INTERACTIVE, 0, ACK); /* somebody who is not in the channel */
    world_answer("person.list", CAROL);
    world_reply("conversations.members", "{'members':['U0BOT','U2']}");
    s_acked(SB_OK);
    assert_non_null(strstr(world_whispered(), "Only people who are in this channel"));
    assert_int_equal(s_stat("team_outsiders"), 1);
}

/* Who can't be judged does nothing, and knows it. */
static void a_press_that_can_not_be_judged_is_told(void **state)
{
    (void)state;
    s_deliver(SLACK_INTERACTIVE, 0, ACK);
    world_answer("person.list", CAROL);
    world_advance(SLACK_TEAM_WAIT_MS);
    assert_int_equal(s_it.ack, SB_OK);
    assert_non_null(strstr(world_whispered(), "press again in a moment"));
    world_reply("conversations.members", "{'members':['U1']}"); /* late, but then it is known */
    s_deliver(SLACK_INTERACTIVE, 0, ACK);
    world_answer("hear", "{'new':true}");
    s_acked(SB_OK);
    world_advance(SLACK_TEAM_MS);
    s_deliver(SLACK_INTERACTIVE, 0, ACK);
    world_fail("conversations.members", SLACK_RETRY, "http_502", SB_ERETRY);
    s_acked(SB_OK);
    assert_int_equal(s_stat("team_unjudged"), 2);
    world_advance(SLACK_TEAM_AGAIN_MS);
    s_deliver(SLACK_INTERACTIVE, 0, ACK); /* chatd ends: another one is to hear it */
    slack_ear_stop(s_it.ear);
    slack_team_stop(s_it.team);
    assert_int_equal(s_it.ack, SB_ERETRY);
}

static void an_alert_is_given_to_somebody(void **state)
{
    (void)state;
    static const char give[] = "'action_id':'give:" HASH "','selected_user':'U2'";
    char json[1024];
    (void)snprintf(json, sizeof json, PRESS("C0TEAM", "team", "%s"), give);
    s_deliver(SLACK_INTERACTIVE, 0, json);
    world_answer("person.list", CAROL);
    world_reply("conversations.members", "{'members':['U1']}");
    assert_string_equal(world_body("person.list"), "{'chat_id':'U2'}");
    world_answer("person.list", "{'people':[{'id':'dave'}]}");
    assert_non_null(strstr(world_body("hear"), "'person':'carol','kind':'team'"));
    assert_non_null(strstr(world_body("hear"), "'value':'assign:" HASH ":dave'"));
    world_refuse("hear", SB_ERETRY);
    world_advance(SLACK_EAR_AGAIN_MS); /* and the same once more */
    assert_non_null(strstr(world_body("hear"), "'value':'assign:" HASH ":dave'"));
    world_answer("hear", "{'new':true}");
    s_acked(SB_OK);
    s_deliver(SLACK_INTERACTIVE, 0, json);
    assert_true(world_store_asks("hear")); /* all are remembered */
    world_answer("hear", "{'new':false}");
    s_acked(SB_OK);
}

static void strangers_are_told_so(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        s_deliver(SLACK_EVENTS_API, 0, SAY("hello"));
        if (i == 0) {
            world_answer("person.list", "{'people':[]}");
            world_fail("users.info", SLACK_PERMANENT, "user_not_found", SB_ENOTFOUND);
            assert_string_equal(world_arg("chat.postMessage", "channel"), "D1");
            world_reply("chat.postMessage", "{}");
        }
        s_acked(SB_OK); /* and not each time */
    }
}

static void commands_are_answered(void **state)
{
    (void)state;
    s_deliver(SLACK_SLASH_COMMANDS, 0, COMMAND(" HELP "));
    s_acked(SB_OK);
    assert_non_null(strstr(world_whispered(), "/securitybot mutes  what you are not asked about"));
    s_deliver(SLACK_SLASH_COMMANDS, 0, COMMAND("status"));
    assert_int_equal(s_it.ack, SB_OK);
    world_answer("person.list", "{'people':[{'id':'ann'}]}");
    assert_string_equal(world_body("person.view"), "{'person':'ann'}");
    world_answer("person.view",
                 "{'person':{'id':'ann'},'open':{'title':'new <key>','hash':'" HASH
                 "','description':"
                 "'a key'},'deadline_ms':0,'recent':[{'title':'sudo','hash':'" HASH "','outcome':"
                 "'denied'}],'mutes':[]}");
    s_acked(SB_OK);
    assert_string_equal(world_whispered(), /* screen readers read nothing else */
                        "http://x/r new &lt;key&gt;  5e4284\na key\n\nPlease answer by Thu 1 Jan "
                        "1970, 00:00 UTC, in the messages to me.\nThe last one was about sudo: not "
                        "you; with the security team +");
    s_deliver(SLACK_SLASH_COMMANDS, 0, COMMAND("mutes"));
    world_answer("person.view",
                 "{'person':{'id':'ann'},'mutes':[{'title':'sudo'},{'title':'key','until_ms':0}]}");
    s_acked(SB_OK);
    assert_string_equal(world_whispered(),
                        "http://x/r sudo\nkey  until Thu 1 Jan 1970, 00:00 UTC +");
    s_deliver(SLACK_SLASH_COMMANDS, 0, COMMAND("mutes"));
    world_refuse("person.view", SB_ERETRY);
    s_acked(SB_OK);
    assert_non_null(strstr(world_whispered(), "try again"));
}

static void other_commands_are_the_bots(void **state)
{
    (void)state;
    s_deliver(SLACK_SLASH_COMMANDS, 0, COMMAND("ignore last 1h"));
    world_answer("person.list", "{'people':[{'id':'ann'}]}");
    assert_string_equal(world_body("hear"),
                        "{'event':'slack:/:1.2.a','person':'ann','kind':'text','text':'ignore last "
                        "1h','value':null,'message':null,'at_ms':0}");
    assert_int_equal(s_it.ack, NOT_YET);
    world_answer("hear", "{'new':true}");
    s_acked(SB_OK);
    assert_non_null(strstr(world_whispered(), "in the messages to me"));
}

static void changes_of_members_are_told_first(void **state)
{
    (void)state;
    static const char change[] =
        "{'event':{'type':'user_change','user':{'id':'U1','name':'ann','profile':{}}}}";
    s_deliver(SLACK_EVENTS_API, 0, change);
    assert_int_equal(s_it.ack, NOT_YET);
    world_answer("person.sync", "{'at_ms':1}");
    s_acked(SB_OK);
    s_deliver(SLACK_EVENTS_API, 0, change);
    world_refuse("person.sync", SB_ERETRY);
    s_acked(SB_ERETRY);
    s_deliver(SLACK_EVENTS_API, 0, change);
    world_refuse("person.sync", SB_EINVALID);
    s_acked(SB_OK);
}

static void the_home_page_is_drawn(void **state)
{
    (void)state;
    static const char look[] = "{'event':{'type':'app_home_opened','user':'U1','tab':'home'}}";
    s_deliver(SLACK_EVENTS_API, 0, look);
    assert_int_equal(s_it.ack, SB_OK);
    world_answer("person.list", "{'people':[{'id':'ann'}]}");
    world_answer("person.view", "{'person':{'id':'ann'},'open':null,'recent':[],'mutes':[]}");
    assert_string_equal(world_arg("views.publish", "user_id"), "U1");
    slack_pages_changed(s_it.pages, "U1"); /* meanwhile */
    world_reply("views.publish", "{}");
    assert_int_equal(world_open() + world_store_open(), 0);
    world_advance(SLACK_PAGES_MS);
    world_answer("person.view", "{'person':null}");
    assert_non_null(strstr(world_arg("views.publish", "view"), "my directory"));
    world_fail("views.publish", SLACK_PERMANENT, "not_enabled", SB_EINVALID);
    slack_pages_changed(s_it.pages, "U1");
    slack_pages_changed(s_it.pages, "U1");
    s_deliver(SLACK_EVENTS_API, 0, look);
    assert_int_equal(world_open() + world_store_open(), 0); /* not so often */
    world_advance(SLACK_PAGES_MS);
    world_refuse("person.view", SB_ERETRY);
    slack_pages_changed(s_it.pages, "U2"); /* who never looked */
    world_advance(SLACK_PAGES_MS);
    assert_int_equal(world_open() + world_store_open(), 0);
}

static void nothing_is_acknowledged_at_once(void **state)
{
    (void)state;
    s_deliver(SLACK_EVENTS_API, 0, "{'type':'app_rate_limited'}");
    s_acked(SB_OK);
    s_deliver(SLACK_EVENTS_API, 0, "{'event':{'type':'tokens_revoked'}}");
    s_acked(SB_OK);
    s_deliver(SLACK_INTERACTIVE, 0, "{}");
    s_acked(SB_OK);
}

static void what_is_for_others_is_ignored(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        slack_kind_t kind;
        const char *enterprise; /* ours */
        const char *json;
        bool foreign;
    } rows[] = {
        {"an event",             SLACK_EVENTS_API,     "",   "{'team_id':'T2'}",                            true },
        {"with an organization", SLACK_EVENTS_API,     "E1", "{'team_id':'T2'}",                            true },
        {"of another one",       SLACK_EVENTS_API,     "E1", "{'team_id':'T2','enterprise_id':'E2'}",       true },
        {"of another's app",     SLACK_EVENTS_API,     "",
         "{'team_id':'T2','authorizations':[{'team_id':'T3'}]}",                                            true },
        {"a press",              SLACK_INTERACTIVE,    "",   "{'type':'block_actions','team':{'id':'T2'}}", true },
        {"a command",            SLACK_SLASH_COMMANDS, "",   "{'command':'/securitybot','team_id':'T2'}",   true },
        {"ours",                 SLACK_EVENTS_API,     "",   "{'team_id':'T1'}",                            false},
        {"no team",              SLACK_INTERACTIVE,    "",   "{'type':'block_actions','team':null}",        false},
        {"our organization",     SLACK_EVENTS_API,     "E1", "{'team_id':'T2','enterprise_id':'E1'}",
         false                                                                                                   },
        {"likewise",             SLACK_INTERACTIVE,    "E1",
         "{'type':'block_actions','team':{'id':'T2'},'enterprise':{'id':'E1'}}",                            false},
        {"authorized for us",    SLACK_EVENTS_API,     "",
         "{'team_id':'T2','authorizations':[{'team_id':'T3'},{'team_id':'T1'}]}",                           false},
    };
    int64_t foreign = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        slack_ear_place(s_it.ear, "T1", rows[i].enterprise);
        s_deliver(rows[i].kind, 0, rows[i].json);
        s_acked(SB_OK);
        foreign += rows[i].foreign ? 1 : 0;
        if (s_stat("deliveries_foreign") != foreign) {
            fail_msg("%s", rows[i].name);
        }
    }
    s_deliver(SLACK_EVENTS_API, 0, "{'team_id':'T2'," SAID("yes") "}");
    s_acked(SB_OK); /* nothing of it is stored */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_typed_is_stored_first),
        CASE(what_is_not_stored_is_tried_again),
        CASE(what_is_not_stored_is_not_acknowledged),
        CASE(a_button_is_an_answer),
        CASE(a_dialog_is_an_answer_with_a_word),
        CASE(the_dialog_is_opened),
        CASE(the_team_acts),
        CASE(nobody_else_acts),
        CASE(a_press_that_can_not_be_judged_is_told),
        CASE(an_alert_is_given_to_somebody),
        CASE(strangers_are_told_so),
        CASE(commands_are_answered),
        CASE(other_commands_are_the_bots),
        CASE(changes_of_members_are_told_first),
        CASE(the_home_page_is_drawn),
        CASE(nothing_is_acknowledged_at_once),
        CASE(what_is_for_others_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
