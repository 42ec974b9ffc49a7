sb_fuzz_target(alert_rows_fuzz SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/alert_rows_fuzz.c
    DEPS botctl_lines botctl_alert_row CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpora/alert_rows)
