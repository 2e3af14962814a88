#!/usr/bin/env bash
# EWQ as published on SmolLM2: size, perplexity, mean accuracy of four tasks, against uniform 8 and 4 bits, FastEWQ and plans measured at equal bits.
# Runs in a folder with smol.gguf (the Q4_1 file). DW: the published file; X: wikitext2.test.raw.txt; T: wikitext2.train-5k.txt; E: shared/eval.
DW=$(realpath ${DW:-artifacts/publish/x86-64-v4/dropwise}); X=$(realpath ${X:-shared/text/wikitext2.test.raw.txt}); T=$(realpath ${T:-shared/text/wikitext2.train-5k.txt}); E=$(realpath ${E:-shared/eval})
L=${LIMIT:-500}; W=${WINDOWS:-100}; O=${OUT:-/tmp/planning-1}; M=$(realpath ${M:-smol.gguf}); mkdir -p $O; cd $O; s=$SECONDS R=
# The Q4_1 file's own weights in 16 bits are the model that is quantized here: "raw" blocks are these.
[ -f f16.gguf ] || $DW export $M --gguf --type f16 -o f16.gguf || exit 1
e() { $DW eval $3 --label "$1" --text $X --context 1024 --windows $W --tasks arc_easy,hellaswag,piqa,lambada --data $E --limit $L --device cuda --json > $2.json 2> $2.err || { echo "$1 FAILED: $(tail -1 $2.err)"; rm -f $2.json; return; }; R="$R $2.json"
  tr '\n' ' ' < $2.json | sed -E 's/.*"label": "([^"]*)".*"perplexity": ([0-9.]+), +"tokens".*"block_bits": ([0-9.]+).*"bytes": ([0-9]+).*"accuracy": ([0-9.]+).*/\1 | bits \3 | bytes \4 | perplexity \2 | accuracy \5/'; echo; echo "   $((SECONDS - s)) s"; }
q() { $DW quantize f16.gguf ${4:---recipe r-$2.json} -o m.st > /dev/null && e "$1" $2 m.st; rm -f m.st; }
p() { $DW plan f16.gguf --tiers $3 $4 -o r-$2.json --json > p-$2.json 2> p-$2.err || { echo "$1 plan FAILED: $(tail -1 p-$2.err)"; return; }; q "$1" $2; }
e "unquantized" raw f16.gguf
q "one format" u8 - "--format int8g32"
q "one format" u4 - "--format int4g32"
p "EWQ" ewq48 none,int8g32,int4g32 "--method ewq"
p "EWQ" ewq8 none,int8g32 "--method ewq"
p "FastEWQ" fast48 none,int8g32,int4g32 "--method fastewq"
p "FastEWQ" fast8 none,int8g32 "--method fastewq"
b() { tr '\n' ' ' < p-$1.json | sed -E 's/.*"bits_per_weight": ([0-9.]+).*/\1/'; }
p "measured" ours48 none,int8g32,int4g32 "--target-bits $(b ewq48) --calibration $T --samples 32 --device cuda"
p "measured" ours6 int8g32,int4g32 "--target-bits 6 --calibration $T --samples 32 --device cuda"
p "EWQ" ewq6 int8g32,int4g32 "--target-bits 6 --method ewq"
[ -z "$R" ] || $DW report --results $R -o page.html
