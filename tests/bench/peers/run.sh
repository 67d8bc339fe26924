#!/bin/sh
# Runs every peer bench, about 50 minutes: run.sh [FOLDER], .bench in the checkout if none is given.
# Virtual environments, clips and results go there. Set VOICEAGENT_DATA for the orders,
# ORDERS and CONVERSATIONS for fewer of them or more at the same time.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
bench=${1:-$here/../../../.bench}
mkdir -p "$bench"
bench=$(cd "$bench" && pwd)
python=${PYTHON:-python3.11}

installed() { # folder, packages ...: a virtual environment, made once
    folder=$bench/$1
    shift
    [ -e "$folder/complete" ] && return
    "$python" -m venv "$folder"
    "$folder/bin/pip" install --quiet "$@" psutil soxr soundfile
    touch "$folder/complete"
}

installed venv-pipecat 'pipecat-ai[silero]==1.14.0'
installed venv-livekit livekit-agents==1.8.9
if [ ! -d "$bench/moonshine" ]; then
    "$bench/venv-pipecat/bin/pip" install --quiet --no-deps --target "$bench/moonshine" moonshine-voice==0.1.5
fi

cd "$here/../../.."
export PYTHONDONTWRITEBYTECODE=1

peer() { # pipecat or livekit, mode, options ...
    name=$1
    shift
    "$bench/venv-$name/bin/python" -m "tests.bench.peers.${name}_peer" "$@" \
        --assets "$bench/moonshine/moonshine_voice/assets" --out "$bench/peers"
}

orders() { # pipecat or livekit, option that moves along its curve ...
    name=$1
    shift
    peer "$name" orders --conversations "${CONVERSATIONS:-6}" ${ORDERS:+--clips "$ORDERS"} "$@"
}

for name in pipecat livekit; do
    peer "$name" v2v
    peer "$name" bargein
    for sessions in 1 10; do
        peer "$name" load --sessions "$sessions"
    done
    orders "$name"
done
for setting in vad_stop=0.5 smart_stop=1 pause=0.6; do
    orders pipecat --set "$setting"
done
for setting in min_delay=0.6 min_delay=1 max_delay=1; do
    orders livekit --set "$setting"
done
