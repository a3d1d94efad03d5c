# Reads netfilter chains, and prints them between lines that begin with a mark no
# rule can contain. Only words that kk computed come in, as arguments, and nothing
# of them is evaluated.
#
#   $1                                  the mark
#   list   FAMILY TABLE CHAIN -         the chain
#   match  FAMILY TABLE CHAIN TEXTS     its lines that contain one of TEXTS (one a line)
#   follow FAMILY TABLE CHAIN PREFIX    the chain, and those it jumps to by PREFIX
#   map    FAMILY - NAME TEXTS          the lines of a map of kube-proxy's nft table that
#   set    FAMILY - NAME TEXTS          contain one of TEXTS; the same of a set. TEXTS "-": all
#   rules  FAMILY - CHAIN -             a chain of that table, and those it leads to
#   base   FAMILY - CHAIN -             a chain that every node has
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

tool4= tool6= nft4= nft6=
use() { # family
	if [ "$1" = 4 ]; then
		[ -n "$tool4" ] || { pick iptables /proc/net/ip_tables_names; beside "$nft4"; tool4=$tool; }
		tool=$tool4
	else
		[ -n "$tool6" ] || { pick ip6tables /proc/net/ip6_tables_names; beside "$nft6"; tool6=$tool; }
		tool=$tool6
	fi
}

# Where nft has kube-proxy's rules, those of iptables are read if there are any too.
beside() { # "yes" where nft has them
	[ "$1" = yes ] || return 0
	if owns "$tool"; then echo "$mark also $tool"; else tool=none; fi
}

run() { # program arguments...
	echo "$mark > $*"
	"$@" 2>&1
	echo "$mark < $?"
}

# What iptables complains about goes through too: it says why there are no lines.
matching() { # texts
	set -- "$1${newline}tables: ${newline}tables v${newline}Error: "
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

# The maps that grow with the cluster are cheap to list: nft 1.0.6 reads the one and nothing
# else. For a chain, and for a single element, it asks the kernel for every set of the table,
# of which each Service has one.
elements() { # family map|set name texts
	layer=ip
	[ "$1" = 4 ] || layer=ip6
	eval "there=\$nft$1"
	[ "$there" != no ] || return 0
	has nft || { eval "nft$1=no"; return 0; }
	out=$(run nft list "$2" "$layer" kube-proxy "$3")
	if [ -z "$there" ]; then
		case $out in *"$mark < 0") there=yes ;; *) there=no ;; esac
		eval "nft$1=\$there"
		size=$(lines "$out")
	fi
	[ "$4" = - ] || out=$(printf '%s\n' "$out" | matching "$4")
	printf '%s\n' "$out"
	[ "$2" != map ] || leads "$out"
}

lines() { IFS=$newline; set -- $1; unset IFS; echo $#; }

# Names of chains of Services come from what nft printed, and only such as kube-proxy
# makes go back to it.
leads() { # text
	before=
	for word in $1; do
		word=${word%,}
		case $before$word in
		*[!A-Za-z0-9_./-]*) ;;
		gotoendpoint-*/* | jumpendpoint-*/*) ends="$ends $word" ;;
		goto*/* | jump*/*) next="$next $word" ;;
		esac
		before=$word
	done
}

# What listing chains may cost beyond what the answer needs: each is a run of nft, whose
# time grows with the number of Services.
affordable() { [ "$1" -le 20 ] && [ $(($1 * size)) -le 5000 ]; }

size=0 listed=' ' next= ends=
list_chains() { # layer names...
	layer=$1
	shift
	for name; do
		case $listed in *" $layer/$name "*) continue ;; esac
		listed="$listed$layer/$name "
		out=$(run nft list chain "$layer" kube-proxy "$name")
		printf '%s\n' "$out"
		leads "$out"
	done
}

rules() { # family chain
	eval "there=\$nft$1"
	[ "$there" = yes ] || return 0
	layer=ip
	[ "$1" = 4 ] || layer=ip6
	next="$next $2"
	while [ -n "$next" ]; do
		now=$next next=
		list_chains "$layer" $now
	done
	set -- $ends
	ends=
	affordable $# || return 0
	list_chains "$layer" "$@"
}

while [ $# -gt 4 ]; do
	case $1 in
	list | match | follow)
		use "$2"
		if [ "$tool" = none ]; then shift 5; continue; fi
		;;
	esac
	case $1 in
	list) run "$tool" -t "$3" -v -S "$4" ;;
	match) run "$tool" -t "$3" -v -S "$4" | matching "$5" ;;
	follow) follow "$3" "$4" "$5" ;;
	map | set) elements "$2" "$1" "$4" "$5" ;;
	rules) rules "$2" "$4" ;;
	base) ! affordable 4 || rules "$2" "$4" ;;
	connections) connections "$2" "$3" "$4" "$5" ;;
	esac
	shift 5
done
echo "$mark end"
