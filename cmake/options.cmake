# Compiler settings that every target of ours shares.
add_library(signet_compile_options INTERFACE)
target_compile_options(signet_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Werror)
target_include_directories(signet_compile_options INTERFACE ${CMAKE_SOURCE_DIR})

option(SIGNET_BUILD_TESTS "Build the tests as well; images and ./dev demo are made without" ON)
option(SIGNET_BUILD_BENCHMARKS "Build the micro-benchmarks as well, of which no test needs any" OFF)

# SIGNET_SANITIZE: empty or "address,undefined" (see CMakePresets.json). Not "thread": Debian's
# Abseil and gRPC are built without it, so it does not see their locks. Clang checks the locks'
# annotations instead (./dev lint).
set(SIGNET_SANITIZE "" CACHE STRING "Sanitizers to build with")
if(SIGNET_SANITIZE)
  add_compile_options(-fsanitize=${SIGNET_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all
                      # GCC 12 sees std::function's temporaries as uninitialized once the code is
                      # instrumented.
                      -Wno-maybe-uninitialized)
  add_link_options(-fsanitize=${SIGNET_SANITIZE})
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()

add_compile_options(-fPIE -pthread -fstack-protector-strong)
add_link_options(-pie -Wl,-z,relro,-z,now)

find_program(SIGNET_MOLD mold)
if(SIGNET_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_program(SIGNET_CCACHE ccache)
if(SIGNET_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SIGNET_CCACHE})
endif()
