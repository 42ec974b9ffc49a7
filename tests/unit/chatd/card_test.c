/* card_test.c: cards as botd writes them, and broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/chatd/card.h"

#define HASH "5e4284ababababababababababababababababababababababababababababab"
#define CARD(kind, rest)                                                                           \
    "{'card':{'kind':'" kind "','alert':'" HASH "','code':'5e4284','title':'t','description':'d'," \
    "'event_ms':5" rest "}}"
#define BOB ",'person':{'id':'bob'}"

static void s_test_rows(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *json;
        bool card, ok;
    } rows[] = {
        {"none",           "{}",            false,  true                                                                                    },
        {"null",           "{'card':null}", false,  true                                                                                    },
        {"question",       CARD("question", BOB),   true,                                                                                     true},
        {"all",                CARD("escalation",                           BOB ",'deadline_ms':7,'zone':'UTC','line':'x','place':'Lima'"),
         true, true},
        {"unknown members",            CARD("consent",                           BOB ",'colour':'red'"),                 true,                                                                                true},
        {"unknown kind",            CARD("poem",                       BOB),             false,         false},
        {"nobody",            CARD("question",""),false,                                                                     false},
        {"no text",CARD("question",   BOB ",'reason':5"),                false,                               false},
        {"no place",        CARD("question",                   BOB ",'place':5"),     false,                                                                         false},
        {"a short hash",
         "{'card':{'kind':'question','alert':'5e','code':'5e','title':'t',"
         "'description':'d','event_ms':5" BOB "}}",
         false,      false                                                          },
        {"no object",           "{'card':'x'}",                          false,                   false                                                                                          },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = sb_strdup(rows[i].json);
        for (char *p = text; *p; p++) {
            *p = *p == '\'' ? '"' : *p;
        }
        cJSON *json = cJSON_Parse(text);
        assert_non_null(json);
        sb_err_t err = {0};
        sb_reader_t r = sb_reader(json, "body", &err);
        chat_card_t card;
        const bool got = chat_card_read(&r, &card);
        if (got != rows[i].card || (sb_reader_code(&r) == SB_OK) != rows[i].ok) {
            fail_msg("%s: %d, %s", rows[i].name, got, err.text);
        }
        if (got) {
            assert_string_equal(card.person, "bob");
            assert_int_equal(card.event_ms, 5);
            assert_int_equal(card.deadline_ms, card.zone ? 7 : -1);
            assert_string_equal(card.place ? card.place : "-", card.zone ? "Lima" : "-");
        }
        cJSON_Delete(json);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(s_test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
