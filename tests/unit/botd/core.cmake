# The core of botd: each module alone, then whole conversations with a store played in memory.
foreach(name text span words show answer template messages commands item transition)
    sb_unit_test(botd_${name}_test SOURCES ${name}_test.c DEPS botd_${name})
endforeach()
foreach(name commands messages)
    target_link_libraries(botd_${name}_test PRIVATE sb_buf temp_file)
endforeach()
sb_unit_test(botd_conversation_test SOURCES conversation_test.c script.c script_write.c play.c
    play_check.c play_check_proof.c DEPS botd_conversation)
sb_unit_test(botd_card_test SOURCES card_test.c play.c play_check.c play_check_proof.c
    DEPS botd_conversation)
sb_unit_test(botd_conversation_random_test SOURCES conversation_random_test.c play.c play_check.c
    play_check_proof.c DEPS botd_conversation)
