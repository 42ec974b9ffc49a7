add_executable(authd_page_test authd/authd_page_test.c
    ${CMAKE_SOURCE_DIR}/tests/unit/authd/fake_pages.c)
target_link_libraries(authd_page_test PRIVATE played_bus soft_passkey sb_bus_hint)
sb_integration_test(authd_page COMMAND authd_page_test)
sb_integration_test(authd_page_code COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/authd/page_code)
