# The driver to Duo.
sb_unit_test(authd_duo_sign_test SOURCES duo_sign_test.c DEPS authd_duo_sign)
sb_unit_test(authd_duo_pushinfo_test SOURCES duo_pushinfo_test.c DEPS authd_duo_pushinfo)
sb_unit_test(authd_duo_reply_test SOURCES duo_reply_test.c DEPS authd_duo_reply)
sb_unit_test(authd_duo_roots_test SOURCES duo_roots_test.c DEPS authd_duo_roots temp_file)
sb_unit_test(authd_factor_duo_test SOURCES factor_duo_test.c DEPS authd_factor_duo temp_file)
