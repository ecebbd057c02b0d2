# Prints what a line becomes when TAB is pressed at its end: zsh runs in a terminal that zsh makes itself.
# Usage: zsh -f complete_line.zsh FOLDER_OF_COMPLETIONS LINE
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= PS2= RPS1=; unsetopt zle_bracketed_paste prompt_cr 2>/dev/null; fpath=(${(q)1} \$fpath)"
zpty -w shell 'autoload -Uz compinit; compinit -D -u; LISTMAX=0'
zpty -w shell 'press() { zle complete-word; print -r -- "became[$BUFFER]"; exit }; zle -N press; bindkey "^I" press; print ready'
zpty -r shell seen '*ready*ready*'  # The line as it is typed, and what it prints.
zpty -n -w shell "$2"$'\t'
zpty -r shell seen '*became\[*\]*'
print -r -- "${${seen##*became\[}%%\]*}"
zpty -d shell
