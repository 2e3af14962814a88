#!/usr/bin/env bash
# Fuzzes one reader until it is stopped or the time is over: fuzz.sh gguf|safetensors|tokenizer [SECONDS]. Findings lie in artifacts/fuzzing/found/TARGET.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$1 seconds=${2:-600} folder=$PWD/artifacts/fuzzing

# Built once; remove the folder after a change of the readers.
if [ ! -f "$folder/instrumented" ]; then
  dotnet publish tests/Dropwise.Fuzzing -c Release -o "$folder/program" -v quiet --nologo
  dotnet "$folder/program/Dropwise.Fuzzing.dll" seeds "$folder/seeds"
  [ -x "$folder/tool/sharpfuzz" ] || dotnet tool install --tool-path "$folder/tool" SharpFuzz.CommandLine
  for library in Dropwise.ModelFiles Dropwise.Tokenization; do "$folder/tool/sharpfuzz" "$folder/program/$library.dll"; done
  touch "$folder/instrumented"
fi

# The program is no binary that AFL could look into, the runtime maps hundreds of gigabytes of addresses, and the machine's core pattern and
# clock are not ours to set. Low priority, because a fuzzer takes all that it is given.
export AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1
mkdir -p "$folder/found"
exec nice -n 19 afl-fuzz -i "$folder/seeds/$target" -o "$folder/found/$target" -t 10000 -m none -V "$seconds" -- dotnet "$folder/program/Dropwise.Fuzzing.dll" "$target"
