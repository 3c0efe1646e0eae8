#!/bin/sh
# A prompt to a clip, and a person in a garment to another, over plain HTTP with curl.
#   sh examples/http.sh [folder for the clips] [address of the backend]
set -eu
folder=${1:-.}
url=${2:-http://127.0.0.1:8000}
images=$(dirname "$0")/images

field() { python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"; }

# Waits for a job: the stream of server-sent events ends when the job does.
finish() {
    curl --silent --show-error --fail --no-buffer "$url/v1/videos/$1/events" >/dev/null
    status=$(curl --silent --show-error --fail "$url/v1/videos/$1" | field status)
    test "$status" = completed || { echo "$1: $status" >&2; exit 1; }
    curl --silent --show-error --fail --output "$2" "$url/v1/videos/$1/content"
    echo "saved $2"
}

id=$(curl --silent --show-error --fail "$url/v1/videos" \
    --header 'Content-Type: application/json' \
    --data '{"prompt": "a woman wearing a teal dress dancing on a beach at sunset", "seed": 7}' | field id)
finish "$id" "$folder/text-to-video.mp4"

id=$(curl --silent --show-error --fail "$url/v1/videos" \
    --form prompt='turning around' \
    --form input_reference=@"$images/person-1.png" \
    --form garment=@"$images/garment-1.png" | field id)
finish "$id" "$folder/try-on.mp4"
