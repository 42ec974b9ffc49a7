sb_fuzz_target(localchat_frame_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/localchat_frame_fuzz.c
    DEPS chatd_local_frame CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/localchat_frame)
