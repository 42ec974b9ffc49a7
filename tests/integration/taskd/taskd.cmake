add_executable(taskd_test taskd/taskd_test.c taskd/bed.c)
target_link_libraries(taskd_test PRIVATE sb_bus_client sb_bus_hint PkgConfig::CMOCKA
    PkgConfig::SQLITE)
target_compile_definitions(taskd_test PRIVATE SB_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    SB_BINARY_DIR="${CMAKE_BINARY_DIR}")
set_target_properties(taskd_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
sb_integration_test(taskd TIMEOUT 300 COMMAND ${CMAKE_SOURCE_DIR}/tests/support/with_postgres
    ${CMAKE_BINARY_DIR}/tests $<TARGET_FILE:taskd_test>)
