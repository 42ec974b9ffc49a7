/* slack_text_test.c: what goes out can't mean more than it says; what comes in is read as it was
 * seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/chatd/slack_text.h"

typedef char *(convert_fn)(const char *text, size_t max);

typedef struct {
    const char *name;
    convert_fn *convert;
    const char *text;
    size_t max;
    const char *want;
} out_row_t;

static const out_row_t s_out_rows[] = {
    {"line: as it is",             slack_text_line,   "a new key",                        20, "a new key"                   },
    {"line: empty",                slack_text_line,   "",                                 20, ""                            },
    {"line: breaks and tabs",      slack_text_line,
     "\na\r\nb\tc\xe2\x80\xa8"
     "d\n",                                                                               20, "a b c d"                     },
    {"line: exactly full",         slack_text_line,   "12345",                            5,  "12345"                       },
    {"line: one too many",         slack_text_line,   "123456",                           5,  "1234\xe2\x80\xa6"            },
    {"line: cut on a character",   slack_text_line,   "12\xc3\xa4\xc3\xb6\xc3\xbc",       4,
     "12\xc3\xa4\xe2\x80\xa6"                                                                                               },
    {"line: astral counts twice",  slack_text_line,   "\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 4,
     "\xf0\x9f\x98\x80\xf0\x9f\x98\x80"                                                                                     },
    {"line: astral cut",           slack_text_line,   "\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 3,
     "\xf0\x9f\x98\x80\xe2\x80\xa6"                                                                                         },
    {"line: control",              slack_text_line,   "a\x01\x7f\xc2\x85z",               20, "a z"                         },
    {"line: bidi",                 slack_text_line,
     "a\xe2\x80\xae"
     "b\xe2\x81\xa6"
     "c\xd8\x9c",                                                                         20, "abc"                         },
    {"line: zero width",           slack_text_line,
     "a\xe2\x80\x8b"
     "b\xef\xbb\xbf",                                                                     20, "ab"                          },
    {"line: emoji joiner stays",   slack_text_line,   "\xe2\x80\x8d",                     20, "\xe2\x80\x8d"                },
    {"line: broken utf-8",         slack_text_line,   "a\xff\xc3(\xe2\x82",               20, "a("                          },
    {"line: nothing is a mention", slack_text_line,   "<!channel> & <@U1>",               20, "<!channel> & <@U1>"          },
    {"plain: breaks stay",         slack_text_plain,  "\n a\r\n\r\nb \n\n",               20, "a\n\nb"                      },
    {"escape",                     slack_text_escape, "<!channel> & \"x\"",               40, "&lt;!channel&gt; &amp; \"x\""},
    {"escape: entities too",       slack_text_escape, "&lt;@U1&gt;",                      40, "&amp;lt;@U1&amp;gt;"         },
    {"escape: never cut within",   slack_text_escape, "abc&",                             5,  "abc\xe2\x80\xa6"             },
    {"escape: fits",               slack_text_escape, "abc&",                             8,  "abc&amp;"                    },
    {"mrkdwn: quotation",          slack_text_mrkdwn, "a\n> b <c>\nd > e",                40, "a\n> b &lt;c&gt;\nd &gt; e"  },
    {"mrkdwn: no quotation",       slack_text_mrkdwn, ">a\n>b",                           40, "&gt;a\n&gt;b"                },
    {"mrkdwn: code",               slack_text_mrkdwn, "say `<help>`",                     40, "say `&lt;help&gt;`"          },
    {"mrkdwn: empty code",         slack_text_mrkdwn, "a: `` (x)\n> b ``\n``\nc",         40,
     "a:  (x)\n> b ``\n\nc"                                                                                                 },
    {"mrkdwn: channel",            slack_text_mrkdwn, "> <!here>",                        40, "> &lt;!here&gt;"             },
};

static void s_test_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_out_rows / sizeof s_out_rows[0]; i++) {
        const out_row_t *row = &s_out_rows[i];
        char *got = row->convert(row->text, row->max);
        if (strcmp(got, row->want) != 0) {
            fail_msg("%s: got \"%s\", want \"%s\"", row->name, got, row->want);
        }
        free(got);
    }
}

typedef struct {
    const char *name;
    const char *text;
    const char *want; /* JSON, ' for " */
} rich_row_t;

#define SECTION(inside) "{'type':'rich_text_section','elements':[" inside "]}"
#define QUOTATION(inside) "{'type':'rich_text_quote','elements':[" inside "]}"
#define TEXT(text) "{'type':'text','text':'" text "'}"
#define CODE(text) "{'type':'text','text':'" text "','style':{'code':true}}"

static const rich_row_t s_rich_rows[] = {
    {"empty",                              "",                                    "[]"                                                           },
    {"blank",                              " \n \n",                              "[]"                                                           },
    {"words",                              "Hi <!channel> *there*",               "[" SECTION(TEXT("Hi <!channel> *there*")) "]"                 },
    {"code",                               "say `help` now",                      "[" SECTION(TEXT("say ") "," CODE("help") "," TEXT(" now")) "]"},
    {"a single backtick",                  "5` and",                              "[" SECTION(TEXT("5` and")) "]"                                },
    {"an empty pair",                      "a `` b",                              "[" SECTION(TEXT("a  b")) "]"                                  },
    {"an empty pair in a quotation",       "> a `` b",                            "[" QUOTATION(TEXT("a `` b")) "]"                              },
    {"a fence",                            "a ``` b",                             "[" SECTION(TEXT("a ``` b")) "]"                               },
    {"code over lines is none",            "a `b\nc` d",                          "[" SECTION(TEXT("a `b\\nc` d")) "]"                           },
    {"lines",                              "a\n\nb",                              "[" SECTION(TEXT("a\\n\\nb")) "]"                              },
    {"quotation",                          "why:\n> from <@U1>\n> at `x`\n\nok?",
     "[" SECTION(TEXT("why:")) "," QUOTATION(TEXT("from <@U1>\\nat ") "," CODE("x")) "," SECTION(
         TEXT("ok?")) "]"                                                                                                                        },
    {"an empty quotation is a blank line", "a\n> \nb\n> c\n> \n> d",
     "[" SECTION(TEXT("a\\n\\nb")) "," QUOTATION(TEXT("c\\n\\nd")) "]"                                                                           },
    {"a break behind code",                "`a`\nb",                              "[" SECTION(CODE("a") "," TEXT("\\nb")) "]"                    },
};

static void s_test_rich(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_rich_rows / sizeof s_rich_rows[0]; i++) {
        const rich_row_t *row = &s_rich_rows[i];
        char *want = sb_strdup(row->want);
        for (char *p = want; *p; p++) {
            *p = *p == '\'' ? '"' : *p;
        }
        cJSON *rich = slack_text_rich(row->text, 100);
        cJSON *wanted = cJSON_Parse(want);
        assert_non_null(wanted);
        if (!cJSON_Compare(rich, wanted, true)) {
            char *got = sb_json_print(rich);
            fail_msg("%s: got %s, want %s", row->name, got, want);
        }
        cJSON_Delete(wanted);
        free(want);
        cJSON_Delete(rich);
    }
}

/* Foreign text can't make a message grow without end. */
static void s_test_rich_runs(void **state)
{
    (void)state;
    char text[2401] = "";
    for (size_t i = 0; i < 2400; i++) {
        text[i] = "`a` "[i % 4];
    }
    cJSON *rich = slack_text_rich(text, SLACK_SECTION_MAX);
    const cJSON *elements = cJSON_GetObjectItemCaseSensitive(rich->child, "elements");
    assert_int_equal(cJSON_GetArraySize(elements), SLACK_RUNS_MAX);
    cJSON_Delete(rich);
}

typedef struct {
    const char *name;
    const char *url;
    bool want;
} url_row_t;

static const url_row_t s_url_rows[] = {
    {"https",          "https://siem.example.com/alerts/1?a=b&c=d#e", true },
    {"http",           "http://x",                                    true },
    {"nothing behind", "https://",                                    false},
    {"no scheme",      "siem.example.com",                            false},
    {"script",         "javascript:alert(1)",                         false},
    {"slack's own",    "slack://channel",                             false},
    {"blank",          "https://a b",                                 false},
    {"bar",            "https://a|b",                                 false},
    {"angle",          "https://a>b",                                 false},
    {"not ascii",      "https://\xc3\xa4",                            false},
    {"break",          "https://a\nb",                                false},
};

static void s_test_url(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_url_rows / sizeof s_url_rows[0]; i++) {
        const url_row_t *row = &s_url_rows[i];
        if (slack_text_is_url(row->url) != row->want) {
            fail_msg("%s: %s", row->name, row->want ? "is one" : "is none");
        }
        cJSON *into = slack_rich_section();
        slack_rich_add_url(into, row->url);
        const cJSON *element = cJSON_GetObjectItemCaseSensitive(into, "elements")->child;
        const char *type = cJSON_GetObjectItemCaseSensitive(element, "type")->valuestring;
        assert_string_equal(type, row->want ? "link" : "text");
        cJSON_Delete(into);
    }
}

typedef struct {
    const char *name;
    const char *text;
    const char *want;
} read_row_t;

static const read_row_t s_read_rows[] = {
    {"empty",                       "",                                            ""                               },
    {"plain",                       "yes, it was me",                              "yes, it was me"                 },
    {"entities",                    "a &lt; b &amp;&amp; c &gt; d",                "a < b && c > d"                 },
    {"not decoded twice",           "&amp;lt;",                                    "&lt;"                           },
    {"a lone ampersand",            "Q&A &quot;",                                  "Q&A &quot;"                     },
    {"typed reference",             "&lt;@U1&gt;",                                 "<@U1>"                          },
    {"link",                        "see <https://x.example/a?b=1&amp;c=2>",       "see https://x.example/a?b=1&c=2"},
    {"link that was typed short",   "<http://x.example|x.example>",                "x.example"                      },
    {"link with a name",            "<https://x.example|my laptop>",               "my laptop (https://x.example)"  },
    {"link that lies",              "<https://evil.example|https://good.example>",
     "https://good.example (https://evil.example)"                                                                  },
    {"mail",                        "<mailto:a@b.example|a@b.example>",            "a@b.example"                    },
    {"mail without a label",        "<mailto:a@b.example>",                        "a@b.example"                    },
    {"phone",                       "<tel:+49123|+49123>",                         "+49123"                         },
    {"person",                      "<@U012AB> did",                               "@U012AB did"                    },
    {"person with a name",          "<@U012AB|bob> did",                           "@bob did"                       },
    {"channel",                     "in <#C1|general>",                            "in #general"                    },
    {"channel without a name",      "in <#C1> or <#C2|>",                          "in #C1 or #C2"                  },
    {"here",                        "<!here> <!channel> <!everyone|everyone>",     "@here @channel @everyone"       },
    {"group",                       "<!subteam^S1|@ops>",                          "@ops"                           },
    {"group without a name",        "<!subteam^S1>",                               "@S1"                            },
    {"date",                        "<!date^1392734382^{date}|Feb 18>",            "Feb 18"                         },
    {"never closed",                "a <b",                                        "a <b"                           },
    {"empty reference",             "<>",                                          "<>"                             },
    {"nested",                      "<a<@U1>",                                     "<a@U1"                          },
    {"only a bar",                  "<|>",                                         ""                               },
    {"only a sign",                 "<@><#><!>",                                   "@#@"                            },
    {"emoji and smart quotes stay", ":thumbsup: \xe2\x80\x9cno\xe2\x80\x9d",
     ":thumbsup: \xe2\x80\x9cno\xe2\x80\x9d"                                                                        },
    {"cut on a character",          "1234567890123\xc3\xa4\xc3\xa4\xc3\xa4",       "1234567890123\xe2\x80\xa6"      },
};

static void s_test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_read_rows / sizeof s_read_rows[0]; i++) {
        const read_row_t *row = &s_read_rows[i];
        const size_t max = strncmp(row->name, "cut", 3) == 0 ? 17 : 100;
        char *got = slack_text_read(row->text, max);
        if (strcmp(got, row->want) != 0) {
            fail_msg("%s: got \"%s\", want \"%s\"", row->name, got, row->want);
        }
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(s_test_out),       cmocka_unit_test(s_test_rich),
        cmocka_unit_test(s_test_rich_runs), cmocka_unit_test(s_test_url),
        cmocka_unit_test(s_test_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
