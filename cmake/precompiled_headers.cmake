# What nearly every file includes costs more to parse than the file itself, so it is parsed once:
# for what is shipped and for tests apart. A file still includes what it uses: the release preset
# builds without precompiled headers. CLI11 stays out, for it costs as much in each file that loads
# it as in one that parses it; GCC reads no precompiled header of a target with other language
# options or macros that matter to it, and says so as an error.
set(signet_common_headers
  <algorithm> <array> <atomic> <chrono> <cstdint> <filesystem> <fstream> <functional> <iostream> <map> <memory>
  <optional> <set> <sstream> <string> <string_view> <thread> <utility> <variant> <vector>
  <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/synchronization/mutex.h>
  <google/protobuf/map.h> <google/protobuf/message.h>
  <grpcpp/grpcpp.h> <grpcpp/support/client_callback.h> <grpcpp/support/server_callback.h>)
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/precompiled_headers.cc CONTENT "")

add_library(signet_headers OBJECT ${CMAKE_BINARY_DIR}/precompiled_headers.cc)
target_link_libraries(signet_headers PRIVATE signet_compile_options)
target_precompile_headers(signet_headers PRIVATE ${signet_common_headers})

if(NOT SIGNET_BUILD_TESTS)
  return()
endif()
add_library(signet_test_headers OBJECT ${CMAKE_BINARY_DIR}/precompiled_headers.cc)
target_link_libraries(signet_test_headers PRIVATE signet_compile_options GTest::gtest GTest::gmock)
target_precompile_headers(signet_test_headers PRIVATE ${signet_common_headers} <gmock/gmock.h> <gtest/gtest.h>)
