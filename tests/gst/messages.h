// tests/gst/messages.h - what stands in messages of a bus.
#pragma once

#include <gst/gst.h>

#include <string>
#include <vector>

#include "gst/handles.h"

namespace gerund::gst {

/// Text of an error or a warning, "" of any other message.
inline std::string text_of(GstMessage* message) {
  GError* error = nullptr;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) gst_message_parse_error(message, &error, nullptr);
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING) gst_message_parse_warning(message, &error, nullptr);
  if (error == nullptr) return "";
  std::string text = error->message;
  g_error_free(error);
  return text;
}

/// A field of an element message called `name`; "" for every other message.
inline std::string field_of(GstMessage* message, const char* name, const char* field) {
  const GstStructure* structure = gst_message_get_structure(message);
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT || gst_structure_has_name(structure, name) == FALSE) return "";
  const gchar* text = gst_structure_get_string(structure, field);
  return text != nullptr ? text : "";
}

/// "start bright" and "end bright" for each gerund-event message.
inline std::vector<std::string> events_of(const std::vector<MessageHandle>& messages) {
  std::vector<std::string> events;
  for (const MessageHandle& message : messages)
    if (const std::string event = field_of(message.get(), "gerund-event", "event"); !event.empty())
      events.push_back(event + " " + field_of(message.get(), "gerund-event", "label"));
  return events;
}

/// Texts of errors or of warnings.
inline std::vector<std::string> texts_of(const std::vector<MessageHandle>& messages, GstMessageType type) {
  std::vector<std::string> texts;
  for (const MessageHandle& message : messages)
    if (GST_MESSAGE_TYPE(message.get()) == type) texts.push_back(text_of(message.get()));
  return texts;
}

}  // namespace gerund::gst
