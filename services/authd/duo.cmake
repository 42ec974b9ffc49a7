# The driver to Duo. What knows nothing of HTTP comes first.
sb_module(authd_duo_sign SOURCES duo_sign.c DEPS sb_buf sb_crypto)
sb_module(authd_duo_pushinfo SOURCES duo_pushinfo.c DEPS authd_duo_sign authd_factor sb_buf sb_utf8)
sb_module(authd_duo_reply SOURCES duo_reply.c DEPS authd_duo_pushinfo sb_http sb_json)
sb_module(authd_duo_roots SOURCES duo_roots.c DEPS sb_crypto sb_err sb_mem PkgConfig::CRYPTO)
sb_module(authd_duo_api SOURCES duo_api.c
    DEPS authd_duo_reply authd_duo_sign sb_http sb_timers sb_clock sb_crypto sb_log sb_mem)
sb_module(authd_factor_duo SOURCES factor_duo.c
    DEPS authd_duo_api authd_duo_pushinfo authd_duo_roots sb_secret_file sb_log sb_mem)
