# Reads netfilter chains, and prints them between lines that begin with a mark no
# rule can contain. Only words that kk computed come in, as arguments, and nothing
# of them is evaluated.
#
#   $1                                  the mark
#   list   FAMILY TABLE CHAIN -         the chain
#   match  FAMILY TABLE CHAIN TEXTS     its lines that contain one of TEXTS (one a line)
#   follow FAMILY TABLE CHAIN PREFIX    the chain, and those it jumps to by PREFIX
#   connections FAMILY PROTOCOL ADDRESS PORT   the connections that were begun to it
#   mode   - - ADDRESS -                what kube-proxy, which listens there, says of its mode
#   uptime - - - -                      the seconds since the node has started
#   every  SECONDS - - -                first: ask what follows again and again
#
# Rules that kube-proxy has in a second place are counted and not sent.
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

# Which kind of iptables the kubelet works with, and by that kube-proxy's image.
hinted() { "$1" -t mangle -S KUBE-IPTABLES-HINT >/dev/null 2>&1; }

denied() {
	case $("$1" -t nat -S KUBE-MARK-MASQ 2>&1) in *"must be root"*) ;; *) return 1 ;; esac
}

# Of the two kinds of iptables, the one that holds kube-proxy's rules.
pick() { # tool names-of-legacy-tables
	tool=$1
	has "$1-nft" || return 0
	tool=$1-nft
	has "$1-legacy" && loaded "$2" || return 0
	if ! owns "$tool"; then
		if owns "$1-legacy" || denied "$1-legacy"; then tool=$1-legacy; fi
	elif hinted "$1-legacy" && ! hinted "$1-nft" && owns "$1-legacy"; then
		tool=$1-legacy
		number "$1-nft"
	elif owns "$1-legacy"; then
		number "$1-legacy"
	elif denied "$1-legacy"; then
		run "$1-legacy" -t nat -S KUBE-MARK-MASQ
	fi
}

# The kubelet's own chains, KUBE-MARK-… and KUBE-POSTROUTING of older ones, are not meant.
number() { counted '^-A.KUBE-[^MP]' '-A KUBE-[!MP]*' "$1" -t nat -S; }

counted() { # regular-expression pattern program arguments...
	expression=$1 pattern=$2
	shift 2
	echo "$mark > $* | grep -c $expression"
	"$@" 2>/dev/null | count
	echo "$mark < 0"
}

count() {
	if has grep; then grep -c -e "$expression"; return; fi
	n=0
	while IFS= read -r line; do
		case $line in $pattern) n=$((n + 1)) ;; esac
	done
	echo "$n"
}

# Is kube-proxy of the nftables mode at work here? The question is for one chain: nft
# reads every rule of the node to list no more than the names of tables. Where iptables
# has rules of kube-proxy too, both are counted.
nftables() { # family
	has nft && run nft list chain "$1" kube-proxy services || return 0
	owns "$tool" || return 0
	number "$tool"
	counted ':.goto' '*: goto*' nft list map "$1" kube-proxy service-ips
}

# kube-proxy of the ipvs mode keeps the Services' addresses on an interface of its own.
virtual=
ipvs() {
	[ -z "$virtual" ] || return 0
	virtual=asked
	counted 'kube-ipvs0:' '*kube-ipvs0:*' cat /proc/net/dev
	[ ! -r /proc/net/ip_vs ] || counted '^[TUS]' '[TUS]*' cat /proc/net/ip_vs
}

tool4= tool6=
use() { # family
	if [ "$1" = 4 ]; then
		[ -n "$tool4" ] || { ipvs; pick iptables /proc/net/ip_tables_names; nftables ip; tool4=$tool; }
		tool=$tool4
	else
		[ -n "$tool6" ] || { ipvs; pick ip6tables /proc/net/ip6_tables_names; nftables ip6; tool6=$tool; }
		tool=$tool6
	fi
}

run() { # program arguments...
	echo "$mark > $*"
	"$@" 2>&1
	set -- $?
	echo "$mark < $1"
	return "$1"
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

# By the programs that the image happens to have: kube-proxy's own has none for it.
mode() { # address
	if has curl; then
		set -- curl -s -m 2 "http://$1/proxyMode"
	elif has wget; then
		set -- wget -q -T 2 -O - "http://$1/proxyMode"
	else
		return
	fi
	echo "$mark > $*"
	answer=$("$@" 2>&1)
	set -- $?
	printf '%s\n' "$answer"
	echo "$mark < $1"
}

uptime() {
	read -r seconds _ </proc/uptime
	echo "$mark > cat /proc/uptime"
	echo "$seconds"
	echo "$mark < 0"
}

answer() { # questions
	while [ $# -gt 4 ]; do
		case $1 in list | match | follow) use "$2" ;; esac
		case $1 in
		list) run "$tool" -t "$3" -v -S "$4" ;;
		match) run "$tool" -t "$3" -v -S "$4" | matching "$5" ;;
		follow) follow "$3" "$4" "$5" ;;
		connections) connections "$2" "$3" "$4" "$5" ;;
		mode) mode "$4" ;;
		uptime) uptime ;;
		esac
		shift 5
	done
	echo "$mark end"
}

if [ "$1" != every ]; then
	answer "$@"
	exit
fi
pause=$2
shift 5
has sleep || run sleep "$pause"
while answer "$@"; do
	sleep "$pause" || exit
done
