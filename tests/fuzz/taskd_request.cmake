sb_fuzz_target(taskd_request_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/taskd_request_fuzz.c
    DEPS taskd_store CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/taskd_request)
