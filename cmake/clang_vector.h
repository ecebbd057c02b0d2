// cmake/clang_vector.h - comes first in what clang-tidy 14 reads, and in no build. LibTorch's headers name members of
// std::vector<c10::IValue> while IValue is incomplete. In C++20 those members are constexpr in libstdc++ 12, and clang
// then wants the complete type at once; so here they are not constexpr.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR
#define __fill_a1 __fill_a1_of_bits  // Declared constexpr in <algorithm>.
#include <vector>
#undef __fill_a1
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR constexpr
