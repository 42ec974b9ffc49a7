sb_fuzz_target(json_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/json_fuzz.c DEPS sb_json
    CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/json)
