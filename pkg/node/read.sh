# Reads netfilter chains, and prints them between lines that begin with a mark no
# rule can contain. Only words that kk computed come in, as arguments, and nothing
# of them is evaluated.
#
#   $1                                  the mark
#   list   FAMILY TABLE CHAIN -         the chain
#   follow FAMILY TABLE CHAIN PREFIX    the chain, and those it jumps to by PREFIX; where they
#                                       are many, all their lines as one answer for PREFIX*
#   tree   FAMILY TABLE CHAIN -         the chain, and all it leads to that do not grow with the cluster
#   among  FAMILY TABLE CHAIN KEPT      its lines but those for one other address or port than KEPT;
#                                       those that lead to NodePorts stay
#   few    FAMILY - - -                 what follows only where kube-proxy has few rules
#   table  FAMILY - NAME -              kube-proxy's nft table whole, where that is soon done.
#                                       Then these have no answer of their own:
#   map    FAMILY - NAME TEXTS          the lines of a map of that table that contain one of
#   set    FAMILY - NAME TEXTS          TEXTS; the same of a set. TEXTS "-": all
#   rules  FAMILY - CHAIN -             a chain of that table, and those it leads to
#   base   FAMILY - CHAIN -             a chain that every node has
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
# Bytes are compared, not letters.
LC_ALL=C; export LC_ALL
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
	has "$1-legacy" && loaded "$2" nat || return 0
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

# Where nft has kube-proxy's rules, those of iptables are read if there are any too, and
# both are counted. What others have in iptables is read by trees all the same.
beside() { # layer "yes" where nft has them
	[ "$2" = yes ] || return 0
	if owns "$tool"; then
		number "$tool"
		counted ':.goto' '*: goto*' nft list map "$1" kube-proxy service-ips
	else
		tool=none
	fi
}

# kube-proxy of the ipvs mode keeps the Services' addresses on an interface of its own.
virtual=
ipvs() {
	[ -z "$virtual" ] || return 0
	virtual=asked
	counted 'kube-ipvs0:' '*kube-ipvs0:*' cat /proc/net/dev
	[ ! -r /proc/net/ip_vs ] || counted '^[TUS]' '[TUS]*' cat /proc/net/ip_vs
}

tool4= tool6= any4= any6= nft4= nft6= all4= all6=
use() { # family
	if [ "$1" = 4 ]; then
		[ -n "$tool4" ] || { ipvs; pick iptables /proc/net/ip_tables_names; any4=$tool; beside ip "$nft4"; tool4=$tool; }
		tool=$tool4 any=$any4
	else
		[ -n "$tool6" ] || { ipvs; pick ip6tables /proc/net/ip6_tables_names; any6=$tool; beside ip6 "$nft6"; tool6=$tool; }
		tool=$tool6 any=$any6
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
	set -- "$1${newline}tables: ${newline}tables v${newline}Error: "
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

# Every Service and every endpoint has a rule that marks for masquerade, and iptables says of
# a chain how many rules lead to it.
most_rules=10000

few() { # family
	eval "there=\$nft$1 all=\$all$1"
	if [ "$there" = yes ]; then [ -n "$all" ]; return; fi
	out=$("$tool" -t nat -n -L KUBE-MARK-MASQ 2>/dev/null)
	out=${out#*KUBE-MARK-MASQ (} out=${out%%" references"*}
	case $out in '' | *[!0-9]*) return 1 ;; esac
	[ "$out" -le $most_rules ]
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

tree() { # table chain
	queue=$2
	while [ -n "$queue" ]; do
		chain=${queue%% *}
		case $queue in *' '*) queue=${queue#* } ;; *) queue= ;; esac
		case $grown in *" $tool:$1:$chain "*) continue ;; esac
		grown="$grown$tool:$1:$chain "
		[ $chains -gt 0 ] || return 0
		chains=$((chains - 1))
		out=$(run "$tool" -t "$1" -v -S "$chain")
		case $had in *" $tool:$1:$chain "*) targets; continue ;; esac
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

# The chain of all Services can be long, so grep has a first look where an address is kept.
among() { # table chain kept
	look=
	case $3 in *'-d '*) ! has grep || look=coarse ;; esac
	if [ -n "$look" ]; then
		out=$(run "$tool" -t "$1" -v -S "$2" | coarse "$3")
	else
		out=$(run "$tool" -t "$1" -v -S "$2")
	fi
	IFS=$newline
	for line in $out; do
		leaves "$3" || printf '%s\n' "$line"
	done
	unset IFS
}

coarse() { # kept
	kept=$1 IFS=$newline
	set -- -e '^[^-]|^-[^A]|^-A [^ ]+ ([^-]|-[^d])| -j KUBE-NODEPORTS$' -e '^-A [^ ]+ -d [^ /]*/([0-9]|[12][0-9]|3[013-9]|[4-9][0-9]|1[01][0-9]|12[0-7]) |^-A [^ ]+ -d [^ ]*:[^ ]*/32 '
	for text in $kept; do
		case $text in -d*) set -- "$@" -e "^-A [^ ]+ $text" ;; esac
	done
	unset IFS
	grep -E "$@"
}

# Is $line for one address or port that is not kept?
leaves() { # kept
	case $line in *' -j KUBE-NODEPORTS') return 1 ;; '-A '*) ;; *) return 1 ;; esac
	rule=${line#-A * }
	case $rule in '-d '*)
		one=${rule#-d } one=${one%% *}
		case $one in *:*/128 | *[!:]*.*/32) other "$1" '-d ' && return 0 ;; esac ;;
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

# Sets there and layer of a family, and fails where nft is not to be asked for pieces.
nft_of() { # family
	layer=ip
	[ "$1" = 4 ] || layer=ip6
	eval "there=\$nft$1 all=\$all$1"
	[ "$there" != no ] && [ -z "$all" ] || return 1
	has nft || { eval "nft$1=no"; return 1; }
}

# For a chain, and for a single element, nft asks the kernel for every set of the table, of
# which each Service has one: a listing of all costs only twice that of one chain. So it is
# tried first, and given up where it takes longer than a second or is too long to send.
table() { # family name
	nft_of "$1" && has sleep || return 0
	out=$(for_a_second nft list table "$layer" "$2"; echo "$mark < $?")
	case $out in
	*"$mark < 0") [ ${#out} -le 1048576 ] || return 0; eval "nft$1=yes all$1=yes" ;;
	*"No such file or directory"*) eval "nft$1=no" ;;
	*) return 0 ;;
	esac
	printf '%s\n' "$mark > nft list table $layer $2" "$out"
}

for_a_second() { # program arguments...
	"$@" 2>&1 &
	program=$!
	{ sleep 1; kill $program; } >/dev/null 2>&1 &
	clock=$!
	wait $program
	set -- $?
	kill $clock 2>/dev/null
	return "$1"
}

# The maps that grow with the cluster are cheap to list: nft reads the one and nothing else.
elements() { # family map|set name texts
	nft_of "$1" || return 0
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

size=0
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
	nft_of "$1" && [ "$there" = yes ] || return 0
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
	# What was printed for trees, and how much more may be. Chains that a plan lists by
	# themselves are asked before.
	had=' ' grown=' ' chains=200 bytes=524288
	listed=' ' next= ends= all4= all6=
	while [ $# -gt 4 ]; do
		case $1 in
		list | follow | among)
			use "$2"
			if [ "$tool" = none ]; then shift 5; continue; fi
			had="$had$tool:$3:$4 "
			;;
		tree) use "$2"; tool=$any ;;
		few) use "$2"; few "$2" || break ;;
		esac
		case $1 in
		tree) there "$3" && tree "$3" "$4" ;;
		among) among "$3" "$4" "$5" ;;
		list) run "$tool" -t "$3" -v -S "$4" ;;
		follow) follow "$3" "$4" "$5" ;;
		map | set) elements "$2" "$1" "$4" "$5" ;;
		rules) rules "$2" "$4" ;;
		base) ! affordable 4 || rules "$2" "$4" ;;
		table) table "$2" "$4" ;;
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
