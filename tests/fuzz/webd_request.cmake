sb_fuzz_target(webd_request_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/webd_request_fuzz.c
    DEPS webd_request webd_answer webd_registration
    CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/webd_request)
