sb_fuzz_target(config_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/config_fuzz.c DEPS sb_config
    CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/config)
