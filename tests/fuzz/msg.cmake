sb_fuzz_target(msg_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/msg_fuzz.c DEPS sb_msg
    CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/msg)
