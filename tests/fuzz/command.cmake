sb_fuzz_target(command_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/command_fuzz.c
    DEPS botd_words botd_span CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/command)
