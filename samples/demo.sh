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
ask "What kind of audio is this: speech, sounds, music, or a mix?" --from 1:19 --to 1:23
ask "Is the speaker a man or a woman?" --from 0:36.5 --to 0:41
