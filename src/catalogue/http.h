// catalogue/http.h - GET over HTTP and HTTPS, by libcurl.
#pragma once

#include <cstdint>
#include <string>

#include "catalogue/source.h"

namespace gerund::catalogue {

/// As transfer() of catalogue/source.h. From `offset` > 0 on a range is asked for: a server that does not know ranges
/// answers from 0 on, and so does one whose file is shorter. Proxies are those of the environment (https_proxy), but
/// none for http://, which is this machine. Certificates are checked by the system's authorities, or those of the file
/// SSL_CERT_FILE.
Outcome get_http(const std::string& url, int64_t offset, const TakeBytes& take);

/// "my%20models" as "my models".
std::string unescaped(const std::string& text);

}  // namespace gerund::catalogue
