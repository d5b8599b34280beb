#!/usr/bin/env bash
# Installs packages that tests need, on Debian and Ubuntu: debianPackages.sh WHAT PACKAGE..., e.g.
# debianPackages.sh 'Redis' redis-server. The tests start their own servers, so the servers of the packages are not started.
set -euo pipefail

what=$1
shift
[ "$#" -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
	echo "The tests need $what, and this computer has no apt-get. Install $what, then run this again." >&2
	exit 1
fi
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)

# Debian asks this file whether a package may start its server; 101 means no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
	"${as_root[@]}" chmod +x "$policy"
	trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
	apt-get install -y -qq --no-install-recommends "$@"
