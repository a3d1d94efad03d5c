# Reads netfilter chains, and prints them between lines that begin with a mark no
# rule can contain. Only words that kk computed come in, as arguments, and nothing
# of them is evaluated.
#
#   $1                                  the mark
#   list   FAMILY TABLE CHAIN -         the chain
#   match  FAMILY TABLE CHAIN TEXTS     its lines that contain one of TEXTS (one a line)
#   follow FAMILY TABLE CHAIN PREFIX    the chain, and those it jumps to by PREFIX; where they
#                                       are many, all their lines as one answer for PREFIX*
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
loaded() {
	while read -r name; do
		[ "$name" != nat ] || return 0
	done 2>/dev/null <"$1"
	return 1
}

# Of the two kinds of iptables, the one that holds kube-proxy's rules.
pick() { # tool names-of-legacy-tables
	tool=$1
	has "$1-nft" || return 0
	tool=$1-nft
	has "$1-legacy" && loaded "$2" || return 0
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

# Each run of iptables takes some milliseconds; beyond so many chains, one list of the whole
# table takes less, of which the same lines are sent.
most_runs=200

follow() { # table chain prefix
	out=$(run "$tool" -t "$1" -v -S "$2")
	printf '%s\n' "$out"
	seen=' ' before= texts= count=0
	for word in $out; do
		case $before$word in
		-j*[!A-Z0-9-]*) ;;
		-j"$3"*)
			case $seen in
			*" $word "*) ;;
			*) seen="$seen$word " texts="$texts$newline-N $word$newline-A $word " count=$((count + 1)) ;;
			esac ;;
		esac
		before=$word
	done
	if [ $count -gt $most_runs ] && has grep; then
		echo "$mark > $tool -t $1 -v -S $3*"
		{ "$tool" -t "$1" -v -S 2>&1; echo "$mark < $?"; } | matching "${texts#"$newline"}"
		return
	fi
	for word in $seen; do run "$tool" -t "$1" -v -S "$word"; done
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
	case $1 in
	list) run "$tool" -t "$3" -v -S "$4" ;;
	match) run "$tool" -t "$3" -v -S "$4" | matching "$5" ;;
	follow) follow "$3" "$4" "$5" ;;
	connections) connections "$2" "$3" "$4" "$5" ;;
	esac
	shift 5
done
echo "$mark end"
