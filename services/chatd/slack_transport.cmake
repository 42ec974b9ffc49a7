# The transport to Slack: requests, deliveries, and what is pure of both.
sb_module(chatd_slack_sign SOURCES slack_sign.c DEPS sb_crypto sb_err sb_mem)
sb_module(chatd_slack_form SOURCES slack_form.c DEPS sb_json sb_buf sb_utf8 sb_err sb_mem)
sb_module(chatd_slack_frame SOURCES slack_frame.c DEPS sb_json sb_err sb_mem)
sb_module(chatd_slack_verdict SOURCES slack_verdict.c slack_method.c DEPS sb_http sb_json sb_err)
sb_module(chatd_slack_budget SOURCES slack_budget.c
    DEPS sb_bus_client sb_timers sb_json sb_clock sb_err sb_mem PkgConfig::CZMQ)
sb_module(chatd_slack_api SOURCES slack_api.c
    DEPS chatd_slack_budget chatd_slack_form chatd_slack_verdict sb_http sb_json sb_buf sb_timers
    sb_clock sb_log sb_err sb_mem PkgConfig::CZMQ)
sb_module(chatd_slack_link SOURCES slack_link.c DEPS sb_err sb_mem)
sb_module(chatd_slack_line SOURCES slack_line.c slack_line_run.c
    DEPS sb_lws sb_crypto sb_json sb_pipe sb_err sb_mem PkgConfig::LWS PkgConfig::CZMQ)
sb_module(chatd_slack_ack SOURCES slack_ack.c DEPS sb_json sb_err sb_mem)
sb_module(chatd_slack_target SOURCES slack_target.c DEPS sb_err)
sb_module(chatd_slack_socket SOURCES slack_socket.c
    DEPS chatd_slack_api chatd_slack_ack chatd_slack_frame chatd_slack_line chatd_slack_link
    chatd_slack_target sb_http sb_timers sb_crypto sb_log_gate sb_log sb_clock sb_json sb_err sb_mem)
sb_module(chatd_slack_request SOURCES slack_request.c
    DEPS chatd_slack_form chatd_slack_frame sb_json sb_err)
sb_module(chatd_slack_events SOURCES slack_events.c slack_events_run.c
    DEPS chatd_slack_ack chatd_slack_request chatd_slack_sign sb_listen sb_lws sb_crypto
    sb_pipe sb_log_gate sb_log sb_clock sb_json sb_err sb_mem PkgConfig::LWS PkgConfig::CZMQ)
