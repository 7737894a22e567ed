#!/bin/sh
# Installs what the endurance tests make trouble with, from Debian's packages: system calls that fail, clocks that
# jump, networks that go silent, bytes that are wrong. Without it those tests are skipped, and fail where CI is true.
set -eu

packages=
need() { command -v "$1" >/dev/null 2>&1 || packages="$packages $2"; }
PATH=$PATH:/usr/sbin:/sbin
need strace strace
need nft nftables
need ip iproute2
need unshare util-linux
need faketime faketime
need zzuf zzuf
[ -n "$packages" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "Some endurance tests need$packages: install them (on Debian: sudo apt-get install$packages)" >&2
  exit 1
fi

echo "Installing$packages from the system's packages ..." >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
if ! { apt-get update && apt-get install -y --no-install-recommends $packages; } >"$log" 2>&1 </dev/null; then
  tail -n 20 "$log" >&2
  echo "Cannot install$packages: apt-get failed, see above; install them by hand" >&2
  exit 1
fi
