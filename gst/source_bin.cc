/**
 * SECTION:element-gerundsrcbin
 *
 * Video from a file, a web address, an RTSP camera or a capture device, that does not stop: a live source that breaks
 * off, cannot be reached or falls silent is opened again, with growing pauses; a file can loop. Timestamps go on, and
 * the first frame after a break is marked as discontinuous. Pictures of a file that asks to be turned or mirrored, as
 * phones make them, are (where videoflip of gstreamer1.0-plugins-good is there). What happens is told by element
 * messages "gerund-source-state" with the fields state (started, reconnecting, ended, failed), uri and reason; an error
 * is an error of the pipeline only where the source is given up.
 *
 * |[
 * gst-launch-1.0 gerundsrcbin uri=file:///tmp/clip.mp4 max-fps=15 ! videoconvert ! fakesink
 * ]|
 */
#include <gst/video/video.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gst/element_text.h"
#include "gst/elements.h"
#include "gst/properties.h"
#include "gst/report_meta.h"
#include "gst/source_rules.h"

#define GST_CAT_DEFAULT (gerund::gst::debug_category())

namespace gerund::gst {
namespace {

struct Settings {
  std::string uri;
  bool loop = false;
  SourcePolicy policy;
  double stall_seconds = 10;
  double max_fps = 0;
  int64_t latency_ms = 100;
};

/// What happens to the video on its way through the bin. Guarded by the object lock.
struct Flow {
  static uint64_t next_number() {
    static std::atomic<uint64_t> last = 0;
    return ++last;
  }
  explicit Flow(const Settings& s) : settings(s), uri(to_uri(s.uri)), kind(kind_of(uri)), backoff(s.policy) {}

  const Settings settings;                // They do not change while the bin runs.
  const uint64_t number = next_number();  // No two have the same.
  const std::string uri;
  const SourceKind kind;
  Backoff backoff;
  GstSegment segment{};                          // Of the decoder that runs now.
  bool has_head = false;                         // Stream start and segment went out.
  bool is_new = true;                            // No frame of this decoder has come.
  bool has_seam = false;                         // The next frame that goes out does not follow the one before it.
  bool is_over = false;                          // Ended or given up.
  bool is_pending = false;                       // A restart is on its way.
  double wait_seconds = 0;                       // Until then.
  Break last_break = Break::lost;                // What the restart is for.
  std::string missing;                           // What GStreamer said that it has no plugin for.
  GstClockTime offset = 0;                       // Added to the decoder's running time.
  GstClockTime next_time = 0;                    // Running time at which the last frame ends.
  GstClockTime kept_time = GST_CLOCK_TIME_NONE;  // Of the last frame that max-fps let through.
  gint64 last_sign_us = 0;                       // Wall clock of the last frame or start.
};

struct GerundSrcBin {
  GstBin parent;
  Settings* settings;
  Flow* flow;           // From READY to PAUSED and back.
  GstElement* decoder;  // Its state is ours to change; the bin keeps its hands off (locked state).
  GstElement* turn;     // A videoflip: turns what a phone has recorded lying down. Null where there is none.
  GstElement* output;   // An identity whose source pad is the bin's.
  GstClockID watchdog;
  GstClockID restart;
};

struct GerundSrcBinClass {
  GstBinClass parent_class;
};

G_DEFINE_TYPE(GerundSrcBin, gerund_src_bin, GST_TYPE_BIN)

GerundSrcBin* self_of(gpointer object) {
  return reinterpret_cast<GerundSrcBin*>(object);
}

const std::vector<Property<Settings>>& properties() {
  static const std::vector<Property<Settings>> table{
      {"uri", "URI", "file, http, https, rtsp, v4l2 address, or a path", [](Settings& s) { return &s.uri; }},
      {"loop", "Loop", "Begin a file anew at its end", [](Settings& s) { return &s.loop; }},
      {"max-fps", "Most frames per second", "Frames beyond it are left out; 0: none",
       [](Settings& s) { return &s.max_fps; }, 0, 1000},
      {"stall-timeout", "Stall time-out",
       "Seconds without a frame after which a live source is opened again, and a file that has given none fails; 0: "
       "never",
       [](Settings& s) { return &s.stall_seconds; }, 0, 86400},
      {"reconnect-interval", "Reconnect interval", "Seconds before a live source is opened again, doubled each time",
       [](Settings& s) { return &s.policy.first_wait_seconds; }, 0.01, 86400},
      {"reconnect-max-interval", "Longest interval", "The most that reconnect-interval grows to, in seconds",
       [](Settings& s) { return &s.policy.longest_wait_seconds; }, 0.01, 86400},
      {"reconnect-attempts", "Attempts", "Tries in a row without a frame before giving up; -1: for ever",
       [](Settings& s) { return &s.policy.attempts; }, -1, G_MAXINT},
      {"latency", "Latency", "Milliseconds that RTSP packets are held to put them in order",
       [](Settings& s) { return &s.latency_ms; }, 0, 60000}};
  return table;
}

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  if (!set_property_of(object, *self_of(object)->settings, properties(), id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  if (!get_property_of(object, *self_of(object)->settings, properties(), id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

void post_state(GerundSrcBin* self, const char* state, const std::string& reason) {
  const Settings settings = snapshot(self, *self->settings);
  gst_element_post_message(
      GST_ELEMENT(self), gst_message_new_element(
                             GST_OBJECT(self), gst_structure_new("gerund-source-state", "state", G_TYPE_STRING, state,
                                                                 "uri", G_TYPE_STRING, public_uri(settings.uri).c_str(),
                                                                 "reason", G_TYPE_STRING, reason.c_str(), nullptr)));
}

void restart_decoder(GstElement* element, gpointer);
void clear_away(GstElement* element, gpointer);

gboolean on_restart_time(GstClock*, GstClockTime, GstClockID, gpointer element) {
  gst_element_call_async(GST_ELEMENT(element), restart_decoder, nullptr, nullptr);
  return TRUE;
}

void schedule_restart(GerundSrcBin* self, double wait_seconds) {
  GstClock* clock = gst_system_clock_obtain();
  const auto wait = static_cast<GstClockTime>(wait_seconds * GST_SECOND);
  GstClockID id = gst_clock_new_single_shot_id(clock, gst_clock_get_time(clock) + wait);
  GST_OBJECT_LOCK(self);
  std::swap(id, self->restart);
  if (self->flow != nullptr)
    gst_clock_id_wait_async(self->restart, on_restart_time, gst_object_ref(self), gst_object_unref);
  GST_OBJECT_UNLOCK(self);
  if (id != nullptr) gst_clock_id_unref(id);
  gst_object_unref(clock);
}

/// Why a decoder is of no use any more.
enum class Stop {
  failed,
  ended,     // It came to the end of the file.
  unwanted,  // Downstream has said that it wants no more.
};

void break_off(GerundSrcBin* self, const std::string& reason, Stop kind) {
  const bool is_end = kind != Stop::failed;
  std::optional<double> wait;
  std::string uri;
  GST_OBJECT_LOCK(self);
  Flow* flow = self->flow;
  const bool is_heard = flow != nullptr && !flow->is_over && !flow->is_pending;
  if (is_heard) {
    uri = public_uri(flow->uri);
    const bool goes_on = is_end ? kind == Stop::ended && flow->settings.loop : flow->kind != SourceKind::file;
    if (goes_on) wait = is_end && !flow->is_new ? std::optional(0.0) : flow->backoff.next_wait();
    flow->is_pending = wait.has_value();
    flow->last_break = is_end ? Break::looped : Break::lost;
    flow->wait_seconds = wait.value_or(0);
    flow->is_over = !wait.has_value();
  }
  GST_OBJECT_UNLOCK(self);
  if (!is_heard) return;
  if (wait) {
    if (!is_end) post_state(self, "reconnecting", reason);
    gst_element_call_async(GST_ELEMENT(self), clear_away, nullptr, nullptr);
  } else if (is_end) {
    post_state(self, "ended", "");
  } else {
    post_state(self, "failed", reason);
    GST_ELEMENT_ERROR(self, RESOURCE, OPEN_READ, ("%s: %s", uri.c_str(), reason.c_str()), (nullptr));
  }
}

/// True where the decoder knows how long its source is: a web address behind which lies a file.
bool has_length(GstPad* pad) {
  gint64 duration = 0;
  return gst_pad_query_duration(pad, GST_FORMAT_TIME, &duration) == TRUE && duration > 0;
}

/// True where the last frame was answered with "end of stream", as after a limit on frames: opening the source again
/// would bring nothing.
bool is_unwanted(GerundSrcBin* self) {
  GstPad* output = gst_element_get_static_pad(self->output, "src");
  const bool result = gst_pad_get_last_flow_return(output) == GST_FLOW_EOS;
  gst_object_unref(output);
  return result;
}

GstPadProbeReturn on_end(GerundSrcBin* self, GstPad* pad) {
  GST_OBJECT_LOCK(self);
  const SourceKind kind = self->flow != nullptr ? self->flow->kind : SourceKind::file;
  const bool loops = self->flow != nullptr && self->flow->settings.loop;
  GST_OBJECT_UNLOCK(self);
  if (is_unwanted(self)) {
    break_off(self, "", Stop::unwanted);
    return GST_PAD_PROBE_OK;
  }
  const bool is_end = kind == SourceKind::file || (kind == SourceKind::web && has_length(pad));
  break_off(self, "the source has ended", is_end ? Stop::ended : Stop::failed);
  return is_end && !loops ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

/// How the file asks to be turned and mirrored, from a tag event. What goes out is upright, so the tag goes no further.
void take_orientation(GerundSrcBin* self, GstPadProbeInfo* info) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  GstTagList* tags = nullptr;
  gst_event_parse_tag(event, &tags);
  GstVideoOrientationMethod method = GST_VIDEO_ORIENTATION_IDENTITY;
  if (self->turn == nullptr || gst_video_orientation_from_tag(tags, &method) == FALSE) return;
  g_object_set(self->turn, "video-direction", method, nullptr);
  GstTagList* others = gst_tag_list_copy(tags);
  gst_tag_list_remove_tag(others, GST_TAG_IMAGE_ORIENTATION);
  GST_PAD_PROBE_INFO_DATA(info) = gst_event_new_tag(others);
  gst_event_unref(event);
}

/// One stream and one segment go out, however many decoders come and go.
GstPadProbeReturn on_event(GerundSrcBin* self, GstPad* pad, GstPadProbeInfo* info) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_EOS:
      return on_end(self, pad);
    case GST_EVENT_SEGMENT: {
      GST_OBJECT_LOCK(self);
      const bool is_first = self->flow != nullptr && !std::exchange(self->flow->has_head, true);
      if (self->flow != nullptr) gst_event_copy_segment(event, &self->flow->segment);
      GST_OBJECT_UNLOCK(self);
      if (!is_first) return GST_PAD_PROBE_DROP;
      GstSegment plain;
      gst_segment_init(&plain, GST_FORMAT_TIME);
      GST_PAD_PROBE_INFO_DATA(info) = gst_event_new_segment(&plain);
      gst_event_unref(event);
      return GST_PAD_PROBE_OK;
    }
    case GST_EVENT_TAG:
      take_orientation(self, info);
      [[fallthrough]];
    case GST_EVENT_STREAM_START:
    case GST_EVENT_STREAM_COLLECTION: {
      GST_OBJECT_LOCK(self);
      const bool has_head = self->flow == nullptr || self->flow->has_head;
      GST_OBJECT_UNLOCK(self);
      return has_head ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
    }
    case GST_EVENT_GAP:
      return GST_PAD_PROBE_DROP;
    default:
      return GST_PAD_PROBE_OK;
  }
}

/// Running time of the pipeline now; 0 where it has no clock.
GstClockTime running_now(GerundSrcBin* self) {
  GstClock* clock = gst_element_get_clock(GST_ELEMENT(self));
  if (clock == nullptr) return 0;
  const GstClockTime now = gst_clock_get_time(clock);
  gst_object_unref(clock);
  const GstClockTime base = gst_element_get_base_time(GST_ELEMENT(self));
  return now > base ? now - base : 0;
}

/// The frame's time in the stream that goes out, under the object lock. `now` is used for the first frame after a break
/// of a live source: what comes late would be thrown away by a sink.
GstClockTime place_in_time(Flow& flow, GstBuffer* buffer, bool is_first, GstClockTime now) {
  GstClockTime time = GST_BUFFER_PTS(buffer);
  if (GST_CLOCK_TIME_IS_VALID(time)) time = gst_segment_to_running_time(&flow.segment, GST_FORMAT_TIME, time);
  if (!GST_CLOCK_TIME_IS_VALID(time)) time = flow.next_time > flow.offset ? flow.next_time - flow.offset : 0;
  if (is_first) {
    const GstClockTime earliest = std::max(flow.next_time, now);
    flow.offset = earliest > time ? earliest - time : 0;
  }
  const GstClockTime duration = GST_BUFFER_DURATION_IS_VALID(buffer) ? GST_BUFFER_DURATION(buffer) : GST_SECOND / 25;
  flow.next_time = std::max(flow.next_time, time + flow.offset + duration);
  return time + flow.offset;
}

/// False for a frame that max-fps leaves out.
bool is_kept(Flow& flow, GstClockTime time) {
  const double max_fps = flow.settings.max_fps;
  if (max_fps <= 0) return true;
  // A frame may come a tenth of the distance early: timestamps are rounded.
  const auto distance = static_cast<GstClockTime>(0.9 / max_fps * GST_SECOND);
  if (GST_CLOCK_TIME_IS_VALID(flow.kept_time) && time >= flow.kept_time && time - flow.kept_time < distance)
    return false;
  flow.kept_time = time;
  return true;
}

GstPadProbeReturn on_frame(GerundSrcBin* self, GstPadProbeInfo* info) {
  auto* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  GST_PAD_PROBE_INFO_DATA(info) = buffer;
  const GstClockTime now = running_now(self);
  GST_OBJECT_LOCK(self);
  if (self->flow == nullptr) {
    GST_OBJECT_UNLOCK(self);
    return GST_PAD_PROBE_DROP;
  }
  Flow& flow = *self->flow;
  const bool is_file = flow.kind == SourceKind::file;
  const bool is_first = std::exchange(flow.is_new, false);
  const bool has_gone_before = flow.next_time > 0;
  const GstClockTime time = place_in_time(flow, buffer, is_first, is_file || !has_gone_before ? 0 : now);
  flow.last_sign_us = g_get_monotonic_time();
  flow.backoff.succeed();
  const bool is_wanted = is_kept(flow, time);
  flow.has_seam = flow.has_seam || is_first;
  const bool is_marked = is_wanted && std::exchange(flow.has_seam, false);
  GST_OBJECT_UNLOCK(self);
  GST_BUFFER_PTS(buffer) = time;
  GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
  if (is_marked) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  if (is_first && (!has_gone_before || !is_file)) post_state(self, "started", "");
  return is_wanted ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

GstPadProbeReturn on_data(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  GerundSrcBin* self = self_of(data);
  if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) != 0) return on_frame(self, info);
  return on_event(self, pad, info);
}

/// The caps of what a decoder's pad gives; those of decodebin's own pad where the one around it does not have them yet.
GstCaps* caps_of(GstPad* pad) {
  GstCaps* caps = gst_pad_get_current_caps(pad);
  GstPad* inner = caps == nullptr && GST_IS_GHOST_PAD(pad) ? gst_ghost_pad_get_target(GST_GHOST_PAD(pad)) : nullptr;
  if (inner == nullptr) return caps;
  caps = caps_of(inner);
  gst_object_unref(inner);
  return caps;
}

bool can_turn(GstPad* pad, GstPad* turn) {
  GstCaps* caps = caps_of(pad);
  if (caps == nullptr) return gst_pad_can_link(pad, turn) == TRUE;
  GstCaps* taken = gst_pad_get_pad_template_caps(turn);
  const bool result = gst_caps_can_intersect(caps, taken) == TRUE;
  gst_caps_unref(taken);
  gst_caps_unref(caps);
  return result;
}

/// Where a decoder's video goes in. Pictures that videoflip does not take (4:2:2, in the memory of a GPU) go past it.
GstPad* entry_for(GerundSrcBin* self, GstPad* pad) {
  GstPad* output = gst_element_get_static_pad(self->output, "sink");
  if (self->turn == nullptr) return output;
  GstPad* turn = gst_element_get_static_pad(self->turn, "sink");
  if (gst_pad_is_linked(turn) == FALSE && !can_turn(pad, turn)) {
    gst_element_unlink(self->turn, self->output);
    gst_object_unref(turn);
    return output;
  }
  if (gst_pad_is_linked(output) == FALSE) gst_element_link(self->turn, self->output);
  gst_object_unref(output);
  return turn;
}

void on_pad_added(GstElement* /*decoder*/, GstPad* pad, gpointer data) {
  GerundSrcBin* self = self_of(data);
  GstPad* entry = entry_for(self, pad);
  if (gst_pad_is_linked(entry) == FALSE) {
    constexpr auto kAll = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
    gst_pad_add_probe(pad, kAll, on_data, self, nullptr);
    if (GST_PAD_LINK_FAILED(gst_pad_link(pad, entry)))
      break_off(self, "its video has a form that cannot be used here", Stop::failed);
  }
  gst_object_unref(entry);
}

void on_source_setup(GstElement* /*decoder*/, GstElement* source, gpointer data) {
  const Settings settings = snapshot(data, *self_of(data)->settings);
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(source), "latency") != nullptr)
    g_object_set(source, "latency", static_cast<guint>(settings.latency_ms), nullptr);
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(source), "add-reference-timestamp-meta") != nullptr)
    g_object_set(source, "add-reference-timestamp-meta", TRUE, nullptr);
}

/// Files as training decodes them, pixel by pixel: by libav where another decoder rounds otherwise. (It does not take
/// all that cameras send as JPEG.) Source of the values: GstAutoplugSelectResult of decodebin, which no header has.
int on_decoder_choice(GstElement* /*decoder*/, GstPad* /*pad*/, GstCaps* /*caps*/, GstElementFactory* factory,
                      gpointer data) {
  constexpr int kTry = 0, kSkip = 2;
  if (g_strcmp0(GST_OBJECT_NAME(factory), "jpegdec") != 0) return kTry;
  if (kind_of(snapshot(data, *self_of(data)->settings).uri) != SourceKind::file) return kTry;
  GstElementFactory* other = gst_element_factory_find("avdec_mjpeg");
  if (other == nullptr) return kTry;
  gst_object_unref(other);
  return kSkip;
}

/// One thread for files, as in training: what a decoder of several makes of damaged data differs from run to run.
void on_element_added(GstBin* /*decoder*/, GstBin* /*parent*/, GstElement* element, gpointer data) {
  if (kind_of(snapshot(data, *self_of(data)->settings).uri) != SourceKind::file) return;
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(element), "max-threads") != nullptr)
    g_object_set(element, "max-threads", 1, nullptr);
}

/// Note [Not uridecodebin3]: GStreamer 1.22's starts its source before its decoder is ready for it. About one start in
/// three thousand loses the first data, and nothing ever comes after that: no frame, no error, no end.
void start_decoder(GerundSrcBin* self, GstState state) {
  GstElement* decoder = gst_element_factory_make("uridecodebin", nullptr);
  if (decoder == nullptr) {
    GST_ELEMENT_ERROR(self, CORE, MISSING_PLUGIN, ("uridecodebin is missing; install gstreamer1.0-plugins-base"),
                      (nullptr));
    return;
  }
  GstCaps* video = gst_caps_from_string("video/x-raw(ANY)");
  g_object_set(decoder, "caps", video, "expose-all-streams", FALSE, nullptr);  // Video is decoded and nothing else.
  gst_caps_unref(video);
  g_object_set(decoder, "uri", to_uri(snapshot(self, *self->settings).uri).c_str(), nullptr);
  g_signal_connect(decoder, "pad-added", G_CALLBACK(on_pad_added), self);
  g_signal_connect(decoder, "source-setup", G_CALLBACK(on_source_setup), self);
  g_signal_connect(decoder, "autoplug-select", G_CALLBACK(on_decoder_choice), self);
  g_signal_connect(decoder, "deep-element-added", G_CALLBACK(on_element_added), self);
  gst_element_set_locked_state(decoder, TRUE);
  if (self->turn != nullptr)
    g_object_set(self->turn, "video-direction", GST_VIDEO_ORIENTATION_IDENTITY,
                 nullptr);  // Until a tag says otherwise.
  GST_OBJECT_LOCK(self);
  self->decoder = decoder;
  if (self->flow != nullptr) {
    self->flow->is_new = true;
    self->flow->missing.clear();
    self->flow->is_pending = false;
    self->flow->last_sign_us = g_get_monotonic_time();
  }
  GST_OBJECT_UNLOCK(self);
  gst_bin_add(GST_BIN(self), decoder);
  gst_element_set_base_time(decoder, gst_element_get_base_time(GST_ELEMENT(self)));
  // Step by step: one of a camera that is asked to play at once stays paused for ever.
  GstStateChangeReturn result = gst_element_set_state(decoder, GST_STATE_PAUSED);
  if (state == GST_STATE_PLAYING && result != GST_STATE_CHANGE_FAILURE) result = gst_element_set_state(decoder, state);
  if (result == GST_STATE_CHANGE_FAILURE)
    break_off(self, "it cannot be opened", Stop::failed);  // Where no error message has told so already.
}

/// Out of the bin, still running; nullptr where there is none. The caller owns it.
GstElement* take_decoder(GerundSrcBin* self) {
  GST_OBJECT_LOCK(self);
  GstElement* decoder = std::exchange(self->decoder, nullptr);
  GST_OBJECT_UNLOCK(self);
  if (decoder == nullptr) return nullptr;
  gst_object_ref(decoder);
  gst_bin_remove(GST_BIN(self), decoder);
  return decoder;
}

void end_decoder(GstElement* decoder) {
  if (decoder == nullptr) return;
  gst_element_set_state(decoder, GST_STATE_NULL);
  gst_object_unref(decoder);
}

void push_break(GerundSrcBin* self, Break kind) {
  GstPad* pad = gst_element_get_static_pad(self->output, "src");
  gst_pad_push_event(pad, make_break_event(kind));
  gst_object_unref(pad);
}

/// In a thread of its own: a decoder cannot be stopped from within. Those downstream are told of the break.
void clear_away(GstElement* element, gpointer /*data*/) {
  GerundSrcBin* self = self_of(element);
  GST_STATE_LOCK(self);  // Not while the bin changes its state.
  GST_OBJECT_LOCK(self);
  const Flow* flow = self->flow != nullptr && self->flow->is_pending ? self->flow : nullptr;
  const uint64_t number = flow != nullptr ? flow->number : 0;
  const bool has_head = flow != nullptr && flow->has_head;
  const double wait_seconds = flow != nullptr ? flow->wait_seconds : 0;
  const Break kind = flow != nullptr ? flow->last_break : Break::lost;
  GST_OBJECT_UNLOCK(self);
  GstElement* decoder = number != 0 ? take_decoder(self) : nullptr;
  GST_STATE_UNLOCK(self);
  if (number == 0) return;
  // Without the lock: what is pushed may be held up by a sink until the pipeline's own change of state goes on, which
  // waits for this bin.
  end_decoder(decoder);
  if (has_head) push_break(self, kind);
  GST_STATE_LOCK(self);
  GST_OBJECT_LOCK(self);
  const bool is_wanted = self->flow != nullptr && self->flow->number == number && self->flow->is_pending;
  GST_OBJECT_UNLOCK(self);
  if (is_wanted) schedule_restart(self, wait_seconds);
  GST_STATE_UNLOCK(self);
}

void restart_decoder(GstElement* element, gpointer /*data*/) {
  GerundSrcBin* self = self_of(element);
  GST_STATE_LOCK(self);
  GST_OBJECT_LOCK(self);
  const bool is_wanted = self->flow != nullptr && self->flow->is_pending && self->decoder == nullptr;
  const GstState target = GST_STATE(self) == GST_STATE_PLAYING ? GST_STATE_PLAYING : GST_STATE_PAUSED;
  GST_OBJECT_UNLOCK(self);
  if (is_wanted) start_decoder(self, target);
  GST_STATE_UNLOCK(self);
}

void first_start(GstElement* element, gpointer /*data*/) {
  GerundSrcBin* self = self_of(element);
  GST_STATE_LOCK(self);
  GST_OBJECT_LOCK(self);
  const bool is_wanted = self->flow != nullptr && self->decoder == nullptr && !self->flow->is_pending;
  const GstState target = GST_STATE(self) == GST_STATE_PLAYING ? GST_STATE_PLAYING : GST_STATE_PAUSED;
  GST_OBJECT_UNLOCK(self);
  if (is_wanted) start_decoder(self, target);
  GST_STATE_UNLOCK(self);
}

gboolean on_watch(GstClock*, GstClockTime, GstClockID, gpointer data) {
  GerundSrcBin* self = self_of(data);
  GST_OBJECT_LOCK(self);
  const Flow* flow = self->flow;
  const double limit_seconds = flow != nullptr ? flow->settings.stall_seconds : 0;
  bool is_due = false;
  if (flow != nullptr && limit_seconds > 0) {
    // All but cameras give their first frame before the pipeline plays. GStreamer 1.22 loses one error in a hundred of
    // files that are cut short (decodebin drops what comes while it starts a demuxer), and nothing comes instead.
    const bool is_first_due = flow->kind != SourceKind::camera && flow->is_new;
    is_due = is_first_due || (flow->kind != SourceKind::file && GST_STATE(self) == GST_STATE_PLAYING);
    const gint64 silent_us = g_get_monotonic_time() - flow->last_sign_us;
    is_due = is_due && static_cast<double>(silent_us) > limit_seconds * G_USEC_PER_SEC;
  }
  GST_OBJECT_UNLOCK(self);
  if (is_due)
    break_off(self, "no frame for " + std::to_string(static_cast<int64_t>(limit_seconds)) + " s", Stop::failed);
  return TRUE;
}

void start_watchdog(GerundSrcBin* self) {
  GstClock* clock = gst_system_clock_obtain();
  self->watchdog = gst_clock_new_periodic_id(clock, gst_clock_get_time(clock), GST_SECOND / 2);
  gst_clock_id_wait_async(self->watchdog, on_watch, gst_object_ref(self), gst_object_unref);
  gst_object_unref(clock);
}

void stop_clock(GstClockID& id) {
  if (id == nullptr) return;
  gst_clock_id_unschedule(id);
  gst_clock_id_unref(id);
  id = nullptr;
}

bool open_flow(GerundSrcBin* self) {
  std::unique_ptr<Flow> flow;
  try {
    flow = std::make_unique<Flow>(snapshot(self, *self->settings));
  } catch (const std::exception& error) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", error.what()), (nullptr));
    return false;
  }
  gst_segment_init(&flow->segment, GST_FORMAT_TIME);
  flow->last_sign_us = g_get_monotonic_time();
  GST_OBJECT_LOCK(self);
  self->flow = flow.release();
  GST_OBJECT_UNLOCK(self);
  start_watchdog(self);
  return true;
}

void close_flow(GerundSrcBin* self) {
  stop_clock(self->watchdog);
  GST_OBJECT_LOCK(self);
  const std::unique_ptr<Flow> flow(std::exchange(self->flow, nullptr));
  GstClockID restart = std::exchange(self->restart, nullptr);
  GST_OBJECT_UNLOCK(self);
  stop_clock(restart);
  end_decoder(take_decoder(self));
}

void set_decoder_state(GerundSrcBin* self, GstState state) {
  GST_OBJECT_LOCK(self);
  GstElement* decoder = self->decoder != nullptr ? GST_ELEMENT(gst_object_ref(self->decoder)) : nullptr;
  GST_OBJECT_UNLOCK(self);
  if (decoder == nullptr) return;
  gst_element_set_base_time(decoder, gst_element_get_base_time(GST_ELEMENT(self)));
  if (gst_element_set_state(decoder, state) == GST_STATE_CHANGE_FAILURE)
    break_off(self, "it cannot be started", Stop::failed);
  gst_object_unref(decoder);
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  GerundSrcBin* self = self_of(element);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !open_flow(self)) return GST_STATE_CHANGE_FAILURE;
  if (GST_ELEMENT_CLASS(gerund_src_bin_parent_class)->change_state(element, transition) == GST_STATE_CHANGE_FAILURE)
    return GST_STATE_CHANGE_FAILURE;
  // All else that the bin says is what its decoder answered last, though that goes its own way: a camera's "no preroll"
  // in place of success, on the way to playing, leaves sinks paused for ever.
  const GstStateChangeReturn when_paused = kind_of(snapshot(self, *self->settings).uri) == SourceKind::camera
                                               ? GST_STATE_CHANGE_NO_PREROLL
                                               : GST_STATE_CHANGE_SUCCESS;
  switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      gst_element_call_async(element, first_start, nullptr, nullptr);
      return when_paused;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
      set_decoder_state(self, GST_STATE_PLAYING);
      return GST_STATE_CHANGE_SUCCESS;
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      set_decoder_state(self, GST_STATE_PAUSED);
      return when_paused;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      close_flow(self);
      return GST_STATE_CHANGE_SUCCESS;
    default:
      return GST_STATE_CHANGE_SUCCESS;
  }
}

std::string without_plugin(GerundSrcBin* self) {
  GST_OBJECT_LOCK(self);
  const std::string missing = self->flow != nullptr ? self->flow->missing : "";
  GST_OBJECT_UNLOCK(self);
  if (missing.empty()) return "has no video";
  return "GStreamer has nothing that reads it here: " + missing +
         " (packages such as gstreamer1.0-libav and gstreamer1.0-plugins-bad bring more)";
}

void note_missing(GerundSrcBin* self, GstMessage* message) {
  const GstStructure* structure = gst_message_get_structure(message);
  if (structure == nullptr || gst_structure_has_name(structure, "missing-plugin") == FALSE) return;
  const gchar* name = gst_structure_get_string(structure, "name");
  GST_OBJECT_LOCK(self);
  if (self->flow != nullptr && self->flow->missing.empty() && name != nullptr) self->flow->missing = name;
  GST_OBJECT_UNLOCK(self);
}

/// GStreamer's words where we have none that say what to do.
std::string error_text(GerundSrcBin* self, GstMessage* message) {
  GError* error = nullptr;
  gchar* details = nullptr;
  gst_message_parse_error(message, &error, &details);
  std::string text = error->message;
  const bool is_missing_plugin = g_error_matches(error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN) == TRUE ||
                                 g_error_matches(error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND) == TRUE;
  const std::string detail = details != nullptr ? details : "";
  g_error_free(error);
  g_free(details);
  if (detail.find("not-negotiated") != std::string::npos)
    return "the element behind it does not take its frames (not-negotiated); put videoconvert or videoscale between";
  if (is_missing_plugin) return without_plugin(self);
  const std::string uri = snapshot(self, *self->settings).uri;
  const SourceKind kind = kind_of(uri);
  if (kind == SourceKind::web && detail.find("streaming stopped, reason error") != std::string::npos)
    return "the server cannot be reached, or the connection broke";
  // The first lines name the place in GStreamer, the last one what happened: "Unauthorized", "Failed to connect".
  const std::string last = detail.substr(detail.rfind('\n') + 1);
  if (kind == SourceKind::camera && last != detail && last.find("://") == std::string::npos) text += " " + last;
  const std::optional<std::filesystem::path> path = path_of(uri);
  std::error_code unknown;
  if (path && !std::filesystem::exists(*path, unknown) && !unknown) return "there is no such file";
  if (path && std::filesystem::is_directory(*path, unknown)) return "is a folder; a source is one file or address";
  return text;
}

/// Errors of a decoder are not those of the bin, and its states and progress, which name the whole address, are
/// nobody's business.
void handle_message(GstBin* bin, GstMessage* message) {
  GerundSrcBin* self = self_of(bin);
  GstObject* source = GST_MESSAGE_SRC(message);
  GST_OBJECT_LOCK(self);
  GstElement* decoder = self->decoder != nullptr ? GST_ELEMENT(gst_object_ref(self->decoder)) : nullptr;
  GST_OBJECT_UNLOCK(self);
  const bool is_ours =
      source == GST_OBJECT(self) || source == GST_OBJECT(self->output) || source == GST_OBJECT_CAST(self->turn);
  const bool is_current = decoder != nullptr && gst_object_has_as_ancestor(source, GST_OBJECT(decoder)) == TRUE;
  if (decoder != nullptr) gst_object_unref(decoder);
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
      if (is_ours) break;
      if (is_current) break_off(self, error_text(self, message), Stop::failed);
      gst_message_unref(message);
      return;
    case GST_MESSAGE_ASYNC_START:
    case GST_MESSAGE_ASYNC_DONE:
    case GST_MESSAGE_BUFFERING:
    case GST_MESSAGE_PROGRESS:
    case GST_MESSAGE_EOS:
      if (is_ours) break;
      gst_message_unref(message);
      return;
    case GST_MESSAGE_ELEMENT:
      if (is_current) note_missing(self, message);
      break;
    default:
      break;
  }
  GST_BIN_CLASS(gerund_src_bin_parent_class)->handle_message(bin, message);
}

/// The stream that goes out has no places to go back to. And what a sink says of its lateness is in the time that goes
/// out: a decoder that was started later would take all of its own frames for late and leave them out.
GstPadProbeReturn refuse_wishes(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer /*data*/) {
  const GstEventType type = GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info));
  return type == GST_EVENT_SEEK || type == GST_EVENT_QOS ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

void finalize(GObject* object) {
  const std::unique_ptr<Settings> settings(self_of(object)->settings);
  G_OBJECT_CLASS(gerund_src_bin_parent_class)->finalize(object);
}

void gerund_src_bin_init(GerundSrcBin* self) {
  self->settings = std::make_unique<Settings>().release();
  self->flow = nullptr;
  self->decoder = nullptr;
  self->watchdog = nullptr;
  self->restart = nullptr;
  self->output = gst_element_factory_make("identity", "output");
  gst_bin_add(GST_BIN(self), self->output);
  self->turn = gst_element_factory_make("videoflip", "turn");
  if (self->turn != nullptr) {
    gst_bin_add(GST_BIN(self), self->turn);
    gst_element_link(self->turn, self->output);
  }
  GstPad* pad = gst_element_get_static_pad(self->output, "src");
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, refuse_wishes, nullptr, nullptr);
  GstPadTemplate* pads = gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(GST_ELEMENT(self)), "src");
  gst_element_add_pad(GST_ELEMENT(self), gst_ghost_pad_new_from_template("src", pad, pads));
  gst_object_unref(pad);
  GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SOURCE);
}

void gerund_src_bin_class_init(GerundSrcBinClass* klass) {
  GObjectClass* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  install_properties(object, properties());
  auto* element = GST_ELEMENT_CLASS(klass);
  element->change_state = change_state;
  GST_BIN_CLASS(klass)->handle_message = handle_message;
  gst_element_class_set_static_metadata(element, "Lasting video source", "Source/Video",
                                        "Video from files and cameras, opened again when it breaks off", "gerund");
  add_any_video_source_pad(element);
}

}  // namespace

GType source_bin_type() {
  return gerund_src_bin_get_type();
}

}  // namespace gerund::gst
