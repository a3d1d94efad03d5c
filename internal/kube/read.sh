# read.sh MARK FILE…: each file, between two lines that begin with the mark. It knows
# nothing of what it reads, and changes nothing.
mark=$1
shift
for file; do
	printf '%s >\n' "$mark"
	if cat -- "$file" 2>/dev/null; then
		printf '\n%s <\n' "$mark"
	else
		printf '\n%s ! %s\n' "$mark" "$(cat -- "$file" 2>&1 >/dev/null)"
	fi
done
printf '%s end\n' "$mark"
