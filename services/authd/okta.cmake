# The driver to Okta. What knows nothing of HTTP comes first.
sb_module(authd_okta_reply SOURCES okta_reply.c DEPS authd_factor sb_http sb_json sb_buf sb_url)
sb_module(authd_okta_token SOURCES okta_token.c
    DEPS sb_http sb_jwt_sign sb_crypto sb_json sb_buf sb_url sb_mem)
sb_module(authd_okta_api SOURCES okta_api.c
    DEPS authd_okta_reply authd_okta_token sb_http sb_timers sb_clock sb_crypto sb_log sb_mem)
sb_module(authd_factor_okta SOURCES factor_okta.c
    DEPS authd_okta_api sb_secret_file sb_url sb_clock sb_log sb_mem)
