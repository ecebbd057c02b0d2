#include "catalogue/http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>

#include "base/error.h"
#include "base/interrupt.h"

namespace gerund::catalogue {
namespace {

using base::UserError;

constexpr long kConnectSeconds = 20;
constexpr long kStillSeconds = 30;  // Without a byte: the connection is given up.
constexpr long kMostRedirects = 5;
constexpr long kOk = 200, kPartial = 206, kTimeout = 408, kTooEarly = 425, kRangeNotSatisfiable = 416,
               kTooManyRequests = 429, kServerError = 500;

struct CloseHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, CloseHandle>;

Handle make_handle() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  Handle handle(curl_easy_init());
  if (started != CURLE_OK || !handle) throw base::InternalError("libcurl does not start");
  return handle;
}

/// One answer as it comes.
struct Answer {
  CURL* handle = nullptr;
  const TakeBytes* take = nullptr;
  int64_t wanted_offset = 0;
  int64_t offset = 0;         ///< Of the next byte.
  int64_t range_offset = -1;  ///< What Content-Range says.
  bool has_begun = false;
  bool is_elsewhere = false;  ///< The server's range is another than the one asked for.
  bool is_page = false;       ///< The page of an error, however long it would be.
  std::exception_ptr failure;

  long status() const {
    long code = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code);
    return code;
  }
};

bool holds_file(long status) {
  return status == kOk || status == kPartial;
}

/// False ends the transfer.
bool take_piece(Answer& answer, std::string_view bytes) {
  answer.is_page = !holds_file(answer.status());
  if (answer.is_page) return false;
  if (!answer.has_begun) {
    answer.has_begun = true;
    answer.offset = answer.status() == kPartial ? answer.range_offset : 0;
    answer.is_elsewhere = answer.offset != 0 && answer.offset != answer.wanted_offset;
  }
  if (answer.is_elsewhere || answer.offset < 0) return false;
  try {
    (*answer.take)(answer.offset, bytes);
  } catch (...) {  // Must not pass through libcurl.
    answer.failure = std::current_exception();
    return false;
  }
  answer.offset += static_cast<int64_t>(bytes.size());
  return true;
}

size_t on_bytes(char* bytes, size_t size, size_t count, void* answer) {
  return take_piece(*static_cast<Answer*>(answer), {bytes, size * count}) ? size * count : CURL_WRITEFUNC_ERROR;
}

size_t on_header(char* bytes, size_t size, size_t count, void* answer) {
  const std::string line(bytes, size * count);
  long long begin = 0;
  char name[] = "content-range:";
  if (line.size() > sizeof name && curl_strnequal(line.c_str(), name, sizeof name - 1) != 0 &&
      std::sscanf(line.c_str() + sizeof name - 1, " bytes %lld-", &begin) == 1)
    static_cast<Answer*>(answer)->range_offset = begin;
  return size * count;
}

int on_progress(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return base::interrupted() ? 1 : 0;
}

void set_protocols(CURL* handle, const char* names) {
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, names);
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, names);
}

void set_options(CURL* handle, const std::string& url, char* message) {
  const bool is_plain = url.starts_with("http://");
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  set_protocols(handle, is_plain ? "http,https" : "https");
  if (is_plain) curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, kMostRedirects);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (const char* authorities = std::getenv("SSL_CERT_FILE")) curl_easy_setopt(handle, CURLOPT_CAINFO, authorities);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, kStillSeconds);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "gerund/" GERUND_VERSION);
}

void set_callbacks(CURL* handle, Answer& answer) {
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &answer);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
}

/// What no second try mends.
bool is_final(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return true;
    default:
      return false;
  }
}

Outcome outcome_of_status(const std::string& url, long status) {
  if (holds_file(status)) return {};
  const bool may_pass =
      status == kTimeout || status == kTooEarly || status == kTooManyRequests || status >= kServerError;
  if (may_pass) return {Transfer::cut, fmt::format("the server answers {}", status)};
  const char* meaning = status == 404 || status == 410   ? " (not there)"
                        : status == 401 || status == 403 ? " (no leave to read it)"
                                                         : "";
  throw UserError(fmt::format("{}: the server answers {}{}", url, status, meaning));
}

}  // namespace

Outcome get_http(const std::string& url, int64_t offset, const TakeBytes& take) {
  const Handle handle = make_handle();
  std::array<char, CURL_ERROR_SIZE> message{};
  Answer answer;
  answer.handle = handle.get();
  answer.take = &take;
  answer.wanted_offset = offset;
  set_options(handle.get(), url, message.data());
  set_callbacks(handle.get(), answer);
  if (offset > 0) curl_easy_setopt(handle.get(), CURLOPT_RANGE, fmt::format("{}-", offset).c_str());
  const CURLcode code = curl_easy_perform(handle.get());
  if (answer.failure) std::rethrow_exception(answer.failure);
  if (base::interrupted()) throw base::Interrupted("reading the catalogue was interrupted");
  const bool is_no_range = answer.is_elsewhere || answer.status() == kRangeNotSatisfiable ||
                           (answer.status() == kPartial && answer.range_offset < 0);
  if (is_no_range && offset > 0) return get_http(url, 0, take);
  if (answer.is_page) return outcome_of_status(url, answer.status());
  const std::string trouble = message[0] != '\0' ? message.data() : curl_easy_strerror(code);
  if (is_final(code)) throw UserError(fmt::format("{}: cannot be had: {}", url, trouble));
  if (code != CURLE_OK) return {Transfer::cut, trouble};
  return outcome_of_status(url, answer.status());
}

std::string unescaped(const std::string& text) {
  const Handle handle = make_handle();
  int length = 0;
  char* plain = curl_easy_unescape(handle.get(), text.c_str(), static_cast<int>(text.size()), &length);
  std::string result = plain == nullptr ? text : std::string(plain, static_cast<size_t>(length));
  curl_free(plain);
  return result;
}

}  // namespace gerund::catalogue
