# The driver to Slack: what is shown and what was said. The ways to Slack are in CMakeLists.txt.
sb_module(chatd_slack_text SOURCES slack_text.c slack_text_read.c
    DEPS sb_json sb_buf sb_utf8 sb_mem sb_err)
sb_module(chatd_slack_blocks SOURCES slack_blocks.c DEPS chatd_slack_text sb_json sb_buf)
sb_module(chatd_slack_when SOURCES slack_when.c DEPS sb_tz sb_mem)
sb_module(chatd_slack_card SOURCES slack_card.c
    DEPS chatd_slack_blocks chatd_slack_when sb_button sb_mem)
sb_module(chatd_card SOURCES card.c DEPS sb_json)
sb_module(chatd_slack_ids SOURCES slack_ids.c DEPS sb_err)
sb_module(chatd_slack_modal SOURCES slack_modal.c
    DEPS chatd_slack_blocks chatd_slack_ids sb_button sb_json sb_mem)
sb_module(chatd_slack_input SOURCES slack_input.c
    DEPS chatd_slack_text chatd_slack_ids chatd_slack_modal sb_button sb_json sb_mem sb_utf8)
sb_module(chatd_slack_member SOURCES slack_member.c
    DEPS chatd_slack_ids chatd_slack_text sb_json sb_mem sb_utf8 PkgConfig::CZMQ)
sb_module(chatd_slack_people SOURCES slack_people.c slack_tour.c
    DEPS chatd_slack_member sb_timers sb_clock sb_log sb_mem)
sb_module(chatd_slack_dm SOURCES slack_dm.c DEPS chatd_slack_ids sb_json sb_mem PkgConfig::CZMQ)
sb_module(chatd_slack_post SOURCES slack_post.c slack_look.c
    DEPS chatd_slack_card chatd_slack_dm chatd_slack_ids sb_timers sb_clock sb_log sb_mem)
sb_module(chatd_slack_home SOURCES slack_home.c DEPS chatd_slack_blocks chatd_slack_when sb_mem)
sb_module(chatd_slack_whisper SOURCES slack_whisper.c DEPS sb_http sb_json sb_log)
sb_module(chatd_slack_team SOURCES slack_team.c
    DEPS chatd_slack_ids sb_timers sb_json sb_clock sb_log sb_mem PkgConfig::CZMQ)
sb_module(chatd_slack_ear SOURCES slack_ear.c slack_desk.c slack_pages.c
    DEPS chatd_slack_home chatd_slack_input chatd_slack_modal chatd_slack_people chatd_slack_dm
    chatd_slack_team chatd_slack_whisper sb_timers sb_clock sb_log_gate sb_log sb_mem)
sb_module(chatd_slack_catchup SOURCES slack_catchup.c
    DEPS chatd_slack_ear chatd_slack_dm sb_timers sb_clock sb_log sb_mem)
sb_module(chatd_slack SOURCES chat_slack.c
    DEPS chatd_host chatd_slack_api chatd_slack_catchup chatd_slack_ear chatd_slack_post
    chatd_slack_events chatd_slack_socket sb_http sb_secret_file sb_timers sb_log sb_mem)
