# sb_unit_test(NAME SOURCES x_test.c DEPS module): a cmocka program that links only its module.
function(sb_unit_test name)
    cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE sb_flags ${ARG_DEPS} PkgConfig::CMOCKA)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_compile_definitions(${name} PRIVATE SB_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
        SB_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME unit.${name} COMMAND ${name})
    set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 60)
endfunction()

# sb_integration_test(NAME COMMAND words ...): starts real daemons from BUILD/bin.
function(sb_integration_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "COMMAND;LABELS" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    add_test(NAME integration.${name} COMMAND ${ARG_COMMAND})
    set_tests_properties(integration.${name} PROPERTIES
        LABELS "integration;${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT}
        ENVIRONMENT "SB_BIN=${CMAKE_BINARY_DIR}/bin;SB_SOURCE=${CMAKE_SOURCE_DIR}")
endfunction()

# sb_fuzz_target(NAME SOURCES x_fuzz.c DEPS module CORPUS dir): with SB_FUZZ a libFuzzer program,
# else the same function behind a driver that replays files. Either way ctest replays the corpus.
function(sb_fuzz_target name)
    cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;DEPS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE sb_flags ${ARG_DEPS})
    if(SB_FUZZ)
        target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    else()
        target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.c)
    endif()
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    add_test(NAME fuzz.${name} COMMAND ${CMAKE_SOURCE_DIR}/tests/fuzz/replay
        $<TARGET_FILE:${name}> ${ARG_CORPUS})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 120)
endfunction()
