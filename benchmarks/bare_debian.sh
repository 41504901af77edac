#!/usr/bin/env bash
# The README's commands on a bare Debian: a root made by debootstrap, entered by chroot, nothing in it but what the README says.
#
#   sudo benchmarks/bare_debian.sh bookworm /srv/bare [FOLDER ...]      # or trixie; about 8 GB
#
# FOLDERs of this machine are to be seen in it too, at the same place (packages that pip shall take from a folder). Variables of
# pip (PIP_*) and certificates (SSL_CERT_FILE) go with it. What was done, with the seconds that it took, is printed. A root that is
# there already is gone on with. PORT is the service's; it has to be free.
set -euo pipefail
suite=$1 root=$(realpath -m "$2")
shift 2
here=$(cd "$(dirname "$0")/.." && pwd)
mirror=${MIRROR:-http://deb.debian.org/debian} port=${PORT:-8765} patience=3600 # seconds
began=$SECONDS
say() { echo "[$((SECONDS - began)) s] $*"; }
inside() { env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "${passed[@]}" chroot "$root" "$@"; }
passed=()
while read -r one; do passed+=("$one"); done < <(env | grep -E '^(PIP_|SSL_CERT_FILE=)' || true)
mounted=()
leave() { for one in "${mounted[@]}"; do umount "$one" || umount -l "$one"; done; }
trap leave EXIT

[ -e "$root/etc/os-release" ] || debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" >"$root.debootstrap.log"
say "$(. "$root/etc/os-release" && echo "$PRETTY_NAME"), $(du -sm "$root" | cut -f1) MB"
cp /etc/resolv.conf "$root/etc/resolv.conf"
for one in /proc /sys /dev "$@"; do
  mkdir -p "$root$one"
  mount --bind "$one" "$root$one"
  mounted=("$root$one" "${mounted[@]}")
done
inside apt-get update -qq
inside apt-get install -y -qq --no-install-recommends make python3-venv libgomp1 curl >"$root.apt.log" 2>&1
say "installed what the README needs: make, python3-venv, libgomp1 (and curl); $(inside python3 --version)"
mkdir -p "$root/srv/youju" "$root/srv/documents"
git -C "$here" archive HEAD | tar -x -C "$root/srv/youju"
echo "The workshop opens at seven and closes at four." >"$root/srv/documents/hours.txt"

ask() { # question
  for _ in $(seq $patience); do
    inside curl -sf http://127.0.0.1:$port/readyz >/dev/null && break
    kill -0 "$service" 2>/dev/null || return
    sleep 1
  done
  say "ready"
  inside curl -s http://127.0.0.1:$port/ask -H 'Content-Type: application/json' -d "{\"question\": \"$1\"}" |
    inside python3 -c 'import json, sys; a = json.load(sys.stdin); print(" ", a["verdict"], "|", a["answer"], "|", [one["uri"] for one in a["citations"]])'
}
run() { # question, variables of make
  local question=$1
  shift
  say "make run $*"
  inside make -C /srv/youju run PORT="$port" "$@" > >(sed -u 's/^/  /') 2>&1 &
  service=$!
  ask "$question" || say "no answer"
  for one in /proc/[0-9]*; do # the service that runs in this root, by its id
    if [ "$(readlink "$one/root")" = "$root" ] && tr '\0' ' ' <"$one/cmdline" | grep -q 'youju serve'; then
      kill -INT "${one#/proc/}"
    fi
  done
  code=0
  wait "$service" || code=$?
  say "ended by Ctrl-C with $code"
}
run "For how long is a Frostline T3 under warranty?"
run "When does the workshop open?" DOCS=/srv/documents
say "$(du -sm "$root/srv" "$root/root" | awk '{n += $1} END {print n}') MB of Youju and its models"
