#!/bin/sh
# Installs the distribution's packages that are missing here: deps.sh [build|deb|lab|demo|check|newcomer|engines]
#
#   build   compiler, libraries, and what the program needs to run
#   deb     what the Debian package is built with
#   lab     a Samba AD DC and Kerberos clients, for tests/lab
#   demo    build and lab (default)
#   check   all that, and the linters and test tools
#   newcomer  what tests/newcomer needs: clean roots and containers
#   engines  what tests/engines needs: Slurm, Ansible, an sshd
#
# Silent when nothing is missing. Uses sudo when it is not run by root.
set -eu

build='gcc libc6-dev make pkg-config libglib2.0-dev libldap-dev libsasl2-dev libkrb5-dev libjansson-dev nettle-dev libsqlite3-dev libpq-dev'
run='libpq5 libsasl2-modules-gssapi-mit krb5-user ldap-utils bind9-host'
deb='build-essential debhelper python3'
samba='samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind ldb-tools python3-samba'
lab="gcc libc6-dev python3 iproute2 procps util-linux $run $samba"
check='ccache clang clang-format clang-tidy lld cppcheck shellcheck valgrind libclang-rt-dev python3-pytest
	python3-jsonschema faketime chromium chromium-driver python3-selenium python3-html5lib python3-yaml libxml2-utils strace prometheus sqlite3 postgresql icinga2-bin slapd krb5-kdc krb5-admin-server openssl
	mandoc man-db bash-completion zsh fish lintian debootstrap rpm systemd systemd-container'
newcomer='debootstrap systemd-container python3-pytest buildah podman crun uidmap docker.io'
engines='slurm-wlm munge ansible-core ansible-lint openssh-server openssh-client python3-pytest python3-jsonschema'

# The KDC of Debian 12's own Samba (4.17) knows no resource-based constrained delegation; that of its backports does.
old_samba_release=bookworm
newer_samba=$old_samba_release-backports
sources_file=/etc/apt/sources.list.d/kcdaudit-backports.sources
policy_file=/usr/sbin/policy-rc.d

say() {
	printf 'deps: %s\n' "$*"
}

fail() {
	printf 'deps: %s\n' "$*" >&2
	exit 1
}

# Lists those of the packages named that are not installed.
missing_of() {
	# shellcheck disable=SC2016 # dpkg-query's own variables
	installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
		sed -n 's/ installed$//p') || :
	for package; do
		case "
$installed
" in
		*"
$package
"*) ;;
		*) printf '%s\n' "$package" ;;
		esac
	done | sort -u
}

# Where this machine gets Debian's own suite: "URI FILE:ENTRY".
own_source() {
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(REPO_URI) $(SOURCESENTRY) $(RELEASE) $(CODENAME) $(COMPONENT)' \
		'Created-By: Packages' 2>/dev/null |
		awk -v release="$old_samba_release" \
			'($3 == release || $4 == release) && $5 == "main" && $1 !~ /^cdrom:/ { print $1, $2; exit }'
}

# The Signed-By of entry N of a sources file, as a field for a new one; nothing where the machine's default keys do.
signed_by() {
	case $1 in
	*.sources)
		awk -v RS= -v n="$2" 'NR == n' "$1" |
			awk 'tolower($0) ~ /^signed-by:/ { print; inside = 1; next }
				/^[^ \t]/ { inside = 0 } inside' ;;
	*)
		sed -n "$2"'s/.*[[ ]signed-by=\([^] ]*\).*/Signed-By: \1/p' "$1" ;;
	esac
}

# Makes the newer Samba available; fails where it cannot be had.
add_newer_samba() {
	if apt-get indextargets 2>/dev/null | grep -q "^Codename: $newer_samba\$"; then
		return 0
	fi
	source=$(own_source)
	[ -n "$source" ] || return 1
	entry=${source#* }
	say "adding $newer_samba, for a Samba whose KDC knows RBCD: $sources_file"
	{
		printf '# For the lab of kcdaudit. Nothing else is installed from here of itself.\n'
		printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "${source%% *}" "$newer_samba"
		signed_by "${entry%:*}" "${entry##*:}"
	} >"$sources_file"
	chmod 0644 "$sources_file"
	apt-get -q update --error-on=any -o "Dir::Etc::sourcelist=$sources_file" -o Dir::Etc::sourceparts=- \
		-o APT::Get::List-Cleanup=0 >/dev/null 2>&1
}

install_packages() {
	DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
		--no-install-recommends install "$@"
}

install_samba() {
	if [ "${VERSION_CODENAME-}" = "$old_samba_release" ] && [ "${ID-}" = debian ]; then
		if [ -z "$(missing_of samba)" ]; then
			say "samba is installed here already: it stays at its version"
		elif add_newer_samba && install_packages -t "$newer_samba" "$@"; then
			return 0
		else
			rm -f "$sources_file"
			say "WARNING: no Samba from $newer_samba (does the mirror answer?)." \
				"Taking $old_samba_release's own: the lab will skip what needs RBCD." >&2
		fi
	fi
	install_packages "$@"
}

# The lab starts its DC by itself, in namespaces of its own, and the tests want promtool alone. Packages installed here must
# not start a service on the machine.
hold_services() {
	if [ ! -e "$policy_file" ]; then
		# Only what we wrote is removed, however this ends.
		trap 'rm -f "$policy_file"' EXIT
		trap 'exit 1' HUP INT TERM
		printf '#!/bin/sh\nexit 101\n' >"$policy_file"
		chmod 0755 "$policy_file"
	fi
}

disable_services() {
	if [ $# -gt 0 ] && command -v systemctl >/dev/null; then
		# One by one: which of them exist differs between versions, and one that does not makes systemctl stop.
		for unit; do
			systemctl disable "$unit" >/dev/null 2>&1 || :
		done
		say "not started and not enabled: $*"
	fi
}

# The units that come with those of these packages which are not installed yet.
units_to_come() {
	for package in $(missing_of "$@"); do
		case $package in
		samba) printf 'smbd.service nmbd.service ' ;;
		podman) printf 'podman.socket podman.service podman-restart.service podman-auto-update.timer ' ;;
		slurm-wlm) printf 'slurmctld.service slurmd.service ' ;;
		openssh-server) printf 'ssh.service ' ;;
		samba-ad-dc | winbind | munge | prometheus | krb5-kdc | krb5-admin-server) printf '%s.service ' "$package" ;;
		esac
	done
}

# Leaves out, saying so, what this release does not have under that name.
known_of() {
	for package; do
		if apt-cache show --no-all-versions "$package" >/dev/null 2>&1; then
			printf '%s\n' "$package"
		else
			say "$package: unknown to this release, left out" >&2
		fi
	done
}

install_missing() {
	say "missing:" "$@"
	say "apt-get update"
	apt-get -q update >/dev/null || say "WARNING: apt-get update had errors; going on" >&2
	wanted_samba=''
	others=''
	for package in $(known_of "$@"); do
		case " $samba " in
		*" $package "*) wanted_samba="$wanted_samba $package" ;;
		*) others="$others $package" ;;
		esac
	done
	# shellcheck disable=SC2086 # lists of names
	units=$(units_to_come $others)
	[ -z "$units" ] || hold_services
	# systemd is wanted for systemd-analyze: never in place of something else that a machine boots or logs in with.
	# shellcheck disable=SC2086
	[ -z "$others" ] || install_packages --no-remove $others
	# shellcheck disable=SC2086
	disable_services $units
	if [ -n "$wanted_samba" ]; then
		units=$(units_to_come samba samba-ad-dc winbind)
		hold_services
		# shellcheck disable=SC2086
		install_samba $wanted_samba
		# shellcheck disable=SC2086
		disable_services $units
	fi
}

case ${1-demo} in
build) wanted="$build $run" ;;
deb) wanted="$build $deb" ;;
lab) wanted=$lab ;;
demo) wanted="$build $lab" ;;
check) wanted="$build $deb $lab $check" ;;
newcomer) wanted="$lab $newcomer" ;;
engines) wanted="$lab $engines" ;;
*) fail "usage: deps.sh [build|deb|lab|demo|check|newcomer|engines]" ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	# shellcheck disable=SC2086 # lists of names
	fail "no dpkg and apt here; install what Debian calls:" $wanted
fi

# shellcheck disable=SC2086 # lists of names
missing=$(missing_of $wanted)
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	# Asking for a password needs a terminal.
	if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; }; then
		exec sudo sh "$0" "$@"
	fi
	# shellcheck disable=SC2086
	if [ "${1-demo}" = demo ] && [ -z "$(missing_of $build)" ]; then
		# Enough for the demo's offline part.
		say "neither root nor sudo; the live demo lacks:" $missing
		exit 0
	fi
	# shellcheck disable=SC2086
	fail "neither root nor sudo; as root: apt-get install" $missing
fi

# shellcheck disable=SC1091
. /etc/os-release
# shellcheck disable=SC2086
install_missing $missing
