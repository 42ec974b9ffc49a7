sb_fuzz_target(slack_input_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/slack_input_fuzz.c
    DEPS chatd_slack_input CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/slack_input)
