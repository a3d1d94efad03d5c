# Prints what bash offers for the line in $1, as if TAB were pressed at its end.
. /usr/share/bash-completion/bash_completion
if [ -n "$INSTALLED" ]; then
	_comp_load kk 2>/dev/null || __load_completion kk
else
	. <(kk completion bash)
fi
# Of a kubectl that is real, its own too.
[ "${1%% *}" = kk ] || . <(kubectl completion bash)
COMP_LINE=$1
COMP_POINT=${#1}
COMP_TYPE=63 # the choices after a second TAB
read -ra COMP_WORDS <<<"$1"
[ "$1" = "${1% }" ] || COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMPREPLY=()
"$(complete -p "${COMP_WORDS[0]}" | sed 's/.*-F \([^ ]*\).*/\1/')" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
