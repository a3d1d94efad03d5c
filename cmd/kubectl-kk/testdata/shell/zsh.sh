# Presses TAB at the end of the line in $1 in an interactive zsh, and prints what the line is then.
zmodload zsh/zpty
until_seen() { # until_seen TEXT: reads until the shell shows it
  shown=
  while [[ $shown != *$1* ]]; do
    zpty -r z chunk || { print -u2 "zsh ended: $shown"; exit 1; }
    shown+=$chunk
  done
}
zpty z "TERM=dumb zsh -f -i"
zpty -w z 'PROMPT=""; show() { print -r -- "LINE=[$BUFFER]=END" }; zle -N show; bindkey "^G" show; unsetopt list_beep; setopt no_auto_remove_slash'
zpty -w z 'autoload -Uz compinit && compinit -u -D'
if [[ -n $INSTALLED ]]; then zpty -w z 'source $HOME/.zshrc'; else zpty -w z 'source <(kk completion zsh)'; fi
# Of a kubectl that is real, its own too.
[[ ${1%% *} == kk ]] || zpty -w z 'source <(kubectl completion zsh)'
zpty -w z 'print READ""Y'
until_seen READY
zpty -w -n z "$1"$'\t\a'
until_seen '=END'
shown=${shown##*LINE=\[}
print -r -- "${shown%%\]=END*}"
zpty -d z
