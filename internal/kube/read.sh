# read.sh MARK FILE…: each file, between two lines that begin with the mark. It knows
# nothing of what it reads, and changes nothing.
mark=$1
shift
for file; do
	# A shell hands only names of its own form on to cat: its own environment has all.
	case $file in /proc/self/*) file=/proc/$$/${file#/proc/self/} ;; esac
	printf '%s >\n' "$mark"
	if cat -- "$file" 2>/dev/null; then
		printf '\n%s <\n' "$mark"
	else
		printf '\n%s ! %s\n' "$mark" "$(cat -- "$file" 2>&1 >/dev/null)"
	fi
done
printf '%s end\n' "$mark"
