#!/usr/bin/env bash
# Loads what `gerund completion SHELL` prints into the shell that it is for and asks it to complete lines. bash always;
# zsh and fish where they are installed.
# Usage: completion.sh GERUND
set -euo pipefail
gerund="$(realpath "$1")" here="$(realpath "$(dirname "$0")")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p clips/walk "my clips" && touch clip.mp4 spec.yaml
failed=0

"$gerund" completion bash >completion.bash
# shellcheck source=/dev/null
source completion.bash
# What bash offers for a line, in one line. bash parts the line at blanks and at '=', as here.
offered() {
  local text="${1//=/ = }"
  read -ra COMP_WORDS <<<"gerund $text"
  [[ $text != *' ' || $1 == *= ]] || COMP_WORDS+=("")
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE="gerund $1" COMP_POINT=$((7 + ${#1}))
  COMPREPLY=()
  _gerund
  printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' '
}
expect() {
  local found
  found="$(offered "$1")"
  [ "$found" = "$2" ] && return
  echo "bash: gerund $1<TAB>: offered '$found', wanted '$2'"
  failed=1
}
expect 'tr' 'train'
expect 'de' 'demo deploy describe'
expect 'dataset ' 'check extract flow import show split stats'
expect 'dataset s' 'show split stats'
expect 'models ' 'add import list pull show verify'
expect 'models pull --' '--force --help --to'
expect 'evaluate --s' '--strict'
expect 'dataset import --' '--copy --help --link --videos'
expect 'inference --h' '--help --hop'
expect 'dataset flow --method ' 'dis farneback tvl1'
expect 'dataset flow --method=t' 'tvl1'
expect 'dataset flow in --rgb --method f' 'farneback'
expect 'synth target --codec ' 'h264 mpeg4'
expect 'synth target --actions wave,pu' 'wave,pullup wave,push wave,pushup'
expect 'deploy --compat ' 'exact improved'
expect 'bench model.onnx --algorithm ' 'auto direct winograd'
expect 'bench --engine on' 'onednn'
expect 'models import x.pth --backbone r3' 'r3d_18'
expect 'train -e ' 'clip.mp4 clips completion.bash my clips spec.yaml'
expect 'train -e s' 'spec.yaml'
expect 'train -r ' 'clips my clips'
expect 'bench model.onnx --batch ' ''
expect 'dataset split ' 'clips my clips'
expect 'train -e spec.yaml mo' 'model.'
expect 'train -e spec.yaml train.op' 'train.optim.'
expect 'train train.num_e' 'train.num_epochs='
expect 'train train.nu' 'train.num_epochs= train.num_threads='
expect 'train model.input_type=' '2d 3d'
expect 'train model.backbone=x' 'x3d_s'
expect 'train dataset.train_dataset_dir=cli' 'clip.mp4 clips'
expect 'infer model.onnx inference.video_inf_mode=c' 'center conv'
expect 'evaluate c' 'clip.mp4 clips completion.bash'
expect 'evaluate m' 'model. my\ clips/'
expect 'export best.safetensors --fo' '--force'
expect 'deploy model.onnx events.smoothing=' 'ema mean none vote'
expect 'deploy model.onnx output.w' 'output.width='
expect 'nothing ' ''
COMP_WORDBREAKS="${COMP_WORDBREAKS//=/}"  # Some take '=' out: the whole word is replaced then.
offered() {
  read -ra COMP_WORDS <<<"gerund $1"
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _gerund
  printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' '
}
expect 'train model.input_type=' 'model.input_type=2d model.input_type=3d'
expect 'dataset flow --method=t' '--method=tvl1'

# Every verb and option of the help is offered.
verbs_in() { awk '/^Subcommands:/ {inside = 1; next} inside && /^  [a-z]/ {sub(",", "", $1); print $1}' <<<"$1"; }
options_in() { awk '/^  -/ {print $1}' <<<"$1" | tr ',' '\n'; }
num_verbs=0
check_verb() {
  local -A known=()
  local name help
  help="$("$gerund" "$@" --help)"
  num_verbs=$((num_verbs + 1))
  for name in $(offered "$* -") $(offered "$* --"); do known[$name]=1; done
  for name in $(options_in "$help"); do
    [[ ${known[$name]:-} ]] || { echo "bash: gerund $* -<TAB>: lacks $name"; failed=1; }
  done
  for name in $(verbs_in "$help"); do check_verb "$@" "$name"; done
}
check_verb
[ "$num_verbs" -ge 20 ] || { echo "the help lists only $num_verbs verbs"; failed=1; }

if command -v fish >/dev/null; then
  "$gerund" completion fish >gerund.fish
  expect_fish() {
    local found
    found="$(HOME="$work" fish --no-config -c "source gerund.fish; complete -C 'gerund $1'" | cut -f1 | sort | paste -sd ' ')"
    [ "$found" = "$2" ] && return
    echo "fish: gerund $1<TAB>: offered '$found', wanted '$2'"
    failed=1
  }
  expect_fish 'dataset s' 'show split stats'
  expect_fish 'inference --h' '--help --hop'
  expect_fish 'dataset flow --method ' 'dis farneback tvl1'
  expect_fish 'train model.input_t' 'model.input_type=2d model.input_type=3d'
  expect_fish 'deploy -c sp' 'spec.yaml'
  expect_fish 'train train.num_e' 'train.num_epochs='
  expect_fish 'models import --in' '--input-type'
else
  echo "fish is not installed: its completion was not run"
fi

if command -v zsh >/dev/null; then
  mkdir zsh && "$gerund" completion zsh >zsh/_gerund
  expect_zsh() {
    local found
    found="$(HOME="$work" timeout 60 zsh -f "$here/complete_line.zsh" "$work/zsh" "gerund $1")"
    [ "$found" = "gerund $2" ] && return
    echo "zsh: gerund $1<TAB>: became '$found', wanted 'gerund $2'"
    failed=1
  }
  expect_zsh 'dataset im' 'dataset import '
  expect_zsh 'inference --stri' 'inference --strict '
  expect_zsh 'dataset flow --method t' 'dataset flow --method tvl1 '
  expect_zsh 'synth target --actions wave,pul' 'synth target --actions wave,pullup,'
  expect_zsh 'train -e sp' 'train -e spec.yaml '
  expect_zsh 'train train.num_e' 'train train.num_epochs='
  expect_zsh 'train model.backbone=x3' 'train model.backbone=x3d_s '
  expect_zsh 'deploy model.onnx events.smoothing=vo' 'deploy model.onnx events.smoothing=vote '
else
  echo "zsh is not installed: its completion was not run"
fi
exit $failed
