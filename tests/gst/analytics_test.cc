// Tests of gst/analytics.h: what elements of others read of an answer.
#include "gst/analytics.h"

#include <gtest/gtest.h>

#include "gst/brightness_model.h"
#include "gst/chain.h"

#ifdef GERUND_ANALYTICS
#include <gst/analytics/analytics.h>
#endif

namespace gerund::gst {
namespace {

#ifdef GERUND_ANALYTICS
TEST(Analytics, AnAnswerIsAnObjectThatRelatesToItsScores) {
  const BrightnessFile file;
  Chain chain("gerundroi rois=\"door:2,1,8,6\" ! gerundinfer threads=1 stride=1 model=" + file.path());
  for (int n = 0; n < kWindowFrames + 1; ++n) {
    const BufferHandle buffer = chain.pass(plain_frame(16, 12, {200, 200, 200}, n));
    GstAnalyticsRelationMeta* meta = gst_buffer_get_analytics_relation_meta(buffer.get());
    if (n < kWindowFrames - 1) {
      EXPECT_EQ(meta, nullptr) << n;
      continue;
    }
    ASSERT_NE(meta, nullptr) << n;
    const serve::WindowReport& window = find_report(buffer.get())->report->windows.at(0);
    gpointer state = nullptr;
    GstAnalyticsODMtd object;
    ASSERT_TRUE(gst_analytics_relation_meta_iterate(meta, &state, gst_analytics_od_mtd_get_mtd_type(),
                                                    reinterpret_cast<GstAnalyticsMtd*>(&object)));
    gint x = 0, y = 0, width = 0, height = 0;
    gfloat best = 0;
    ASSERT_TRUE(gst_analytics_od_mtd_get_location(&object, &x, &y, &width, &height, &best));
    EXPECT_EQ(std::make_tuple(x, y, width, height), std::make_tuple(2, 1, 8, 6));
    EXPECT_STREQ(g_quark_to_string(gst_analytics_od_mtd_get_obj_type(&object)), "door");
    GstAnalyticsClsMtd scores;
    gpointer related = nullptr;
    ASSERT_TRUE(gst_analytics_relation_meta_get_direct_related(meta, object.id, GST_ANALYTICS_REL_TYPE_RELATE_TO,
                                                               gst_analytics_cls_mtd_get_mtd_type(), &related,
                                                               reinterpret_cast<GstAnalyticsMtd*>(&scores)));
    ASSERT_EQ(gst_analytics_cls_mtd_get_length(&scores), 2U);
    for (gsize i = 0; i < 2; ++i)
      EXPECT_FLOAT_EQ(gst_analytics_cls_mtd_get_level(&scores, i), static_cast<gfloat>(window.scores[i])) << i;
    EXPECT_STREQ(g_quark_to_string(gst_analytics_cls_mtd_get_quark(&scores, 0)),
                 find_report(buffer.get())->report->model->labels[0].c_str());
    EXPECT_FLOAT_EQ(best, static_cast<gfloat>(std::max(window.scores[0], window.scores[1])));
  }
}
#else
TEST(Analytics, AreNotThereBefore124) {
  GstBuffer* buffer = gst_buffer_new();
  add_analytics(buffer, {});
  EXPECT_FALSE(has_analytics());
  gst_buffer_unref(buffer);
}
#endif

}  // namespace
}  // namespace gerund::gst
