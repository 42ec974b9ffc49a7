/* words_test.c: commands as they are typed, on keyboards and on phones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "services/botd/words.h"

typedef struct {
    const char *text;
    const char *want; /* name|arg|arg, with a + at the end if there was more */
} row_t;

static const row_t s_rows[] = {
    {"command",                                                             "command"                         },
    {"COMMAND",                                                             "command"                         },
    {"  command  ",                                                         "command"                         },
    {"command text",                                                        "command|text"                    },
    {"command unquoted text",                                               "command|unquoted|text"           },
    {"command \"quoted text\"",                                             "command|quoted text"             },
    {"command 'quoted text' more",                                          "command|quoted text|more"        },
 /* Punctuation around the first word. */
    {"command.",                                                            "command"                         },
    {"command,",                                                            "command"                         },
    {"command!",                                                            "command"                         },
    {"command?",                                                            "command"                         },
    {"'command'",                                                           "command"                         },
    {"\"command\"",                                                         "command"                         },
    {"`command`",                                                           "command"                         },
    {"*command*",                                                           "command"                         },
    {"command\u2026",                                                       "command"                         },
    {"\u201ccommand\u201d",                                                 "command"                         },
    {"...command!?",                                                        "command"                         },
    {"com.mand",                                                            "com.mand"                        },
 /* Natural language. */
    {"command With some language.",                                         "command|With|some|language."     },
    {"command I'm cool.",                                                   "command|I'm|cool."               },
    {"command it's Bob's",                                                  "command|it's|Bob's"              },
    {"command I\u2019m",                                                    "command|I'm"                     },
    {"command \"never closed",                                              "command|\"never|closed"          },
    {"command \"a\"b c\"",                                                  "command|a\"b c"                  },
    {"command \"\"",                                                        "command|"                        },
 /* What phones make of quotes and dashes. */
    {"command \u2014flag",                                                  "command|--flag"                  },
    {"command \u2013flag",                                                  "command|--flag"                  },
    {"command -flag",                                                       "command|-flag"                   },
    {"command \u201cquoted text\u201d",                                     "command|quoted text"             },
    {"command \u2018quoted text\u2019",                                     "command|quoted text"             },
 /* Blanks of any kind. */
    {"command\ttext\n more\u00a0and\u2003more",                             "command|text|more|and|more"      },
 /* Nothing. */
    {"",                                                                    ""                                },
    {"   ",                                                                 ""                                },
    {"?!",                                                                  ""                                },
    {"\U0001f600",                                                          "\U0001f600"                      },
 /* Too much. */
    {"c 1 2 3 4 5 6 7 8",                                                   "c|1|2|3|4|5|6|7|8"               },
    {"c 1 2 3 4 5 6 7 8 9",                                                 "c|1|2|3|4|5|6|7|8+"              },
    {"c 1234567890123456789012345678901234567890123456789012345678901234",
     "c|1234567890123456789012345678901234567890123456789012345678901234"                                     },
    {"c 12345678901234567890123456789012345678901234567890123456789012345", "c+"                              },
    {"12345678901234567890123456789012",                                    "12345678901234567890123456789012"},
    {"123456789012345678901234567890123",                                   ""                                },
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        words_t words;
        words_parse(s_rows[i].text, &words);
        char got[1024];
        size_t len = (size_t)snprintf(got, sizeof got, "%s", words.name);
        for (size_t arg = 0; arg < words.args_len; arg++) {
            len += (size_t)snprintf(got + len, sizeof got - len, "|%s", words.args[arg]);
        }
        (void)snprintf(got + len, sizeof got - len, "%s", words.over ? "+" : "");
        if (strcmp(got, s_rows[i].want) != 0) {
            fail_msg("\"%s\": got %s, want %s", s_rows[i].text, got, s_rows[i].want);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
