sb_fuzz_target(tz_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/tz_fuzz.c DEPS sb_tz
    CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/tz)
