/* slack_home.c */
#include "services/chatd/slack_home.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/taskd.h"
#include "services/chatd/slack_blocks.h"

#define TITLE_MAX 200
#define DESCRIPTION_MAX 600
#define CODE_DIGITS 6
#define MUTES_MAX 25 /* that are shown */

static const struct {
    const char *outcome;
    const char *words;
} s_outcomes[] = {
    {SB_OUTCOME_CONFIRMED,          "confirmed by you"                                       },
    {SB_OUTCOME_DENIED,             "not you; with the security team"                        },
    {SB_OUTCOME_NO_ANSWER,          "not answered in time; with the security team"           },
    {SB_OUTCOME_DECLINED,           "not confirmed; with the security team"                  },
    {SB_OUTCOME_REFUSED,            "second factor refused; with the security team"          },
    {SB_OUTCOME_FRAUD,              "reported as fraud; with the security team"              },
    {SB_OUTCOME_FACTOR_TIMEOUT,     "second factor not answered; with the security team"     },
    {SB_OUTCOME_NO_FACTOR,          "no second factor; with the security team"               },
    {SB_OUTCOME_FACTOR_UNAVAILABLE, "second factor not to be had; with the security team"    },
    {SB_OUTCOME_THROTTLED,          "no more second factors for now; with the security team" },
    {SB_OUTCOME_ACCOUNT_DENIED,     "second factor's account refused; with the security team"},
    {SB_OUTCOME_SUSPECT,            "second factor not believed; with the security team"     },
    {SB_OUTCOME_UNSURE,             "you weren't sure; with the security team"               },
    {SB_OUTCOME_NEEDS_HELP,         "you asked for help; with the security team"             },
};

/* ---- Reading. */

static const cJSON *s_member(const cJSON *json, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(json, name);
}

/* "" if it is no text. */
static const char *s_text(const cJSON *json, const char *name)
{
    const cJSON *member = s_member(json, name);
    return cJSON_IsString(member) ? member->valuestring : "";
}

/* -1 if it is no time. */
static int64_t s_ms(const cJSON *json, const char *name)
{
    const cJSON *member = s_member(json, name);
    return cJSON_IsNumber(member) && member->valuedouble >= 0 ? (int64_t)member->valuedouble : -1;
}

static const char *s_zone(const cJSON *view)
{
    const char *zone = s_text(s_member(view, "person"), "zone");
    return zone[0] ? zone : NULL;
}

static const char *s_outcome(const cJSON *alert)
{
    const char *outcome = s_text(alert, "outcome");
    for (size_t i = 0; i < sizeof s_outcomes / sizeof s_outcomes[0]; i++) {
        if (strcmp(s_outcomes[i].outcome, outcome) == 0) {
            return s_outcomes[i].words;
        }
    }
    return outcome;
}

/* ---- Writing. */

static cJSON *s_only(cJSON *element)
{
    cJSON *elements = sb_json_array();
    sb_json_push(elements, element);
    return elements;
}

static void s_add(cJSON *section, const char *text, slack_rich_style_t style)
{
    slack_rich_add(section, text, SLACK_SECTION_MAX, style);
}

static void s_add_line(cJSON *section, const char *text, size_t max, slack_rich_style_t style)
{
    char *line = slack_text_line(text, max);
    s_add(section, line[0] ? line : "-", style);
    free(line);
}

static void s_say(cJSON *blocks, const char *text)
{
    cJSON *section = slack_rich_section();
    s_add(section, text, SLACK_RICH_PLAIN);
    slack_blocks_rich(blocks, s_only(section));
}

static void s_add_time(cJSON *section, const char *label, int64_t ms, const char *zone,
                       slack_when_t *when)
{
    char text[SLACK_WHEN_SIZE];
    slack_when_text(when, ms, zone, text);
    s_add(section, label, SLACK_RICH_PLAIN);
    s_add(section, text, SLACK_RICH_PLAIN);
}

/* What it was about, when, and its short code. */
static cJSON *s_alert(const cJSON *alert, const char *zone, slack_when_t *when)
{
    cJSON *section = slack_rich_section();
    char *code = sb_strndup(s_text(alert, "hash"), CODE_DIGITS);
    s_add_line(section, s_text(alert, "title"), TITLE_MAX, SLACK_RICH_BOLD);
    s_add(section, "  ", SLACK_RICH_PLAIN);
    s_add_line(section, code, CODE_DIGITS, SLACK_RICH_CODE);
    s_add(section, "\n", SLACK_RICH_PLAIN);
    if (s_text(alert, "description")[0]) {
        s_add_line(section, s_text(alert, "description"), DESCRIPTION_MAX, SLACK_RICH_PLAIN);
        s_add(section, "\n", SLACK_RICH_PLAIN);
    }
    if (s_ms(alert, "event_ms") >= 0) {
        s_add_time(section, "", s_ms(alert, "event_ms"), zone, when);
    }
    free(code);
    return section;
}

static void s_add_open(cJSON *blocks, const cJSON *view, slack_when_t *when)
{
    const cJSON *open = s_member(view, "open");
    if (cJSON_IsTrue(s_member(view, "exempt"))) {
        s_say(blocks, "You said stop, so you are not asked; your alerts go to the security team. "
                      "Write start to me if you'd like to be asked again.");
    }
    if (!cJSON_IsObject(open)) {
        s_say(blocks, "No question is open.");
        return;
    }
    cJSON *section = s_alert(open, s_zone(view), when);
    if (s_ms(view, "deadline_ms") >= 0) {
        s_add_time(section, "\nPlease answer by ", s_ms(view, "deadline_ms"), s_zone(view), when);
        s_add(section, ", in the messages to me.", SLACK_RICH_PLAIN);
    }
    slack_blocks_rich(blocks, s_only(section));
}

static void s_add_recent(cJSON *blocks, const cJSON *view, slack_when_t *when)
{
    const cJSON *recent = s_member(view, "recent");
    const cJSON *alert;
    if (!cJSON_IsArray(recent) || !recent->child) {
        s_say(blocks, "Nothing yet.");
        return;
    }
    cJSON_ArrayForEach(alert, recent)
    {
        cJSON *section = s_alert(alert, s_zone(view), when);
        s_add(section, "\n", SLACK_RICH_PLAIN);
        s_add_line(section, s_outcome(alert), TITLE_MAX, SLACK_RICH_PLAIN);
        slack_blocks_rich(blocks, s_only(section));
    }
}

static void s_add_mutes(cJSON *blocks, const cJSON *view, slack_when_t *when)
{
    const cJSON *mutes = s_member(view, "mutes");
    const cJSON *mute;
    size_t n = 0;
    cJSON *section = slack_rich_section();
    cJSON_ArrayForEach(mute, mutes)
    {
        if (n++ == MUTES_MAX) {
            s_add(section, "\n" SLACK_TEXT_MARK, SLACK_RICH_PLAIN);
            break;
        }
        s_add(section, n > 1 ? "\n" : "", SLACK_RICH_PLAIN);
        s_add_line(section, s_text(mute, "title"), TITLE_MAX, SLACK_RICH_BOLD);
        if (s_ms(mute, "until_ms") >= 0) {
            s_add_time(section, "  until ", s_ms(mute, "until_ms"), s_zone(view), when);
        }
    }
    if (n == 0) {
        s_add(section, "You have muted nothing.", SLACK_RICH_PLAIN);
    }
    slack_blocks_rich(blocks, s_only(section));
}

/* ---- Pages and answers. */

cJSON *slack_home_view(const cJSON *view, slack_when_t *when)
{
    cJSON *blocks = sb_json_array();
    if (!cJSON_IsObject(s_member(view, "person"))) {
        s_say(blocks, "I can't find you in my directory yet. Please ask the security team.");
    } else {
        slack_blocks_header(blocks, "Your open question");
        s_add_open(blocks, view, when);
        slack_blocks_divider(blocks);
        slack_blocks_header(blocks, "What you were asked before");
        s_add_recent(blocks, view, when);
        slack_blocks_divider(blocks);
        slack_blocks_header(blocks, "What you are not asked about");
        s_add_mutes(blocks, view, when);
    }
    cJSON *home = sb_json_object();
    sb_json_add_str(home, "type", "home");
    sb_json_add(home, "blocks", blocks);
    return home;
}

cJSON *slack_home_status(const cJSON *view, slack_when_t *when)
{
    cJSON *blocks = sb_json_array();
    s_add_open(blocks, view, when);
    const cJSON *recent = s_member(view, "recent");
    if (cJSON_IsArray(recent) && recent->child) {
        cJSON *section = slack_rich_section();
        s_add(section, "The last one was about ", SLACK_RICH_PLAIN);
        s_add_line(section, s_text(recent->child, "title"), TITLE_MAX, SLACK_RICH_BOLD);
        s_add(section, ": ", SLACK_RICH_PLAIN);
        s_add_line(section, s_outcome(recent->child), TITLE_MAX, SLACK_RICH_PLAIN);
        slack_blocks_rich(blocks, s_only(section));
    }
    return blocks;
}

cJSON *slack_home_mutes(const cJSON *view, slack_when_t *when)
{
    cJSON *blocks = sb_json_array();
    s_add_mutes(blocks, view, when);
    return blocks;
}

cJSON *slack_home_help(void)
{
    static const struct {
        const char *command;
        const char *does;
    } rows[] = {
        {"/securitybot status", "  your open question, and how the last one ended\n"},
        {"/securitybot mutes",  "  what you are not asked about, and until when\n"  },
        {"/securitybot help",   "  this"                                            },
    };
    cJSON *section = slack_rich_section();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s_add(section, rows[i].command, SLACK_RICH_CODE);
        s_add(section, rows[i].does, SLACK_RICH_PLAIN);
    }
    cJSON *blocks = sb_json_array();
    slack_blocks_rich(blocks, s_only(section));
    s_say(blocks, "Anything else behind /securitybot is taken as if you had written it in the "
                  "messages to me; write help there to see what I understand.");
    return blocks;
}
