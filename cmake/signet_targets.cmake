# signet_library(NAME SOURCES ... [DEPS ...])  a static library of ours
function(signet_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE signet_compile_options)
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_precompile_headers(${name} REUSE_FROM signet_headers)
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ARG_DEPS})
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
  endif()
endfunction()

# signet_binary(NAME SOURCES ... [DEPS ...])  a shipped program, placed in build/<preset>/bin
function(signet_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} signet_compile_options)
  target_precompile_headers(${name} REUSE_FROM signet_headers)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# What the sanitizer presets build and run: the tests labelled unit or local.
add_custom_target(sanitized_tests)

# signet_test(NAME SOURCES ... [DEPS ...] [LABELS ...] [ENVIRONMENT ...] [TIMEOUT s])
# One GoogleTest program, registered with CTest under NAME.
# Labels: unit (no process, file or network), local (files, processes or ports of its own, nothing
# that is installed or built elsewhere), contract, integration, e2e.
function(signet_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS;ENVIRONMENT" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main
                                        signet_compile_options)
  target_precompile_headers(${name} REUSE_FROM signet_test_headers)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if("unit" IN_LIST ARG_LABELS OR "local" IN_LIST ARG_LABELS)
    add_dependencies(sanitized_tests ${name})
  endif()
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "${ARG_ENVIRONMENT}")
endfunction()

# Tests of another signet_test (a GoogleTest filter) once more, with NSS's softoken as the hardware
# module.
function(signet_test_with_nss name test filter)
  add_test(NAME ${name} COMMAND ${test} --gtest_filter=${filter} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  get_test_property(${test} ENVIRONMENT environment)
  set_tests_properties(${name} PROPERTIES LABELS integration TIMEOUT 120
    ENVIRONMENT "${environment};SIGNET_TEST_MODULE=nss")
endfunction()
