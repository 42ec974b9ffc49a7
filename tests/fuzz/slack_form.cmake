sb_fuzz_target(slack_form_fuzz SOURCES slack_form_fuzz.c DEPS chatd_slack_form
    CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/slack_form)
