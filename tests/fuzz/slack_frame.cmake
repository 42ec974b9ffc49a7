sb_fuzz_target(slack_frame_fuzz SOURCES slack_frame_fuzz.c DEPS chatd_slack_frame
    CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/slack_frame)
