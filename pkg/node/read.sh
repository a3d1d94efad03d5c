# Reads netfilter chains, and prints them between lines that begin with a mark no
# rule can contain. Only words that kk computed come in, as arguments, and nothing
# of them is evaluated.
#
#   $1                                  the mark
#   list   FAMILY TABLE CHAIN -         the chain
#   match  FAMILY TABLE CHAIN TEXTS     its lines that contain one of TEXTS (one a line)
#   follow FAMILY TABLE CHAIN PREFIX    the chain, and those it jumps to by PREFIX
#   tree   FAMILY TABLE CHAIN -         the chain, and all it leads to that do not grow with the cluster
#   among  FAMILY TABLE CHAIN KEPT      its lines but those for one other address or port than KEPT
#   connections FAMILY PROTOCOL ADDRESS PORT   the connections that were begun to it
set -f
mark=$1; shift
newline='
'
PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin
# Reading needs no lock, and the file system of the debug pod is read-only.
XTABLES_LOCKFILE=/dev/null; export XTABLES_LOCKFILE

has() { command -v "$1" >/dev/null 2>&1; }

owns() { has "$1" && "$1" -t nat -S KUBE-MARK-MASQ >/dev/null 2>&1; }

# Listing with iptables of the legacy kind loads its kernel module, so it is asked
# only where the kernel has the nat table of that kind already.
loaded() { # names-of-tables table
	while read -r name; do
		[ "$name" != "$2" ] || return 0
	done 2>/dev/null <"$1"
	return 1
}

# Of the two kinds of iptables, the one that holds kube-proxy's rules.
pick() { # tool names-of-legacy-tables
	tool=$1
	has "$1-nft" || return 0
	tool=$1-nft
	has "$1-legacy" && loaded "$2" nat || return 0
	if owns "$1-nft"; then
		owns "$1-legacy" && echo "$mark also $1-legacy"
	else
		tool=$1-legacy
	fi
}

# Is kube-proxy of the nftables mode at work here? The question is for one chain: nft
# reads every rule of the node to list no more than the names of tables.
nftables() { # family
	has nft && run nft list chain "$1" kube-proxy services
}

tool4= tool6=
use() { # family
	if [ "$1" = 4 ]; then
		[ -n "$tool4" ] || { nftables ip; pick iptables /proc/net/ip_tables_names; tool4=$tool; }
		tool=$tool4
	else
		[ -n "$tool6" ] || { nftables ip6; pick ip6tables /proc/net/ip6_tables_names; tool6=$tool; }
		tool=$tool6
	fi
}

run() { # program arguments...
	echo "$mark > $*"
	"$@" 2>&1
	echo "$mark < $?"
}

# What iptables complains about goes through too: it says why there are no lines.
matching() { # texts
	set -- "$1${newline}tables: ${newline}tables v"
	if has grep; then grep -F -- "$mark$newline$1"; return; fi
	while IFS= read -r line; do
		case $line in "$mark"*) printf '%s\n' "$line"; continue ;; esac
		printf '%s\n' "$1" | while IFS= read -r text; do
			case $line in *"$text"*) printf '%s\n' "$line"; break ;; esac
		done
	done
}

follow() { # table chain prefix
	out=$(run "$tool" -t "$1" -v -S "$2")
	printf '%s\n' "$out"
	seen=' ' before=
	for word in $out; do
		case $before$word in
		-j*[!A-Z0-9-]*) ;;
		-j"$3"*)
			case $seen in
			*" $word "*) ;;
			*) seen="$seen$word "; run "$tool" -t "$1" -v -S "$word" ;;
			esac ;;
		esac
		before=$word
	done
}

# Of the legacy kind, listing a table that is not there would make it.
there() { # table
	case $tool in *-nft) return 0 ;; esac
	case $("$tool" -V 2>/dev/null) in *nf_tables*) return 0 ;; esac
	case $tool in
	ip6*) loaded /proc/net/ip6_tables_names "$1" ;;
	*) loaded /proc/net/ip_tables_names "$1" ;;
	esac
}

# What was printed for trees, and how much more may be. Chains that a plan lists by
# themselves are asked before.
had=' ' chains=200 bytes=524288
tree() { # table chain
	queue=$2
	while [ -n "$queue" ]; do
		chain=${queue%% *}
		case $queue in *' '*) queue=${queue#* } ;; *) queue= ;; esac
		case $had in *" $tool:$1:$chain "*) continue ;; esac
		had="$had$tool:$1:$chain "
		[ $chains -gt 0 ] || return 0
		chains=$((chains - 1))
		out=$(run "$tool" -t "$1" -v -S "$chain")
		[ ${#out} -le $bytes ] || continue
		bytes=$((bytes - ${#out}))
		printf '%s\n' "$out"
		targets
	done
}

# Puts what the rules of $out lead to into the queue. A word that is no chain's name
# would be an option, or part of a comment.
targets() {
	before=
	for word in $out; do
		case $before in -j | -g)
			case $word in
			-* | *[!A-Za-z0-9_.:-]*) ;;
			ACCEPT | DROP | REJECT | RETURN | MARK | CONNMARK | MASQUERADE | DNAT | SNAT | LOG | NFLOG | CT | TCPMSS | KUBE-MARK-MASQ) ;;
			KUBE-SERVICES | KUBE-NODEPORTS | KUBE-EXTERNAL-SERVICES | KUBE-PROXY-FIREWALL) ;;
			KUBE-SVC-* | KUBE-SVL-* | KUBE-EXT-* | KUBE-FW-* | KUBE-SEP-*) ;;
			*) queue="$queue${queue:+ }$word" ;;
			esac ;;
		esac
		before=$word
	done
}

# For each kind of thing that is kept, sed leaves out the lines for another one.
among() { # kept
	if ! has sed; then slowly "$1"; return; fi
	kept=$1 IFS=$newline
	set -- -e '/^-A /!b'
	case $kept in *'-d '*)
		set -- "$@" -e '/^-A [^ ]* -d [^ ]*\/\(32\|128\) /!b port'
		for text in $kept; do
			case $text in -d*) set -- "$@" -e "\\#^-A [^ ]* $text#b port" ;; esac
		done
		set -- "$@" -e d -e ': port' ;;
	esac
	case $kept in *--dport*)
		set -- "$@" -e '/ ! --dport /b' -e '/ --dport [0-9][0-9]* /!b'
		for text in $kept; do
			case $text in --dport*) set -- "$@" -e "/ $text/b" ;; esac
		done
		set -- "$@" -e d ;;
	esac
	unset IFS
	sed "$@"
}

slowly() { # kept
	while IFS= read -r line; do
		leaves "$1" || printf '%s\n' "$line"
	done
}

# Is $line for one address or port that is not kept?
leaves() { # kept
	case $line in '-A '*) ;; *) return 1 ;; esac
	rule=${line#-A * }
	case $rule in '-d '*)
		one=${rule#-d } one=${one%% *}
		case $one in */32 | */128) other "$1" '-d ' && return 0 ;; esac ;;
	esac
	case $rule in
	*' ! --dport '*) ;;
	*' --dport '*)
		one=${rule#* --dport } one=${one%% *}
		case $one in *[!0-9]*) ;; *) other "$1" '--dport ' && return 0 ;; esac ;;
	esac
	return 1
}

other() { # kept option
	case $1 in
	*"$2$one "*) return 1 ;;
	*"$2"*) return 0 ;;
	*) return 1 ;;
	esac
}

# Where there is no conntrack, the kernel's file. It writes IPv6 in another way than the
# question does, so its reader looks at the address again.
connections() { # family protocol address port
	layer=ipv$1
	if has conntrack; then
		run conntrack -L -f "$layer" -p "$2" -d "$3" --orig-port-dst "$4"
		return
	fi
	echo "$mark > /proc/net/nf_conntrack -L -f $layer -p $2 -d $3 --orig-port-dst $4"
	status=1
	[ ! -r /proc/net/nf_conntrack ] || status=0
	[ $status = 1 ] || while read -r line; do
		case $line in "$layer "*" $2 "*" dport=$4 "*) printf '%s\n' "$line" ;; esac
	done </proc/net/nf_conntrack
	echo "$mark < $status"
}

while [ $# -gt 4 ]; do
	[ "$1" = connections ] || use "$2"
	[ "$1" = tree ] || had="$had$tool:$3:$4 "
	case $1 in
	tree) there "$3" && tree "$3" "$4" ;;
	among) run "$tool" -t "$3" -v -S "$4" | among "$5" ;;
	list) run "$tool" -t "$3" -v -S "$4" ;;
	match) run "$tool" -t "$3" -v -S "$4" | matching "$5" ;;
	follow) follow "$3" "$4" "$5" ;;
	connections) connections "$2" "$3" "$4" "$5" ;;
	esac
	shift 5
done
echo "$mark end"
