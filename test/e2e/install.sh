#!/usr/bin/env bash
# Installs the OpenSSH server for `npm run test:e2e` on Debian and Ubuntu, if it is missing.
set -euo pipefail

[ -x /usr/sbin/sshd ] || "$(dirname "$0")/../debianPackages.sh" 'the OpenSSH server' openssh-server
