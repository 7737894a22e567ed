#!/bin/sh
# Prints the path of a Chromium for the end-to-end tests; installs Debian's where it may.
set -eu

find_chromium() {
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && path=$(command -v "$name") && "$path" --version >/dev/null 2>&1; then
      echo "$path"
      return 0
    fi
  done
  return 1
}

if [ -n "${CHROMIUM:-}" ] && ! command -v "$CHROMIUM" >/dev/null 2>&1; then
  echo "Cannot use CHROMIUM=$CHROMIUM: there is no such program" >&2
  exit 1
fi

find_chromium && exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "The end-to-end tests need Chromium: install the package chromium (on Debian: sudo apt-get install chromium)," >&2
  echo "or set CHROMIUM to the path of a Chromium or Chrome" >&2
  exit 1
fi

echo "Installing Chromium from the system's packages ..." >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends chromium; } >"$log" 2>&1 </dev/null; then
  tail -n 20 "$log" >&2
  echo "Cannot install Chromium: apt-get failed, see above; install the package chromium by hand" >&2
  exit 1
fi
find_chromium || { echo "Cannot start Chromium: the package chromium is installed, but its program does not start" >&2; exit 1; }
