# Looks at a container and asks from its network, and prints each answer between lines
# that begin with a mark. What comes in are arguments, and nothing of them is evaluated.
#
#   $1                          the mark
#   $2                          the container's ID; from its inside 1, or self where
#                               process 1 is not its own
#   file FILE                   a file as the container has it
#   proc NAME                   a file of its first process in /proc
#   go                          "go" or "no": is the program of that process built by Go?
#   ask SERVER NAME TYPE SECONDS PROTO   what dig says
set -f
mark=$1 id=$2
shift 2

# The first process of a container has the lowest number of all in its cgroup.
find_pid() {
	set +f
	for dir in /proc/[0-9]*; do
		this=${dir#/proc/}
		while IFS= read -r line; do
			case $line in *"$id"*) [ "${pid:-$this}" -lt "$this" ] || pid=$this ;; esac
		done 2>/dev/null <"$dir/cgroup"
	done
	set -f
}

pid= root= enter=
case $id in
1 | self) pid=$id ;;
*)
	find_pid
	[ -n "$pid" ] || { printf '%s none\n%s end\n' "$mark" "$mark"; exit 0; }
	root=/proc/$pid/root enter="nsenter --net=/proc/$pid/ns/net"
	;;
esac

show() { # file
	printf '%s >\n' "$mark"
	if cat -- "$1" 2>/dev/null; then
		printf '\n%s <\n' "$mark"
	else
		printf '\n%s ! %s\n' "$mark" "$(cat -- "$1" 2>&1 >/dev/null)"
	fi
}

# grep says 1 for no; anything else is that it could not look.
built_by_go() {
	printf '%s >\n' "$mark"
	grep -q 'Go buildinf:' "/proc/$pid/exe" 2>/dev/null
	case $? in 0) printf go ;; 1) printf no ;; esac
	printf '\n%s <\n' "$mark"
}

silent=' '
ask() { # server name type seconds protocol
	printf '%s >\n' "$mark"
	case $silent in
	*" $1 "*) printf ';; not asked again' ;;
	*)
		reply=$($enter dig "@$1" -q "$2." -t "$3" "+$5" +tries=1 "+time=$4" +noedns +nocookie +noall +comments +answer +stats 2>&1)
		case $reply in *'timed out'*) silent="$silent$1 " ;; esac
		printf '%s' "$reply"
		;;
	esac
	printf '\n%s <\n' "$mark"
}

while [ $# -gt 0 ]; do
	case $1 in
	file) show "$root$2"; shift 2 ;;
	proc) show "/proc/$pid/$2"; shift 2 ;;
	go) built_by_go; shift ;;
	ask) ask "$2" "$3" "$4" "$5" "$6"; shift 6 ;;
	*) break ;;
	esac
done
printf '%s end\n' "$mark"
