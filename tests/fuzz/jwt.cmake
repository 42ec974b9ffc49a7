sb_fuzz_target(jwt_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/jwt_fuzz.c
    DEPS sb_jwt sb_mem CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/jwt)
