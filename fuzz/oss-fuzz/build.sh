#!/usr/bin/env bash
# Builds every target into $OUT, with its seeds, the inputs found and the dictionary. OSS-Fuzz runs this script in the folder `fuzz`.
set -euo pipefail
cargo fuzz build -O --debug-assertions
cargo fuzz list | while read -r target; do
    cp "target/x86_64-unknown-linux-gnu/release/$target" "$OUT/"
    cp material.dict "$OUT/$target.dict"
    zip -jq "$OUT/${target}_seed_corpus.zip" "seeds/$target"/* "found/$target"/*
done
