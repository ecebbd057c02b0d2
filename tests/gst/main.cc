// The elements are linked into the test program and registered with it, so that no plugin path matters.
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "gst/elements.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (const char* proxy : {"http_proxy", "HTTP_PROXY"}) unsetenv(proxy);  // The servers of tests are on this machine.
  gst_init(&argc, &argv);
  if (gerund::gst::register_elements(nullptr) == FALSE) return 1;
  const int result = RUN_ALL_TESTS();
  gst_deinit();
  return result;
}
