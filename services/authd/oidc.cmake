# The driver to OpenID providers. What knows nothing of HTTP's doings comes first.
sb_module(authd_oidc_claims SOURCES oidc_claims.c DEPS sb_json)
sb_module(authd_oidc_metadata SOURCES oidc_metadata.c DEPS sb_http sb_jwt sb_json sb_url)
sb_module(authd_oidc_provider SOURCES oidc_provider.c
    DEPS authd_oidc_metadata sb_http sb_jwt sb_timers sb_clock sb_crypto sb_buf sb_url sb_log sb_mem)
sb_module(authd_factor_oidc SOURCES factor_oidc.c
    DEPS authd_oidc_provider authd_oidc_claims authd_pages sb_secret_file sb_buf sb_url sb_clock
    sb_log sb_mem)
