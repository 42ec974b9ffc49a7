sb_fuzz_target(people_file_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/people_file_fuzz.c
    DEPS sb_people_file CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/people_file)
