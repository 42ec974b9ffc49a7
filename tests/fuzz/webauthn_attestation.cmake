sb_fuzz_target(webauthn_attestation_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/webauthn_attestation_fuzz.c
    DEPS sb_webauthn CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/webauthn_attestation)
