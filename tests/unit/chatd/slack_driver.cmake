sb_unit_test(chatd_slack_text_test SOURCES slack_text_test.c DEPS chatd_slack_text)
sb_unit_test(chatd_slack_when_test SOURCES slack_when_test.c DEPS chatd_slack_when)
# The blocks are checked by the fake Slack's rules.
set(fake ${CMAKE_SOURCE_DIR}/tests/support/fake_slack)
set(golden golden.c ${fake}/blocks.c ${fake}/block_spec.c)
sb_unit_test(chatd_slack_card_test SOURCES slack_card_test.c ${golden}
    DEPS chatd_slack_card chatd_card)
sb_unit_test(chatd_slack_home_test SOURCES slack_home_test.c ${golden} DEPS chatd_slack_home)
sb_unit_test(chatd_slack_ids_test SOURCES slack_ids_test.c DEPS chatd_slack_ids)
sb_unit_test(chatd_slack_modal_test
    SOURCES slack_modal_test.c ${fake}/blocks.c ${fake}/block_spec.c DEPS chatd_slack_modal)
sb_unit_test(chatd_slack_input_test SOURCES slack_input_test.c DEPS chatd_slack_input)
sb_unit_test(chatd_slack_member_test SOURCES slack_member_test.c DEPS chatd_slack_member)
sb_unit_test(chatd_slack_post_test SOURCES slack_post_test.c slack_world.c DEPS chatd_slack_post)
sb_unit_test(chatd_slack_people_test SOURCES slack_people_test.c slack_world.c
    DEPS chatd_slack_people)
sb_unit_test(chatd_slack_team_test SOURCES slack_team_test.c slack_world.c
    DEPS chatd_slack_team sb_buf)
sb_unit_test(chatd_slack_ear_test SOURCES slack_ear_test.c slack_world.c DEPS chatd_slack_ear)
sb_unit_test(chatd_slack_catchup_test SOURCES slack_catchup_test.c slack_world.c
    DEPS chatd_slack_catchup)
sb_unit_test(chatd_slack_whisper_test SOURCES slack_whisper_test.c DEPS chatd_slack_whisper)
sb_unit_test(chatd_card_test SOURCES card_test.c DEPS chatd_card)
sb_unit_test(chatd_slack_manifest_test SOURCES slack_manifest_test.c
    DEPS chatd_slack_verdict sb_yaml sb_buf)
sb_unit_test(chatd_jobs_test SOURCES jobs_test.c ${CMAKE_SOURCE_DIR}/services/chatd/jobs.c
    DEPS chatd_card sb_json sb_url sb_log sb_mem sb_err)
