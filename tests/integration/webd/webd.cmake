add_executable(played_pages webd/played_pages.c)
target_link_libraries(played_pages PRIVATE sb_bus_hint sb_bus_server sb_clock sb_crypto sb_json sb_keys
    sb_mem sb_timers sb_webauthn)
set_target_properties(played_pages PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
sb_integration_test(webd_alone COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/webd/run)
sb_integration_test(webd COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/webd/browser
    $<TARGET_FILE:played_pages> TIMEOUT 300)
set_tests_properties(integration.webd PROPERTIES SKIP_RETURN_CODE 77)
sb_integration_test(webd_chain COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/webd/chain)
sb_integration_test(webd_sign_in COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/webd/sign_in)
set_tests_properties(integration.webd_chain integration.webd_sign_in PROPERTIES SKIP_RETURN_CODE 77)
