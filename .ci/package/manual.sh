#!/bin/sh
# manual.sh CRUX FOLDER - have the program write its manual pages and completions into a folder:
# man1/, bash, zsh, fish; and `done` when all of it is there.
set -eu
crux=$1 folder=$2
rm -rf "$folder"
mkdir -p "$folder/man1"
"$crux" help man >"$folder/man1/crux.1"
for command in $("$crux" help man | sed -n 's/^\.BR crux\\-\([a-z]*\) (1),*$/\1/p' | sort -u); do
    "$crux" help man "$command" >"$folder/man1/crux-$command.1"
done
for shell in bash zsh fish; do
    "$crux" help completion "$shell" >"$folder/$shell"
done
touch "$folder/done"
