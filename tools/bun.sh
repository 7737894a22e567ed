#!/bin/sh
# Runs Bun: the one on PATH when it is exactly the version that package.json names under "engines", otherwise
# our own copy in .bun/, fetched once from the npm registry.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
version=$(sed -n 's/.*"bun": *"\([0-9][^"]*\)".*/\1/p' "$root/package.json" | head -n 1)
own=$root/.bun/$version

fail() {
  echo "Cannot set up Bun $version: $1" >&2
  exit 1
}

# Fetches into a folder beside the final one and renames it, so that a run cut off, or two at once, leave no half copy.
fetch() {
  command -v npm >/dev/null 2>&1 || fail "npm is needed: install Node.js (on Debian: apt-get install npm)"
  mkdir -p "$root/.bun"
  new=$(mktemp -d "$root/.bun/new.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  trap 'exit 1' INT TERM
  echo "Fetching Bun $version from the npm registry ..." >&2
  # --ignore-scripts, as npm 12 does by itself: the package's own script would only copy the executable.
  npm install --prefix "$new" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts \
    --include=optional --loglevel=error "bun@$version" >"$new/log" 2>&1 </dev/null ||
    { tail -n 20 "$new/log" >&2; fail "npm install failed, see above"; }
  chmod 755 "$new"
  mkdir "$new/bin"
  # npm picks the packages by system and processor; where it also takes a libc that is not ours, that one does not start.
  for exe in "$new"/node_modules/@oven/bun-*/bin/bun "$new"/node_modules/@oven/bun-*/bin/bun.exe; do
    if [ -f "$exe" ] && [ "$("$exe" --version 2>/dev/null)" = "$version" ]; then
      ln -s "..${exe#"$new"}" "$new/bin/bun"
      break
    fi
  done
  [ -x "$new/bin/bun" ] || fail "npm brought no executable that starts on this machine ($(uname -sm))"
  rm "$new/log"
  mv -T "$new" "$own" 2>/dev/null || [ -x "$own/bin/bun" ] || mv "$new" "$own"
  rm -rf "$new"
  trap - EXIT INT TERM
}

if [ "$(bun --version 2>/dev/null || true)" != "$version" ]; then
  [ -x "$own/bin/bun" ] || fetch
  PATH=$own/bin:$PATH
  export PATH
fi
exec bun "$@"
