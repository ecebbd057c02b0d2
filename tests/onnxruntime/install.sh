#!/bin/sh
# install.sh FOLDER - puts onnxruntime-node into FOLDER, which holds package.json and package-lock.json of this folder
# (build/<preset>/tests/onnxruntime does). Once, and again where the lock file has changed.
set -eu
for tool in node npm; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    echo "onnxruntime: '$tool' is not installed; it is needed to run ONNX Runtime (Debian: apt-get install nodejs npm)" >&2
    exit 1
  fi
done
cd "$1"
cmp -s package-lock.json installed-lock.json && exit 0
npm ci --onnxruntime-node-install=skip >&2 || {
  echo "onnxruntime: npm could not install onnxruntime-node $(node -p 'require("./package.json").dependencies["onnxruntime-node"]'); is a package registry within reach?" >&2
  exit 1
}
cp package-lock.json installed-lock.json
