# The two libraries for programs of others, each made of whole rooms; what a room links is linked by its library and
# stays its own affair: the public headers (cmake/public_headers.txt) need nothing but C++20.

# gerund_library(TARGET OUTPUT ROOMS...): the shared library libOUTPUT.so.
function(gerund_library target output)
  add_library(${target} SHARED)
  foreach(room ${ARGN})
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:gerund_${room}>)
    get_target_property(libraries gerund_${room} LINK_LIBRARIES)
    list(REMOVE_ITEM libraries ${gerund_rooms})
    list(TRANSFORM libraries REPLACE "(.+)" "$<BUILD_INTERFACE:\\1>")
    target_link_libraries(${target} PRIVATE ${libraries})
  endforeach()
  # Names outside of namespace gerund are nobody else's to call.
  target_link_options(${target} PRIVATE LINKER:--version-script=${CMAKE_SOURCE_DIR}/cmake/exported_names.map)
  target_compile_features(${target} INTERFACE cxx_std_20)
  # Before 1.0 a new minor version may change what programs are linked with.
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${output} LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/exported_names.map)
endfunction()

get_property(gerund_rooms GLOBAL PROPERTY GERUND_ROOMS)
set(runtime_rooms base tensor spec media clip graph infer serve)
gerund_library(gerund_runtime gerund-runtime ${runtime_rooms})
set_target_properties(gerund_runtime PROPERTIES EXPORT_NAME runtime)
if(GERUND_TORCH)
  set(other_rooms ${gerund_rooms})
  list(TRANSFORM other_rooms REPLACE "^gerund_" "")
  list(REMOVE_ITEM other_rooms ${runtime_rooms})
  gerund_library(gerund_training gerund ${other_rooms})
  target_link_libraries(gerund_training PUBLIC gerund_runtime)
  # The two stand in one folder, wherever that is.
  set_target_properties(gerund_training PROPERTIES EXPORT_NAME gerund INSTALL_RPATH $ORIGIN)
endif()
