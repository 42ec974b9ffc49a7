sb_fuzz_target(chat_text_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/chat_text_fuzz.c
    DEPS botd_answer botd_text CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/chat_text)
