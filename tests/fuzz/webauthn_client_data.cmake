sb_fuzz_target(webauthn_client_data_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/webauthn_client_data_fuzz.c
    DEPS sb_webauthn CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/webauthn_client_data)
