// base/error.h - the exceptions that gerund throws.
#pragma once

#include <stdexcept>
#include <string>

namespace gerund::base {

/// Something the user can mend: a wrong file, field or value. The message names it, the value seen, what is allowed and
/// a remedy. The program exits with 2.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A model file that does not say how its input is made (no recipe in its metadata, none given). Exit code 4.
class MissingRecipe : public UserError {
 public:
  using UserError::UserError;
};

/// A bug of our own. Exit code 1.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Long work that ended early because interrupted() became true, with everything worth keeping saved. Exit code 130.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace gerund::base
