# The transport to Slack against the fake one.
add_library(slack_world STATIC ${CMAKE_CURRENT_LIST_DIR}/slack_world.c
    ${CMAKE_CURRENT_LIST_DIR}/slack_bed.c ${CMAKE_SOURCE_DIR}/tests/unit/chatd/web_client.c)
target_link_libraries(slack_world PUBLIC chatd_slack_socket chatd_slack_events PkgConfig::CURL
    PkgConfig::CMOCKA)
foreach(name slack_socket slack_web)
    add_executable(${name}_test ${CMAKE_CURRENT_LIST_DIR}/${name}_test.c)
    target_link_libraries(${name}_test PRIVATE slack_world)
    target_compile_definitions(${name}_test PRIVATE SB_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
        SB_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_dependencies(${name}_test fake_slack)
    sb_integration_test(${name} COMMAND ${name}_test)
endforeach()
