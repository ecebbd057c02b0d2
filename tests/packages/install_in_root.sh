#!/usr/bin/env bash
# Installs the packages in a clean Debian 12 and uses them there: plugin, deploy, a program built against the library, training.
# The mirror is the one that apt has here. Exits with 77 (skipped) where such a root cannot be made.
# Usage: install_in_root.sh BUILD SOURCE INPUTS, INPUTS: the program gst_inputs.
set -euo pipefail
build=$1 source=$2 inputs=$3
. "$(dirname "$0")/debian_root.sh"

work=$(mktemp -d)
root=$work/root
trap 'remove_roots "$work"' EXIT
check_roots_can_be_made "$work"

cpack --config "$build/CPackConfig.cmake" -B "$work/packages" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
make_debian_root "$root"
mkdir "$root/work"
cp "$work"/packages/*.deb "$source/examples/embed/main.cc" "$root/work"
"$inputs" "$root/work"

inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 sh -euc "cd /work; $1"; }
install() {
  inside "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $1" >"$work/log" 2>&1 || { tail -30 "$work/log"; exit 1; }
}

echo "== runtime and plugin"
install "./gerund-runtime_*.deb ./gstreamer1.0-gerund_*.deb gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-libav"
if inside "dpkg-query -W -f '\${db:Status-Status} \${Package}\n' | grep '^installed libtorch'"; then echo "the runtime brought LibTorch"; exit 1; fi
inside "gst-inspect-1.0 gerund"
inside "gerund-runtime deploy model.onnx clip.mp4 --no-display --events -" | tee "$work/events"
grep -q '"schema":"gerund.event/1"' "$work/events"
inside "gst-launch-1.0 -q gerundsrcbin uri=clip.mp4 ! gerundbin model=model.onnx ! gerundpublish ! fakesink" >"$work/events"
grep -q '"schema":"gerund.event/1"' "$work/events"

echo "== development files"
install "./libgerund-dev_*.deb g++ pkg-config"
inside "g++ -std=c++20 main.cc \$(pkg-config --cflags --libs gerund-runtime) -o embed && ./embed model.onnx clip.mp4" |
  diff "$source/tests/install/expected.txt" -

echo "== training"
install "./gerund_*.deb"
inside "gerund synth clips --actions wave,walk --clips 6 --train 0.7 --val 0.3
  gerund train -e /usr/share/gerund/specs/train_rgb_3d.yaml -r results dataset.train_dataset_dir=clips/train dataset.val_dataset_dir=clips/val \
    'dataset.label_map={wave: 0, walk: 1}' train.num_epochs=1 dataset.batch_size=2 dataset.workers=1 model.width=4
  gerund export results/train/best.safetensors trained.onnx
  gerund-runtime bench trained.onnx" >"$work/log" 2>&1 || { tail -30 "$work/log"; exit 1; }

inside "apt-get purge -y -qq gerund gerund-runtime gstreamer1.0-gerund libgerund-dev" >"$work/log" 2>&1 || { tail -30 "$work/log"; exit 1; }
if find "$root/usr" -name '*gerund*' | grep .; then echo "the files above outlive their packages"; exit 1; fi
