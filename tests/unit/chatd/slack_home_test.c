/* slack_home_test.c: what the store answers to person.view (homes/NAME.view.json), and what is
 * shown of it (homes/NAME.home.json). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "services/chatd/slack_home.h"
#include "tests/support/fake_slack/blocks.h"
#include "tests/unit/chatd/golden.h"

static const char *const s_names[] = {"open", "quiet", "stopped", "unknown", "hostile"};

static void s_test_golden(void **state)
{
    (void)state;
    slack_when_t *when = slack_when_new(NULL);
    for (size_t i = 0; i < sizeof s_names / sizeof s_names[0]; i++) {
        cJSON *view = golden_read("homes", s_names[i], "view");
        cJSON *shown = sb_json_object();
        sb_json_add(shown, "home", slack_home_view(view, when));
        sb_json_add(shown, "status", slack_home_status(view, when));
        sb_json_add(shown, "mutes", slack_home_mutes(view, when));
        const cJSON *home = cJSON_GetObjectItemCaseSensitive(shown, "home");
        golden_check_blocks(s_names[i], cJSON_GetObjectItemCaseSensitive(home, "blocks"),
                            BLOCKS_VIEW_MAX);
        golden_check_blocks(s_names[i], cJSON_GetObjectItemCaseSensitive(shown, "status"),
                            BLOCKS_MESSAGE_MAX);
        golden_check_blocks(s_names[i], cJSON_GetObjectItemCaseSensitive(shown, "mutes"),
                            BLOCKS_MESSAGE_MAX);
        golden_check("homes", s_names[i], "home", shown);
        cJSON_Delete(shown);
        cJSON_Delete(view);
    }
    cJSON *nobody = slack_home_view(NULL, when);
    assert_non_null(nobody);
    cJSON_Delete(nobody);
    cJSON *help = slack_home_help();
    golden_check_blocks("help", help, BLOCKS_MESSAGE_MAX);
    cJSON_Delete(help);
    slack_when_destroy(&when);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(s_test_golden)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
