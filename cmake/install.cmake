# What `cmake --install` copies, in four components; each is a package (cmake/packages.cmake).
#   runtime    libgerund-runtime, the program gerund-runtime with man page and completions, its unit for systemd, guides
#   gstreamer  the plugin
#   training   libgerund, the program gerund, specs, weights to start from, man pages and completions
#   dev        headers, files for CMake and pkg-config, the example
# Nothing installed knows the prefix: the whole may be moved.
if(NOT DEFINED CMAKE_INSTALL_LIBDIR AND CMAKE_LIBRARY_ARCHITECTURE)
  set(CMAKE_INSTALL_LIBDIR lib/${CMAKE_LIBRARY_ARCHITECTURE} CACHE PATH "Libraries, below the prefix")  # As Debian has it.
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS gerund_runtime EXPORT gerund-runtime-targets
  LIBRARY COMPONENT runtime NAMELINK_COMPONENT dev INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS gerund-runtime COMPONENT runtime)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
# A template: nothing runs until somebody enables gerund-deploy@NAME.
install(FILES contrib/gerund-deploy@.service DESTINATION lib/systemd/system COMPONENT runtime)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)

install(TARGETS gstgerund LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/gstreamer-1.0 COMPONENT gstreamer)

# Man pages and shell completions: what is made from the programs' own words lies in the build folder as it shall lie
# below share: share/man/man1/gerund.1, share/bash-completion/completions/gerund, ...
install(DIRECTORY ${CMAKE_BINARY_DIR}/share/ DESTINATION ${CMAKE_INSTALL_DATADIR} COMPONENT runtime OPTIONAL
  FILES_MATCHING REGEX "gerund.runtime[^/]*$")

set(public_rooms ${runtime_rooms})
if(GERUND_TORCH)
  list(APPEND public_rooms ${other_rooms})
  install(TARGETS gerund_training EXPORT gerund-training-targets
    LIBRARY COMPONENT training NAMELINK_COMPONENT dev INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(TARGETS gerund COMPONENT training)
  install(DIRECTORY specs models DESTINATION ${CMAKE_INSTALL_DATADIR}/gerund COMPONENT training)
  install(DIRECTORY ${CMAKE_BINARY_DIR}/share/ DESTINATION ${CMAKE_INSTALL_DATADIR} COMPONENT training OPTIONAL
    REGEX "gerund.runtime[^/]*$" EXCLUDE)
  install(EXPORT gerund-training-targets NAMESPACE gerund:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/gerund COMPONENT dev)
endif()

# Headers name each other "room/x.h"; outside, where "base" and "data" may be anybody's, they do so as <gerund/room/x.h>.
set(public_headers ${CMAKE_BINARY_DIR}/public_headers)
install(CODE "set(ROOMS \"${public_rooms}\")\nset(SOURCE \"${CMAKE_SOURCE_DIR}\")\nset(TARGET \"${public_headers}\")
include(\"${CMAKE_SOURCE_DIR}/cmake/public_headers.cmake\")" COMPONENT dev)
install(DIRECTORY ${public_headers}/gerund DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT dev)

install(EXPORT gerund-runtime-targets NAMESPACE gerund:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/gerund COMPONENT dev)
configure_package_config_file(cmake/gerund-config.cmake.in ${CMAKE_BINARY_DIR}/gerund-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/gerund PATH_VARS CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/gerund-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/gerund-config.cmake ${CMAKE_BINARY_DIR}/gerund-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/gerund COMPONENT dev)

# gerund_pkg_config(NAME DESCRIPTION LIBRARY REQUIRES)
function(gerund_pkg_config name description library requires)
  file(RELATIVE_PATH up_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" up_to_prefix ${up_to_prefix})
  configure_file(cmake/gerund.pc.in ${CMAKE_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
endfunction()
gerund_pkg_config(gerund-runtime "names actions in video: opens models, makes windows, classifies" gerund-runtime "")
if(GERUND_TORCH)
  gerund_pkg_config(gerund "names actions in video: data sets, training, evaluation, export" gerund "gerund-runtime = ${PROJECT_VERSION}")
endif()
