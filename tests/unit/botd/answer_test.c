/* answer_test.c: what is taken for a yes, a no, a code, and what is asked again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "services/botd/answer.h"

#define Y ANSWER_YES
#define N ANSWER_NO
#define U ANSWER_UNCLEAR
#define S ANSWER_UNSURE
#define H ANSWER_HELP
#define O ANSWER_NONE
#define SAME (-1)

static const struct {
    const char *text;
    answer_kind_t question;
    int consent;         /* SAME, or what it is to "is that all right?" */
    const char *comment; /* NULL: doesn't matter */
} s_rows[] = {
  /* Plain. */
    {"yes",                                           Y, SAME, ""                          },
    {"Yes",                                           Y, SAME, ""                          },
    {"YES!!!",                                        Y, SAME, ""                          },
    {" yes ",                                         Y, SAME, ""                          },
    {"y",                                             Y, SAME, ""                          },
    {"Y.",                                            Y, SAME, ""                          },
    {"yep",                                           Y, SAME, ""                          },
    {"yeah",                                          Y, SAME, ""                          },
    {"yea",                                           Y, SAME, ""                          },
    {"yup",                                           Y, SAME, ""                          },
    {"yess",                                          Y, SAME, ""                          },
    {"ya",                                            Y, SAME, ""                          },
    {"aye",                                           Y, SAME, ""                          },
    {"affirmative",                                   Y, SAME, ""                          },
    {"no",                                            N, SAME, ""                          },
    {"No.",                                           N, SAME, ""                          },
    {"n",                                             N, SAME, ""                          },
    {"nope",                                          N, SAME, ""                          },
    {"nah",                                           N, SAME, ""                          },
    {"nay",                                           N, SAME, ""                          },
    {"negative",                                      N, SAME, ""                          },
    {"never",                                         N, SAME, ""                          },
 /* Around the word. */
    {"\"yes\"",                                       Y, SAME, ""                          },
    {"\u201cYes\u201d",                               Y, SAME, ""                          },
    {"\u2018no\u2019",                                N, SAME, ""                          },
    {"'yes'",                                         Y, SAME, ""                          },
    {"`yes`",                                         Y, SAME, ""                          },
    {"*yes*",                                         Y, SAME, ""                          },
    {"_no_",                                          N, SAME, ""                          },
    {"(yes)",                                         Y, SAME, ""                          },
    {"yes\u2026",                                     Y, SAME, ""                          },
    {"yes;",                                          Y, SAME, ""                          },
 /* The comment, verbatim. */
    {"yes it was me",                                 Y, SAME, "it was me"                 },
    {"yes, it was me!",                               Y, SAME, "it was me!"                },
    {"Yes. It's Bob's \"box\", no?",                  Y, SAME, "It's Bob's \"box\", no?"   },
    {"yes - I did it",                                Y, SAME, "I did it"                  },
    {"yes \u2013 I did it",                           Y, SAME, "I did it"                  },
    {"yes\u2014I did it",                             Y, SAME, "I did it"                  },
    {"yes--I did it",                                 Y, SAME, "I did it"                  },
    {"yes: ticket 4711",                              Y, SAME, "ticket 4711"               },
    {"yes , me",                                      Y, SAME, "me"                        },
    {"yes\nit was me\nfrom home",                     Y, SAME, "it was me\nfrom home"      },
    {"yes   two  blanks\t ",                          Y, SAME, "two  blanks"               },
    {"yes -rf was my flag",                           Y, SAME, "-rf was my flag"           },
    {"yes --force",                                   Y, SAME, "--force"                   },
    {"yes :)",                                        Y, SAME, ":)"                        },
    {"yes {name} %s \u202e<!channel>",                Y, SAME, "{name} %s \u202e<!channel>"},
    {"no, I was asleep",                              N, SAME, "I was asleep"              },
    {"No \u2026 wait",                                N, SAME, NULL                        },
    {"yes it's mine, I didn't think that would ring", Y, SAME,
     "it's mine, I didn't think that would ring"                                           },
    {"no one told me",                                N, SAME, "one told me"               },
 /* Denials in plain words; they are their own comment. */
    {"not me",                                        N, SAME, "not me"                    },
    {"Not me!",                                       N, SAME, "Not me!"                   },
    {"not mine",                                      N, SAME, NULL                        },
    {"wasn't me",                                     N, SAME, NULL                        },
    {"wasnt me",                                      N, SAME, NULL                        },
    {"It wasn\u2019t me.",                            N, SAME, "It wasn\u2019t me."        },
    {"that was not me",                               N, SAME, NULL                        },
    {"this wasn't me",                                N, SAME, NULL                        },
    {"I didn't do that",                              N, SAME, "I didn't do that"          },
    {"i did not",                                     N, SAME, NULL                        },
    {"I didnt",                                       N, SAME, NULL                        },
 /* Not sure, and says so; the words are the comment. */
    {"no idea",                                       S, SAME, "no idea"                   },
    {"no clue, sorry",                                S, SAME, "no clue, sorry"            },
    {"not sure",                                      S, SAME, "not sure"                  },
    {"I'm not sure",                                  S, SAME, "I'm not sure"              },
    {"I don't know",                                  S, SAME, "I don't know"              },
    {" Not sure \u2013 on a train ",                  S, SAME, "Not sure \u2013 on a train"},
    {"i am not sure",                                 S, SAME, NULL                        },
    {"im not sure",                                   S, SAME, NULL                        },
    {"Unsure.",                                       S, SAME, NULL                        },
    {"I\u2019m unsure",                               S, SAME, NULL                        },
    {"i am unsure",                                   S, SAME, NULL                        },
    {"i dont know",                                   S, SAME, NULL                        },
    {"I do not know this",                            S, SAME, NULL                        },
    {"don't know",                                    S, SAME, NULL                        },
    {"dont know",                                     S, SAME, NULL                        },
    {"dunno",                                         S, SAME, NULL                        },
    {"I don't remember",                              S, SAME, NULL                        },
    {"i dont remember",                               S, SAME, NULL                        },
    {"I can't remember",                              S, SAME, NULL                        },
    {"i cant remember",                               S, SAME, NULL                        },
    {"I can't tell",                                  S, SAME, NULL                        },
    {"i cant tell",                                   S, SAME, NULL                        },
    {"no idea, wasn't me",                            N, SAME, "no idea, wasn't me"        },
    {"don't know, it was not me",                     N, SAME, NULL                        },
    {"not surely",                                    O, SAME, NULL                        },
 /* Either way: asked again, never a yes. */
    {"yes no",                                        U, SAME, NULL                        },
    {"no yes",                                        U, SAME, NULL                        },
    {"yes, no",                                       U, SAME, NULL                        },
    {"yes and no",                                    U, SAME, NULL                        },
    {"yes or no",                                     U, SAME, NULL                        },
    {"y or n",                                        U, SAME, NULL                        },
    {"yes, but it wasn't me",                         U, SAME, NULL                        },
    {"yes I saw it, not me though",                   U, SAME, NULL                        },
    {"yes?",                                          U, SAME, NULL                        },
    {"\"yes\"?",                                      U, SAME, NULL                        },
    {"yes?!",                                         U, SAME, NULL                        },
    {"yeah right",                                    U, SAME, NULL                        },
    {"yeah, no",                                      U, SAME, NULL                        },
    {"no problem",                                    U, SAME, NULL                        },
    {"no worries!",                                   U, SAME, NULL                        },
    {"never mind",                                    U, SAME, NULL                        },
    {"maybe",                                         U, SAME, NULL                        },
    {"no?",                                           N, SAME, NULL                        }, /* a no is on the safe side */
  /* Words that consent and say nothing of who did it. */
    {"sure",                                          U, Y,    ""                          },
    {"ok",                                            U, Y,    ""                          },
    {"Okay!",                                         U, Y,    ""                          },
    {"alright",                                       U, Y,    ""                          },
    {"ok no",                                         U, U,    NULL                        },
    {"no ok",                                         N, U,    NULL                        },
    {"\U0001f44d",                                    U, Y,    ""                          },
    {"\U0001f44d\U0001f3fd",                          U, Y,    ""                          },
    {":+1:",                                          U, Y,    ""                          },
    {":+1::skin-tone-3:",                             U, Y,    ""                          },
    {":thumbsup: go",                                 U, Y,    "go"                        },
    {"\U0001f44e",                                    N, SAME, ""                          },
    {":-1:",                                          N, SAME, ""                          },
    {":thumbsdown:",                                  N, SAME, ""                          },
 /* No answers. */
    {"",                                              O, SAME, NULL                        },
    {" ",                                             O, SAME, NULL                        },
    {"?",                                             O, SAME, NULL                        },
    {"...",                                           O, SAME, NULL                        },
    {"yesterday",                                     O, SAME, NULL                        },
    {"yes-man",                                       O, SAME, NULL                        },
    {"no-one",                                        O, SAME, NULL                        },
    {"y/n",                                           O, SAME, NULL                        },
    {"n\u00f6",                                       O, SAME, NULL                        },
    {"none of that",                                  O, SAME, NULL                        },
    {"nothing",                                       O, SAME, NULL                        },
    {"y'all",                                         O, SAME, NULL                        },
    {"> yes",                                         O, SAME, NULL                        },
    {"what?",                                         O, SAME, NULL                        },
    {"it was me",                                     Y, SAME, "it was me"                 },
    {"That was me.",                                  Y, SAME, "That was me."              },
    {"it was me?",                                    U, SAME, NULL                        },
    {"it was me, no wait, not me",                    U, SAME, NULL                        },
    {"~yes~",                                         U, SAME, NULL                        },
    {"I need help",                                   H, SAME, "I need help"               },
    {"Need help!",                                    H, SAME, "Need help!"                },
    {"I did",                                         O, SAME, NULL                        },
    {"not yet",                                       O, SAME, NULL                        },
    {"123456",                                        O, SAME, NULL                        },
    {"ye\u202es",                                     O, SAME, NULL                        },
    {"hi, yes",                                       O, SAME, NULL                        },
};

static void s_check(const char *text, bool consent, answer_kind_t want, const char *comment)
{
    const answer_t got = answer_parse(text, consent);
    if (got.kind != want) {
        fail_msg("\"%s\"%s: got %d, want %d", text, consent ? " (consent)" : "", got.kind, want);
    }
    assert_true(got.comment >= text && got.comment + got.comment_size <= text + strlen(text));
    if (comment && (got.comment_size != strlen(comment) ||
                    memcmp(got.comment, comment, got.comment_size) != 0)) {
        fail_msg("\"%s\": comment \"%.*s\", want \"%s\"", text, (int)got.comment_size, got.comment,
                 comment);
    }
}

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        const answer_kind_t question = s_rows[i].question;
        const int consent = s_rows[i].consent;
        s_check(s_rows[i].text, false, question, s_rows[i].comment);
        s_check(s_rows[i].text, true, consent == SAME ? question : (answer_kind_t)consent,
                s_rows[i].comment);
    }
}

static void test_of(void **state)
{
    (void)state;
    const answer_t got = answer_of(ANSWER_YES, "Jawohl, das war ich. ");
    assert_int_equal(got.kind, ANSWER_YES);
    assert_int_equal(got.comment_size, strlen("das war ich."));
    assert_memory_equal(got.comment, "das war ich.", got.comment_size);
}

static void test_code(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want; /* NULL: none */
    } rows[] = {
        {"123456",                               "123456"},
        {" 123 456 ",                            "123456"},
        {"123-456",                              "123456"},
        {"123456.",                              "123456"},
        {"`123456`",                             "123456"},
        {"000000",                               "000000"},
        {"12345",                                NULL    },
        {"1234567",                              NULL    },
        {"12345a",                               NULL    },
        {"code 123456",                          NULL    },
        {"",                                     NULL    },
        {"yes",                                  NULL    },
        {"\uff11\uff12\uff13\uff14\uff15\uff16", NULL    },
        {"123456 789012",                        NULL    },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char code[SB_CODE_DIGITS + 1] = "";
        const bool ok = answer_code(rows[i].text, strlen(rows[i].text), code);
        if (ok != (rows[i].want != NULL) || (ok && strcmp(code, rows[i].want) != 0)) {
            fail_msg("\"%s\": %d %s", rows[i].text, ok, code);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_of),
        cmocka_unit_test(test_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
