# signet_proto(NAME PROTOS files... [DEPS signet_proto_x...] [GRPC])
# One static library per proto package, generated into the build tree, never into git.
# Without GRPC the library links protobuf only, so pure code may use it.
# What clang-tidy needs of a build.
add_custom_target(generated_sources)

function(signet_proto name)
  cmake_parse_arguments(ARG "GRPC" "" "PROTOS;DEPS" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/protos)
  set(generated)
  foreach(proto ${ARG_PROTOS})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(files ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
    set(plugin)
    if(ARG_GRPC)
      list(APPEND files ${out}/${stem}.grpc.pb.cc ${out}/${stem}.grpc.pb.h)
      set(plugin --grpc_out=${out} --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN})
    endif()
    add_custom_command(
      OUTPUT ${files}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
      COMMAND ${PROTOC} -I ${CMAKE_SOURCE_DIR}/protos --cpp_out=${out} ${plugin} ${proto}
      DEPENDS ${CMAKE_SOURCE_DIR}/protos/${proto}
      COMMENT "protoc ${proto}")
    list(APPEND generated ${files})
  endforeach()
  add_custom_target(${name}_sources DEPENDS ${generated})
  add_dependencies(generated_sources ${name}_sources)
  add_library(${name} STATIC ${generated})
  target_precompile_headers(${name} REUSE_FROM signet_headers)
  target_include_directories(${name} SYSTEM PUBLIC ${out})
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf ${ARG_DEPS})
  if(ARG_GRPC)
    target_link_libraries(${name} PUBLIC gRPC::grpc++)
  endif()
endfunction()
