#!/bin/sh
# Regenerates the files of the built-in account. Requires ffmpeg, and sox with AMR support (libsox-fmt-all).
set -eu
cd "$(dirname "$0")"

# make OUTPUT SOURCE [OPTION ...]
make() {
    output=$1 source=$2
    shift 2
    ffmpeg -hide_banner -loglevel error -y -f lavfi -i "$source" "$@" -fflags +bitexact -flags:v +bitexact \
        -flags:a +bitexact "$output"
}

# A gradient with a square: as a picture, as a smaller thumbnail, and as a video of one second.
square="gradients=s=240x136:c0=0x07C160:c1=0x10AEFF:x0=0:y0=0:x1=240:y1=136:d=1:r=10:seed=7"
square="$square,drawbox=x=90:y=38:w=60:h=60:color=white@0.8:t=6"
make picture.jpg "$square" -frames:v 1 -q:v 6
make thumb.png "$square,scale=64:36,format=rgb24" -frames:v 1
make video.mp4 "$square" -t 1 -c:v libx264 -preset veryslow -crf 36 -pix_fmt yuv420p -movflags +faststart \
    -bsf:v filter_units=remove_types=6

# A tone of one second, as a recording and as a voice message.
make voice.mp3 "sine=frequency=440:duration=1:sample_rate=22050" -ac 1 -b:a 16k
make tone.wav "sine=frequency=440:duration=1:sample_rate=8000" -ac 1
sox tone.wav -t amr-nb -C 0 voice.amr
rm tone.wav
