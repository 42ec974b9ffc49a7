sb_fuzz_target(duo_reply_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/duo_reply_fuzz.c
    DEPS authd_duo_reply CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/duo_reply)
