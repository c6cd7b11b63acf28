#!/bin/sh
# submit.sh PROBLEMS FOLDER SHARDS [OPTION of crux generate]... - an array of so many tasks, and a job that
# merges their stores when all have ended. Prints the numbers of both jobs.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
input=$1 folder=$2 shards=$3
shift 3

mkdir -p "$folder"
array=$(sbatch --parsable --array="1-$shards" --export="ALL,SHARDS=$shards" "$here/array.sbatch" "$input" "$folder" "$@")
merge=$(sbatch --parsable --dependency="afterany:$array" "$here/merge.sbatch" "$folder")
echo "$array $merge"
