sb_fuzz_target(okta_reply_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/okta_reply_fuzz.c
    DEPS authd_okta_reply CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/okta_reply)
