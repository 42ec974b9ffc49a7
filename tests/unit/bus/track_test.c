#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/bus_track.h"

#define STEPS_MAX 8

/* What a reader of "work" and "alert" hears. "reset" is a new connection. */
typedef struct {
    const char *topic;
    int64_t seq;
    const char *counts; /* a tick's, with ' for " */
    bool missed;
} step_t;

typedef struct {
    const char *label;
    step_t steps[STEPS_MAX];
} row_t;

static const row_t s_rows[] = {
    {"first hint, then all in order",
     {{"tick", 7, "{'work':'4'}", true},
      {"work", 8, NULL, false},
      {"alert", 9, NULL, false},
      {"tick", 10, "{'work':'5','alert':'1'}", false}}                                       },
    {"first hint is no tick",
     {{"work", 8, NULL, true}, {"tick", 9, "{'work':'5'}", false}, {"work", 10, NULL, false}}},
    {"gap before the first tick",
     {{"work", 8, NULL, true}, {"tick", 10, "{'work':'6'}", true}, {"work", 11, NULL, false}}},
    {"gap that others' topics explain",
     {{"tick", 1, "{}", true},
      {"work", 2, NULL, false},
      {"work", 9, NULL, false},
      {"tick", 10, "{'work':'2','other':'6'}", false}}                                       },
    {"gap in a topic of ours",
     {{"tick", 1, "{}", true},
      {"work", 2, NULL, false},
      {"work", 4, NULL, false},
      {"tick", 5, "{'work':'3'}", true},
      {"tick", 6, "{'work':'3'}", false}}                                                    },
    {"last hint before the tick is lost",
     {{"tick", 1, "{}", true}, {"tick", 3, "{'alert':'1'}", true}}                           },
    {"publisher began anew",
     {{"tick", 50, "{'work':'9'}", true},
      {"work", 51, NULL, false},
      {"tick", 1, "{}", true},
      {"work", 2, NULL, false},
      {"tick", 3, "{'work':'1'}", false}}                                                    },
    {"publisher began anew, same number",
     {{"tick", 5, "{}", true}, {"work", 5, NULL, true}, {"tick", 6, "{'work':'1'}", false}}  },
    {"new connection",
     {{"tick", 5, "{}", true}, {"reset", 0, NULL, false}, {"tick", 6, "{}", true}}           },
    {"tick without counts",
     {{"tick", 1, "{}", true}, {"tick", 2, NULL, true}, {"tick", 3, "{}", false}}            },
    {"tick with a bad count",
     {{"tick", 1, "{}", true}, {"tick", 2, "{'work':7}", true}, {"tick", 3, "{}", false}}    },
    {"hint without a number",
     {{"tick", 1, "{}", true}, {"work", 0, NULL, true}, {"work", 1, NULL, false}}            },
};

static cJSON *s_body(const char *counts)
{
    char text[128] = "{";
    if (counts) {
        strncat(text, "\"topics\":", sizeof text - strlen(text) - 1);
        strncat(text, counts, sizeof text - strlen(text) - 1);
    }
    strncat(text, "}", sizeof text - strlen(text) - 1);
    for (char *at = text; (at = strchr(at, '\'')) != NULL;) {
        *at = '"';
    }
    cJSON *body = cJSON_Parse(text);
    assert_non_null(body);
    return body;
}

static void misses(void **state)
{
    (void)state;
    static const char *const topics[] = {"work", "alert", NULL};
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        sb_track_t track;
        sb_track_init(&track, topics);
        for (size_t n = 0; n < STEPS_MAX && s_rows[i].steps[n].topic; n++) {
            const step_t *step = &s_rows[i].steps[n];
            if (strcmp(step->topic, "reset") == 0) {
                sb_track_reset(&track);
                continue;
            }
            cJSON *body = s_body(step->counts);
            if (sb_track_hear(&track, step->topic, step->seq, body) != step->missed) {
                fail_msg("%s: step %zu", s_rows[i].label, n);
            }
            cJSON_Delete(body);
        }
    }
}

static void wants_its_topics_alone(void **state)
{
    (void)state;
    static const char *const topics[] = {"work", NULL};
    sb_track_t track;
    sb_track_init(&track, topics);
    assert_true(sb_track_wants(&track, "work"));
    assert_false(sb_track_wants(&track, "works"));
    assert_false(sb_track_wants(&track, "tick"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misses),
        cmocka_unit_test(wants_its_topics_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
