# gerund_room(NAME [TORCH] DEPENDS ...): the static library gerund_NAME from src/NAME/**.cc. TORCH: it includes LibTorch's
# headers.
function(gerund_room name)
  cmake_parse_arguments(ROOM "TORCH" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  add_library(gerund_${name} STATIC ${sources})
  set_property(GLOBAL APPEND PROPERTY GERUND_ROOMS gerund_${name})
  target_include_directories(gerund_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_compile_options(gerund_${name} PRIVATE -Wall -Wextra -Wpedantic -Wshadow)
  target_link_libraries(gerund_${name} PUBLIC ${ROOM_DEPENDS})
  if(ROOM_TORCH)
    # Precompiled once in nets, reused by the others.
    if(name STREQUAL "nets")
      target_precompile_headers(gerund_nets PRIVATE ${CMAKE_SOURCE_DIR}/src/nets/libtorch.h)
    else()
      target_precompile_headers(gerund_${name} REUSE_FROM gerund_nets)
    endif()
    if(CMAKE_CXX_CLANG_TIDY)
      set_target_properties(gerund_${name} PROPERTIES CXX_CLANG_TIDY
        "${CMAKE_CXX_CLANG_TIDY};--extra-arg=-include${CMAKE_SOURCE_DIR}/cmake/clang_vector.h")
    endif()
  endif()
endfunction()

# gerund_test(NAME): the test program NAME_test from tests/NAME/*_test.cc, each case known to CTest.
function(gerund_test name)
  if(TARGET gerund_${name})
    set(ROOM_LIBRARIES gerund_${name})
  else()
    set(ROOM_LIBRARIES gerund_predict)  # tests/cli: the program, and what reads its files.
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${name}/*_test.cc)
  add_executable(${name}_test ${sources})
  target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_options(${name}_test PRIVATE -Wall -Wextra -Wpedantic -Wshadow $<$<CONFIG:Release>:-O1>)
  target_precompile_headers(${name}_test PRIVATE <gtest/gtest.h>)
  target_compile_definitions(${name}_test PRIVATE GERUND_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name}_test PRIVATE ${ROOM_LIBRARIES} GTest::gtest_main)
  # Tests keep what they measure (base::cache_folder) apart from the user's.
  gtest_discover_tests(${name}_test PROPERTIES ENVIRONMENT XDG_CACHE_HOME=${CMAKE_BINARY_DIR}/cache DISCOVERY_TIMEOUT 60)
endfunction()
