#!/bin/sh
# Makes the callers' sounds anew: our own words in a synthetic voice (espeak-ng), 16 kHz mono, trimmed. Needs espeak-ng
# and sox. The measurement does not run this: it reads the files, so that every run has the same samples.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { # NAME WORDS-PER-MINUTE TEXT
  espeak-ng -v en-us -s "$2" -w "$work/$1.wav" "$3"
  sox -R "$work/$1.wav" -r 16000 -c 1 -b 16 "$work/$1-trimmed.wav" \
    silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse gain -n -3
}

say utterance 160 "When will my new order arrive"
say mhm 200 "[[@mh'Vm]]"
say cough 260 "[[k'V#h]]"
for name in utterance mhm cough; do
  cp "$work/$name-trimmed.wav" "$name.wav"
done
