# How a module, a daemon and an embedded file are declared. A module is one noun: NAME.c with
# NAME.h, a static library sb_NAME (or DIR_NAME for a module of a daemon), so that a unit test can
# link that module and nothing else.

add_library(sb_flags INTERFACE)
target_include_directories(sb_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
target_compile_definitions(sb_flags INTERFACE _GNU_SOURCE SB_VERSION="${PROJECT_VERSION}")
target_compile_options(sb_flags INTERFACE
    -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
    -Wformat=2 -Wundef -Werror -fno-omit-frame-pointer -fstack-protector-strong
    $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation> # snprintf into a fixed field cuts on purpose
    -UNDEBUG)                                      # asserts stay, whatever order headers come in
target_link_options(sb_flags INTERFACE -Wl,-z,relro,-z,now)
if(SB_ASAN)
    target_compile_options(sb_flags INTERFACE -fsanitize=address,undefined
        -fno-sanitize-recover=all)
    target_link_options(sb_flags INTERFACE -fsanitize=address,undefined)
elseif(SB_TSAN)
    target_compile_options(sb_flags INTERFACE -fsanitize=thread)
    target_link_options(sb_flags INTERFACE -fsanitize=thread)
else()
    target_compile_options(sb_flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
endif()
if(SB_FUZZ)
    # Without counters in the modules themselves libFuzzer searches blindly.
    target_compile_options(sb_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# sb_module(TARGET SOURCES a.c ... DEPS target ...): DEPS are public, a header may need them.
function(sb_module target)
    cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
    add_library(${target} STATIC ${ARG_SOURCES})
    target_link_libraries(${target} PUBLIC sb_flags ${ARG_DEPS})
endfunction()

# sb_program(NAME SOURCES main.c ... DEPS target ...): all programs land in BUILD/bin.
function(sb_program name)
    cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE sb_flags ${ARG_DEPS})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# sb_embed(TARGET SYMBOL FILE): links FILE's bytes into TARGET as
#   extern const unsigned char SYMBOL[]; extern const unsigned char SYMBOL_end[];
# A NUL follows the last byte and is not counted.
function(sb_embed target symbol file)
    get_filename_component(path ${file} ABSOLUTE)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
    file(CONFIGURE OUTPUT ${out} @ONLY CONTENT # written only if it changed
        "    .section .rodata\n    .global ${symbol}\n    .global ${symbol}_end\n${symbol}:\n    .incbin \"${path}\"\n${symbol}_end:\n    .byte 0\n    .section .note.GNU-stack,\"\",@progbits\n")
    set_source_files_properties(${out} PROPERTIES LANGUAGE ASM OBJECT_DEPENDS ${path})
    target_sources(${target} PRIVATE ${out})
endfunction()
