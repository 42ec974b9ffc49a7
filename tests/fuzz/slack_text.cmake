sb_fuzz_target(slack_text_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/slack_text_fuzz.c
    DEPS chatd_slack_text CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/slack_text)
