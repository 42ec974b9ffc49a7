sb_fuzz_target(conversation_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/conversation_fuzz.c
    DEPS botd_conversation CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/conversation)
