# `make package`: a Debian package per component of cmake/install.cmake.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The gerund maintainers <maintainers@gerund.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "names what people are doing in video")
set(CPACK_COMPONENTS_ALL runtime gstreamer dev)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION video)
# Libraries of Debian come from what programs and libraries are linked with; those of gerund are named here.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(same_version "(= ${PROJECT_VERSION})")

# gerund_package(COMPONENT NAME TEXT)
macro(gerund_package component name text)
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name})
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${text}")
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${name} RENAME copyright COMPONENT ${component} EXCLUDE_FROM_ALL)
endmacro()

set(decoders "gstreamer1.0-plugins-base, gstreamer1.0-plugins-good, gstreamer1.0-plugins-bad, gstreamer1.0-libav")
gerund_package(runtime gerund-runtime
  "Runs exported networks on cameras and files: the program gerund-runtime, and\nlibgerund-runtime for programs of others. Trains nothing and needs no LibTorch.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS "${decoders}, gstreamer1.0-plugins-ugly")

gerund_package(gstreamer gstreamer1.0-gerund
  "GStreamer elements for gst-launch-1.0 and programs: sources that come\nback, regions, windows and network, events, overlay, JSON lines.")
set(CPACK_DEBIAN_GSTREAMER_PACKAGE_RECOMMENDS "${decoders}")

gerund_package(dev libgerund-dev
  "Headers, and files for CMake and pkg-config, for programs that use\nlibgerund-runtime, or libgerund of the package gerund.")
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "gerund-runtime ${same_version}")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "gerund ${same_version}")

if(GERUND_TORCH)
  list(APPEND CPACK_COMPONENTS_ALL training)
  gerund_package(training gerund
    "Trains networks for it: a folder of clips in, a trained network out, as a\ncheckpoint and as ONNX. Does all that gerund-runtime does.")
  set(CPACK_DEBIAN_TRAINING_PACKAGE_DEPENDS "gerund-runtime ${same_version}")
  # Without OpenBLAS training is many times slower.
  # Certificates: gerund models pull checks those of servers.
  set(CPACK_DEBIAN_TRAINING_PACKAGE_RECOMMENDS "libopenblas0-pthread, ca-certificates")
endif()
include(CPack)
