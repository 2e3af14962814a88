#!/usr/bin/env bash
# Planner's tables on SmolLM2 with many windows: measured plans on the device against one level, EWQ, FastEWQ, place, chance.
# Runs in a folder with smol.gguf. Q: a dbd4x8g8h file of it if there is one (quantizing takes 30-50 s otherwise). BITS="2.5" alone takes a third of the time.
DW=$(realpath ${DW:-artifacts/publish/x86-64-v4/dropwise}); X=$(realpath ${X:-shared/text/wikitext2.test.raw.txt}); T=$(realpath ${T:-shared/text/wikitext2.train-5k.txt})
W=${WINDOWS:-100}; S=${SAMPLES:-64}; O=${OUT:-/tmp/planning-2}; M=$(realpath ${M:-smol.gguf}); Q=${Q:-$O/nested.st}; mkdir -p $O; [ -f $Q ] && Q=$(realpath $Q); cd $O; s=$SECONDS R=
[ -f $Q ] || $DW quantize $M --format dbd4x8g8h --calibration $T --samples 32 --context 1024 --device cuda -o $Q | tail -1
e() { $DW eval $Q $3 --label "$1" --text $X --context 1024 --windows $W --device cuda --json > $2.json 2> $2.err || { echo "$1 FAILED: $(tail -1 $2.err)"; rm -f $2.json; return; }; R="$R $2.json"
  tr '\n' ' ' < $2.json | sed -E 's/.*"label": "([^"]*)".*"perplexity": ([0-9.]+), +"tokens".*"block_bits": ([0-9.]+).*/\1 | bits \3 | perplexity \2/'; echo; }
p() { $DW plan $Q --target-bits $3 $4 -o r-$2.json --json > p-$2.json 2> p-$2.err || { echo "$1 plan FAILED: $(tail -1 p-$2.err)"; return; }; echo "   plan: $((SECONDS - s)) s"; e "$1" $2 "--recipe r-$2.json"; }
for l in 2 3 4; do e "one level" u$l "--bits $l"; done
for b in ${BITS:-2.5 3.06 3.5}; do
 p "measured" ours-$b $b "--reference $M --calibration $T --samples $S --device cuda"; tr '\n' ' ' < p-ours-$b.json | sed -E 's/.*"candidates": //; s/ +/ /g; s/\}, \{/\n /g'; echo
 p "moments" moments-$b $b "--measure moments --reference $M --calibration $T --samples $S --device cuda"
 for m in ewq fastewq position; do p $m $m-$b $b "--method $m"; done
 for r in 0 1 2; do p random random$r-$b $b "--method random --seed $r"; done
done
[ -z "$R" ] || $DW report --results $R -o page.html
