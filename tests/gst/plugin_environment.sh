# Sourced: PLUGIN (libgstgerund.so) for gst-* programs, with a registry of its own in FOLDER.
set -euo pipefail
export GST_PLUGIN_PATH
GST_PLUGIN_PATH=$(dirname "$PLUGIN")
export GST_REGISTRY=$FOLDER/registry.bin
