#!/usr/bin/env bash
# Takes the steps of the Dockerfile where no container engine runs: each stage is a root of debootstrap, each instruction does there what docker would.
# Then uses both images as docs/container.md says, but that the runtime's packages come from the one build with LibTorch (TORCH=OFF leaves that out). Exits with 77 (skipped) where such a root cannot be made. All of gerund is built: half an hour on two cores.
# Usage: dockerfile.sh SOURCE INPUTS, INPUTS: the program gst_inputs. The compiler cache in GERUND_CCACHE, if that is set, is lent to the stage that builds.
set -euo pipefail
source=$1 inputs=$2
. "$(dirname "$0")/debian_root.sh"

work=$(mktemp -d)
trap 'remove_roots "$work"' EXIT
check_roots_can_be_made "$work"
make_debian_root "$work/base"
umount "$work/base/proc" || true

declare -A folder user environment entry
in_stage() { # STAGE COMMAND: as the stage's user, in its folder, with its environment
  # shellcheck disable=SC2086 # The environment is words.
  chroot --userspec="${user[$1]}" "$work/$1" env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive ${environment[$1]} sh -euc "cd '${folder[$1]}'; $2"
}
words_of() { tr -d '[]",' <<<"$1"; } # Of a list as ENTRYPOINT and CMD have it.

begin_stage() { # STAGE IMAGE
  [ "$2" = debian:bookworm-slim ] || { echo "FROM $2: debian:bookworm-slim is what is known here"; exit 1; }
  cp -ax "$work/base" "$work/$1"
  mount -t proc proc "$work/$1/proc"
  folder[$1]=/ user[$1]=root environment[$1]=HOME=/root
  if [ "$1" = build ] && [ -n "${GERUND_CCACHE:-}" ]; then
    mkdir "$work/build/ccache"
    mount --bind "$GERUND_CCACHE" "$work/build/ccache"
    environment[build]+=" CCACHE_DIR=/ccache"
  fi
}

copy() { # STAGE FROM... TO
  local stage=$1 to="${*: -1}"
  [[ $to == /* ]] || to="${folder[$stage]}/$to"
  mkdir -p "$work/$stage$to"
  if [ "$2" = . ]; then
    sed 's,^\([^*#]\),./\1,' "$source/.dockerignore" >"$work/ignored" # Paths without a star are of the root.
    tar -C "$source" --anchored --exclude-from="$work/ignored" --no-anchored --exclude=node_modules -cf - . | tar --no-same-owner -C "$work/$stage$to" -xf -
  else
    (cd "$source" && cp "${@:2:$#-2}" "$work/$stage$to")
  fi
}

run() { # STAGE COMMAND, before which --mount=type=bind,from=STAGE,source=FOLDER,target=FOLDER may stand
  local stage=$1 command=$2 from path target=
  if [[ $command == --mount=* ]]; then
    IFS=' ' read -r from path target < <(sed -E 's/^--mount=type=bind,from=([^,]*),source=([^,]*),target=([^ ]*) .*/\1 \2 \3/' <<<"$command")
    command=${command#* }
    mkdir "$work/$stage$target"
    mount --bind "$work/$from$path" "$work/$stage$target"
  fi
  in_stage "$stage" "$command" >"$work/log" 2>&1 || { tail -40 "$work/log"; exit 1; }
  [ -z "$target" ] || { umount "$work/$stage$target" && rmdir "$work/$stage$target"; }
}

stage=
while read -r verb text; do
  echo "== ${stage:+$stage: }$verb $text"
  # shellcheck disable=SC2086 # Words.
  case "$verb" in
    FROM) stage=${text##* } && begin_stage "$stage" "${text%% *}" ;;
    WORKDIR) folder[$stage]=$text && mkdir -p "$work/$stage$text" ;;
    COPY) copy "$stage" $text ;;
    ARG | ENV) environment[$stage]+=" $text" ;;
    USER)
      home=$(in_stage "$stage" "getent passwd $text | cut -d: -f6")
      user[$stage]=$(in_stage "$stage" "id -u $text"):$(in_stage "$stage" "id -g $text") environment[$stage]+=" HOME=$home"
      ;;
    RUN) run "$stage" "$text" </dev/null ;;
    ENTRYPOINT) entry[$stage]=$(words_of "$text") ;;
    CMD) in_stage "$stage" "${entry[$stage]} $(words_of "$text")" </dev/null >"$work/log" || { cat "$work/log"; exit 1; } ;;
    *) echo "$verb is not known here" && exit 1 ;;
  esac
done < <(sed -e '/^ *#/d' -e '/^ *$/d' "$source/Dockerfile" | sed -e ':more' -e '/\\$/{N; s/\\\n */ /; b more' -e '}')

echo "== the runtime as compose.yaml runs it: read-only but for /tmp and the cache"
if chroot "$work/runtime" dpkg-query -W -f '${db:Status-Status} ${Package}\n' | grep '^installed libtorch'; then echo "the image has LibTorch"; exit 1; fi
root=$work/runtime
mkdir "$root/etc/gerund"
"$inputs" "$root/etc/gerund"
printf 'model: /etc/gerund/model.onnx\nsources: [/etc/gerund/clip.mp4]\n' >"$root/etc/gerund/app.yaml"
chmod -R a+rX "$root/etc/gerund"
umount "$root/proc"
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mkdir "$work/cache"
chown "${user[runtime]}" "$work/cache"
mount --bind "$work/cache" "$root/var/cache/gerund"
command=$(words_of "$(sed -n 's/^ *command: //p' "$source/compose.yaml")")
in_stage runtime "${entry[runtime]} $command" | tee "$work/events"
grep -q '"schema":"gerund.event/1"' "$work/events"
[ -n "$(ls -A "$work/cache")" ] || { echo "the cache is not used"; exit 1; }

echo "== training, as docs/container.md says"
mkdir "$work/mine"
chown "${user[training]}" "$work/mine"
mount --bind "$work/mine" "$work/training/work"
in_stage training "gerund synth clips --actions wave,walk --clips 6 --train 0.7 --val 0.3
  gerund train clips -r results train.num_epochs=1 dataset.batch_size=2 model.width=4
  gerund evaluate results/train/best.safetensors clips/train" >"$work/log" 2>&1 || { tail -30 "$work/log"; exit 1; }
[ -s "$work/mine/results/train/model.onnx" ]
echo "== done"
