// cli/main.cc - the door at which exceptions become exit codes (docs/formats.md).
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <new>

#include "base/error.h"
#include "base/interrupt.h"
#include "cli/given.h"
#include "cli/program.h"

namespace {

constexpr int kInternal = 1;
constexpr int kUserError = 2;
constexpr int kMissingRecipe = 4;
constexpr int kInterrupted = 130;

int fail(const std::exception& error, int code) {
  fmt::print(stderr, "error: {}\n", error.what());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace gerund;
  base::catch_interrupts();
  try {
    return cli::run_program({argv + 1, argv + argc});
  } catch (const base::MissingRecipe& error) {
    return fail(error, kMissingRecipe);
  } catch (const base::UserError& error) {
    return fail(base::UserError(cli::with_place(error.what())), kUserError);
  } catch (const std::filesystem::filesystem_error& error) {  // A file or folder that may not be read or written.
    return fail(base::UserError(fmt::format("{}: {}", error.path1().string(), error.code().message())), kUserError);
  } catch (const std::bad_alloc&) {
    return fail(base::UserError("there is not enough memory for this: take a smaller batch, picture or network"),
                kUserError);
  } catch (const base::Interrupted& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kInterrupted;
  } catch (const std::exception& error) {
    fmt::print(stderr,
               "internal error: {}\nThis is a bug of gerund, not yours. Please report it with the command line.\n",
               error.what());
    return kInternal;
  }
}
