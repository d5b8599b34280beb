#!/usr/bin/env bash
# Installs Redis and PostgreSQL for `npm run test:queue` on Debian and Ubuntu, if they are missing.
set -euo pipefail

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
[ "${#missing[@]}" -eq 0 ] || "$(dirname "$0")/../debianPackages.sh" 'Redis and PostgreSQL' "${missing[@]}"
