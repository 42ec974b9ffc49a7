# The transport to Slack against the fake one.
add_executable(slack_transport_test
    ${CMAKE_CURRENT_LIST_DIR}/slack_transport_test.c ${CMAKE_CURRENT_LIST_DIR}/slack_bed.c
    ${CMAKE_SOURCE_DIR}/tests/unit/chatd/web_client.c)
target_link_libraries(slack_transport_test PRIVATE chatd_slack_socket chatd_slack_events
    PkgConfig::CURL PkgConfig::CMOCKA)
target_compile_definitions(slack_transport_test PRIVATE SB_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    SB_BINARY_DIR="${CMAKE_BINARY_DIR}")
add_dependencies(slack_transport_test fake_slack)
sb_integration_test(slack_transport COMMAND slack_transport_test)
