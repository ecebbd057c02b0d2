# Every outside library, found once. Each is linked only by the room that owns it (layers.txt).
find_package(Threads REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(LibArchive REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)
pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil libswscale)
pkg_check_modules(LIBDEFLATE REQUIRED IMPORTED_TARGET libdeflate)

pkg_check_modules(GSTREAMER REQUIRED IMPORTED_TARGET gstreamer-1.0>=1.22 gstreamer-base-1.0 gstreamer-video-1.0)
pkg_check_modules(ANALYTICS QUIET IMPORTED_TARGET gstreamer-analytics-1.0>=1.24)  # Part of plugins-bad; optional.

# Debian splits OpenCV: only these three modules (and in room flow two more) are needed, so find_package(OpenCV), which wants all of them, is not used.
add_library(gerund_opencv INTERFACE)
target_include_directories(gerund_opencv SYSTEM INTERFACE /usr/include/opencv4)
target_link_libraries(gerund_opencv INTERFACE opencv_core opencv_imgproc opencv_imgcodecs)

add_library(gerund_onnx INTERFACE)
target_compile_definitions(gerund_onnx INTERFACE ONNX_ML=1 ONNX_NAMESPACE=onnx)
target_link_libraries(gerund_onnx INTERFACE onnx onnx_proto protobuf)

find_package(dnnl REQUIRED)
find_package(OpenMP)

if(GERUND_TORCH)
  find_path(TORCH_API_INCLUDE torch/torch.h PATH_SUFFIXES torch/csrc/api/include REQUIRED)
  add_library(gerund_torch INTERFACE)
  target_include_directories(gerund_torch SYSTEM INTERFACE ${TORCH_API_INCLUDE})
  find_library(GLOO_LIBRARY gloo REQUIRED)
  target_link_libraries(gerund_torch INTERFACE torch torch_cpu c10 ${GLOO_LIBRARY})
endif()
