#!/bin/sh
# Lays the documents that the questions are about in FOLDER/docs-fit and FOLDER/docs-test, as documents.tsv lists them.
# Needs apt-get with the sources of Debian 12 (bookworm), and dpkg-deb; installs nothing and asks for no privileges.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
list=$(cd "$(dirname "$0")" && pwd)/documents.tsv
mkdir -p "$1/docs-fit" "$1/docs-test"
folder=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

for package in $(tail -n +2 "$list" | cut -f 2 | sort -u); do
    apt-get -q -o APT::Sandbox::User=root download "$package" >/dev/null ||
        { echo "cannot download $package: run 'apt-get update'; README.md has its version" >&2; exit 1; }
    dpkg-deb -x "$package"_*.deb "$package"
    rm "$package"_*.deb
    tail -n +2 "$list" | while IFS="$(printf '\t')" read -r half of path name; do
        [ "$of" = "$package" ] || continue
        case $path in
            *.gz) gzip -dc "$package/$path" >"$folder/docs-$half/$name" ;;
            *) cp "$package/$path" "$folder/docs-$half/$name" ;;
        esac
    done
    rm -r "$package"
done
echo "documents in $folder: docs-fit $(ls "$folder/docs-fit" | wc -l), docs-test $(ls "$folder/docs-test" | wc -l)"
