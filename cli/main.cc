// cli/main.cc - the door at which exceptions become exit codes (docs/formats.md).
#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <new>
#include <system_error>

#include "base/error.h"
#include "base/interrupt.h"
#include "cli/given.h"
#include "cli/program.h"

namespace {

constexpr int kInternal = 1;
constexpr int kUserError = 2;
constexpr int kMissingRecipe = 4;
constexpr int kInterrupted = 130;

// What cannot be said is no reason to end otherwise: fmt::print would throw.
void say(const std::string& text) {
  std::fputs(text.c_str(), stderr);
}

int fail(const std::exception& error, int code) {
  say(fmt::format("error: {}\n", error.what()));
  return code;
}

// A file that is opened while one of these is closed would get its number, and what is printed with it.
void open_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) ::open("/dev/null", O_RDWR);
}

// Results that were printed to a disk that is full were not given.
int end(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  return fail(gerund::base::UserError(fmt::format("what was printed cannot be written: {}", std::strerror(errno))),
              kUserError);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace gerund;
  open_standard_streams();
  base::catch_interrupts();
  try {
    return end(cli::run_program({argv + 1, argv + argc}));
  } catch (const base::MissingRecipe& error) {
    return fail(error, kMissingRecipe);
  } catch (const base::UserError& error) {
    return fail(base::UserError(cli::with_place(error.what())), kUserError);
  } catch (const std::filesystem::filesystem_error& error) {  // A file or folder that may not be read or written.
    return fail(base::UserError(fmt::format("{}: {}", error.path1().string(), error.code().message())), kUserError);
  } catch (const std::system_error& error) {  // A disk that is full, no thread to be had.
    return fail(error, kUserError);
  } catch (const std::bad_alloc&) {
    return fail(base::UserError("there is not enough memory for this: take a smaller batch, picture or network"),
                kUserError);
  } catch (const base::Interrupted& error) {
    say(fmt::format("{}\n", error.what()));
    return kInterrupted;
  } catch (const std::exception& error) {
    say(fmt::format("internal error: {}\nThis is a bug of gerund, not yours. Please report it with the command line.\n",
                    error.what()));
    return kInternal;
  }
}
