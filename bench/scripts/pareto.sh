#!/usr/bin/env bash
# Quality against bytes for 1, 2, 3, 4 bits and unquantized weights of three models on two common texts (bits a byte compare their vocabularies): one page for all.
# Runs in a folder with smol.gguf. DEVICE=cpu does without a GPU. DW: the published file; S: the folder shared/ with models and text. ROWS skips models: ROWS="tiny smol".
DW=$(realpath ${DW:-artifacts/publish/x86-64-v4/dropwise}); S=$(realpath ${S:-shared}); M=$(realpath ${M:-smol.gguf}); O=${OUT:-/tmp/planning-3}; W=${WINDOWS:-40}; mkdir -p $O; cd $O; s=$SECONDS R=
e() { for t in tinystories wikitext2.test.raw; do
  $DW eval $3 --label "$1" --text $S/text/$t.txt --context 512 --windows $W $4 --device ${DEVICE:-cuda} --json > $2-$t.json 2> e.err || { echo "$1 FAILED: $(tail -1 e.err)"; rm -f $2-$t.json; continue; }; R="$R $2-$t.json"
  tr '\n' ' ' < $2-$t.json | sed -E 's/.*"label": "([^"]*)".*"text": "([^"]*)".*"perplexity": ([0-9.]+), +"tokens".*"block_bits": ([0-9.]+).*"bytes": ([0-9]+).*"bits_per_byte": ([0-9.]+).*/\1 | \2 | bits \4 | bytes \5 | perplexity \3 | bits a byte \6/'; echo; done; }
r() { [ -f $2.st ] || $DW quantize $3 --format dbd4x8g8h --calibration $4 --samples 32 --context 512 --device ${DEVICE:-cuda} -o $2.st | tail -1; for l in 1 2 3 4; do e "$1" $2-$l $2.st "--bits $l"; done; e "$1" $2-raw $3; echo "   $((SECONDS - s)) s"; }
for m in ${ROWS:-tiny books smol}; do case $m in
 tiny) r tiny-stories-7m tiny $S/models/tiny-stories-7m $S/models/tiny-stories-7m/calibration.txt;;
 books) r books-30m books $S/models/books-30m $S/models/books-30m/calibration.txt;;
 smol) r SmolLM2-135M smol $M $S/text/wikitext2.train-5k.txt;;
esac; done
[ -z "$R" ] || $DW report --results $R -o page.html
