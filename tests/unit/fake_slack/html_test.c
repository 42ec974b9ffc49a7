/* html_test.c: nothing that an app says gets into a page as HTML of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/support/fake/args.h"
#include "tests/support/fake_slack/html.h"

static people_t *s_people(void)
{
    people_t *people = people_new();
    const char *why = NULL;
    user_fields_t fields = USER_FIELDS_NONE;
    fields.id = "U1";
    fields.name = "ann";
    fields.real_name = "Ann <i>";
    assert_non_null(people_add(people, &fields, 0, &why));
    return people;
}

static void test_mrkdwn(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *html;
    } rows[] = {
        {"*b* _i_ ~s~ `c`",         "<b>b</b> <i>i</i> <s>s</s> <code>c</code>"                               },
        {"2*3*4 snake_case_name",   "2*3*4 snake_case_name"                                                   },
        {"* not *",                 "* not *"                                                                 },
        {"*_both_*",                "<b><i>both</i></b>"                                                      },
        {"a &lt; b",                "a &lt; b"                                                                },
        {"<b> \"x\"",               "&lt;b&gt; &quot;x&quot;"                                                 },
        {"<javascript:x()|y>",      "&lt;javascript:x()|y&gt;"                                                },
        {"`a<b`",                   "<code>a&lt;b</code>"                                                     },
        {"a\nb",                    "a<br>b"                                                                  },
        {"&gt; q\n> r",             "<blockquote> q</blockquote><blockquote> r</blockquote>"                  },
        {"```\nx\n```\ny",          "<pre>x\n</pre>y"                                                         },
        {"<https://x/\"|a \"b\">",
         "<a rel=noreferrer href=\"https://x/&quot;\">a &quot;b&quot;</a>"                                    },
        {"<@U1> <@U2>",             "<span class=mention>@Ann &lt;i&gt;</span> <span class=mention>@U2</span>"},
        {"<!date^1^{date}|to<day>", "to&lt;day"                                                               },
        {"<#C1|general>",           "<span class=mention>#C1</span>"                                          },
        {"<",                       "&lt;"                                                                    },
    };
    people_t *people = s_people();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_buf_t out = sb_buf(10000);
        html_mrkdwn(&out, people, rows[i].text);
        assert_string_equal(sb_buf_text(&out), rows[i].html);
        sb_buf_free(&out);
    }
    people_destroy(&people);
}

static void test_blocks(void **state)
{
    (void)state;
    static const char text[] =
        "[{\"type\":\"header\",\"text\":{\"type\":\"plain_text\",\"text\":\"<h>\"}},"
        "{\"type\":\"divider\"},"
        "{\"type\":\"context\",\"elements\":[{\"type\":\"mrkdwn\",\"text\":\"*c*\"}]},"
        "{\"type\":\"actions\",\"block_id\":\"b\\\"\",\"elements\":[{\"type\":\"button\","
        "\"action_id\":\"a\",\"style\":\"primary\",\"text\":{\"type\":\"plain_text\",\"text\":\"Y&"
        "N\"}}]},"
        "{\"type\":\"new\",\"text\":\"<x>\"}]";
    people_t *people = s_people();
    cJSON *blocks = json_value(text);
    assert_non_null(blocks);
    sb_buf_t out = sb_buf(10000);
    html_blocks(&out, people, blocks, "<form id=f>");
    assert_string_equal(sb_buf_text(&out),
                        "<h2>&lt;h&gt;</h2><hr><div class=context><span><b>c</b></span></div>"
                        "<div class=actions><form id=f>"
                        "<input type=hidden name=block_id value=\"b&quot;\">"
                        "<input type=hidden name=action_id value=\"a\">"
                        "<button class=\"primary\">Y&amp;N</button></form></div>&lt;x&gt;");
    sb_buf_free(&out);
    cJSON_Delete(blocks);
    people_destroy(&people);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mrkdwn),
        cmocka_unit_test(test_blocks),
    };
    return cmocka_run_group_tests_name("fake_slack_html", tests, NULL, NULL);
}
