/* slack_team_test.c: who is in the reporting channel, as lately as it must be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "services/chatd/slack_team.h"
#include "tests/unit/chatd/slack_world.h"

#define MEMBERS "conversations.members"

static struct {
    slack_team_t *team;
    char said[16]; /* of each answer, in order: y, n, ? */
} s_it;

static void s_on_known(void *arg, int code, bool member, const sb_err_t *err)
{
    assert_ptr_equal(arg, &s_it);
    assert_true(!code || err->text[0]);
    assert_true(!code || !member);
    const size_t len = strlen(s_it.said);
    assert_true(len + 1 < sizeof s_it.said);
    s_it.said[len] = code ? '?' : member ? 'y' : 'n';
    s_it.said[len + 1] = '\0';
}

static int set_up(void **state)
{
    (void)state;
    memset(&s_it, 0, sizeof s_it);
    s_it.team = slack_team_new(chat_host_loop(world_host()), world_api(), "C0TEAM");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    slack_team_stop(s_it.team);
    world_reset();
    slack_team_destroy(&s_it.team);
    return 0;
}

static void s_ask(const char *user)
{
    slack_team_ask(s_it.team, user, s_on_known, &s_it);
}

static void s_said(const char *want)
{
    assert_string_equal(s_it.said, want);
    s_it.said[0] = '\0';
}

static void reads_all_pages_and_remembers(void **state)
{
    (void)state;
    s_ask("U1");
    s_ask("U3");
    s_ask("U9");
    s_said("");
    assert_string_equal(world_arg(MEMBERS, "channel"), "C0TEAM");
    assert_string_equal(world_arg(MEMBERS, "cursor"), "");
    world_reply(MEMBERS, "{'members':['U1','U2'],'response_metadata':{'next_cursor':'c='}}");
    assert_string_equal(world_arg(MEMBERS, "cursor"), "c=");
    s_said("");
    world_reply(MEMBERS, "{'members':['U3',7],'response_metadata':{'next_cursor':''}}");
    s_said("nyy"); /* the last one first */
    s_ask("U2");
    s_said("y");
    assert_int_equal(world_open(), 0);
}

static void reads_again_for_whom_it_does_not_know(void **state)
{
    (void)state;
    s_ask("U1");
    world_reply(MEMBERS, "{'members':['U1']}");
    s_ask("U2"); /* not at once */
    s_said("yn");
    assert_int_equal(world_open(), 0);
    world_advance(SLACK_TEAM_AGAIN_MS);
    s_ask("U2");
    s_ask("U1"); /* who is known does not wait for it */
    s_said("y");
    world_reply(MEMBERS, "{'members':['U2']}");
    s_said("y");
    s_ask("U1"); /* gone */
    s_said("n");
}

static void what_is_old_does_not_count(void **state)
{
    (void)state;
    s_ask("U1");
    world_reply(MEMBERS, "{'members':['U1']}");
    world_advance(SLACK_TEAM_MS - 1);
    s_ask("U1");
    s_said("yy");
    world_advance(1);
    s_ask("U1");
    world_reply(MEMBERS, "{'members':[]}");
    s_said("n");
}

static void fails_closed(void **state)
{
    (void)state;
    s_ask("U1");
    world_advance(SLACK_TEAM_WAIT_MS);
    s_said("?");
    s_ask("U1"); /* of the same reading */
    world_fail(MEMBERS, SLACK_PERMANENT, "missing_scope", SB_ERETRY);
    s_said("?");
    s_ask("U1"); /* Slack is not asked more often than that */
    s_said("?");
    assert_int_equal(world_open(), 0);
    world_advance(SLACK_TEAM_AGAIN_MS);
    s_ask("U1");
    slack_team_stop(s_it.team);
    s_said("?");
    s_ask("U1");
    s_said("?");
    world_reply(MEMBERS, "{'members':['U1']}"); /* too late */
}

static void a_channel_has_a_limit(void **state)
{
    (void)state;
    s_ask("U1");
    for (int page = 0; world_asks(MEMBERS) && page < 100; page++) {
        sb_buf_t json = sb_buf(64 * 1024);
        sb_buf_puts(&json, "{'response_metadata':{'next_cursor':'more'},'members':[");
        for (int i = 0; i < SLACK_TEAM_PAGE; i++) {
            sb_buf_printf(&json, "%s'U%d'", i ? "," : "", page * SLACK_TEAM_PAGE + i);
        }
        sb_buf_puts(&json, "]}");
        world_reply(MEMBERS, sb_buf_text(&json));
        sb_buf_free(&json);
    }
    s_said("?");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(reads_all_pages_and_remembers), CASE(reads_again_for_whom_it_does_not_know),
        CASE(what_is_old_does_not_count),    CASE(fails_closed),
        CASE(a_channel_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
