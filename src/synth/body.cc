#include "synth/body.h"

namespace gerund::synth {
namespace {

Color hue_color(double hue, double saturation, double value) {
  const auto channel = [&](double shift) {
    const double k = std::fmod(shift + hue * 6.0, 6.0);
    return value * (1.0 - saturation * std::clamp(std::min(k, 4.0 - k), 0.0, 1.0));
  };
  return {channel(5), channel(3), channel(1)};
}

Color cloth(base::Random& random) {
  if (random.chance(0.15)) {
    const double grey = random.chance(0.5) ? random.uniform(0.05, 0.15) : random.uniform(0.85, 0.95);
    return {grey, grey, grey};
  }
  return hue_color(random.uniform(), random.uniform(0.6, 0.95), random.uniform(0.45, 0.95));
}

constexpr std::array kSkins{Color{0.96, 0.80, 0.69}, Color{0.89, 0.70, 0.55}, Color{0.78, 0.57, 0.41},
                            Color{0.62, 0.42, 0.28}, Color{0.45, 0.29, 0.19}, Color{0.31, 0.20, 0.14}};
constexpr std::array kHairs{Color{0.08, 0.06, 0.05}, Color{0.20, 0.13, 0.08}, Color{0.38, 0.24, 0.13},
                            Color{0.72, 0.55, 0.30}, Color{0.55, 0.22, 0.10}, Color{0.65, 0.65, 0.65}};

}  // namespace

Body random_body(base::Random& random) {
  const double height = random.uniform(1.50, 1.95);
  const auto share = [&](double of_height) { return height * of_height * random.uniform(0.95, 1.05); };
  Body body;
  body.height = height;
  body.thigh = share(0.245);
  body.shin = share(0.246);
  body.foot = share(0.14);
  body.ankle_height = height * 0.04;
  body.lower_spine = share(0.125);
  body.upper_spine = share(0.163);
  body.neck = share(0.055);
  body.head_radius = share(0.066);
  body.upper_arm = share(0.186);
  body.forearm = share(0.150);
  body.hand = share(0.09);
  body.hip_half = share(0.055);
  body.shoulder_half = share(0.110);
  body.girth = random.uniform(0.85, 1.35) * height / 1.72;
  return body;
}

Clothes random_clothes(base::Random& random) {
  Clothes clothes;
  clothes.skin = kSkins[static_cast<size_t>(random.below(kSkins.size()))];
  clothes.hair = kHairs[static_cast<size_t>(random.below(kHairs.size()))];
  clothes.shirt = cloth(random);
  clothes.trousers = cloth(random);
  clothes.shoes = cloth(random);
  clothes.long_sleeves = random.chance(0.4);
  clothes.shorts = random.chance(0.4);
  clothes.long_hair = random.chance(0.35);
  clothes.bald = random.chance(0.1);
  return clothes;
}

}  // namespace gerund::synth
