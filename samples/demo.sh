#!/bin/sh
# Three questions about the sample: one about words, one about a sound, one about a speaker.
set -eu
cd "$(dirname "$0")"

ask() {
    printf '\n$ headrouter ask samples/meeting.flac'
    for word in "$@"; do case $word in *\ *) printf ' "%s"' "$word" ;; *) printf ' %s' "$word" ;; esac; done
    printf '\n'
    headrouter ask meeting.flac "$@"
}

ask "On which day is the concert?"
ask "Is there the sound of a dog?"
ask "Who is speaking, a man or a woman?" --from 1:44.3 --to 1:48.7
