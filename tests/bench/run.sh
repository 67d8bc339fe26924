#!/bin/sh
# Our own figures: answering time, barge-in, load, leaks, what the voice does. About a quarter of an hour; the
# machine should be idle. VOICEAGENT_DATA=DIR adds what needs recordings (speech, emotion, noise, rir): another hour.
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
out=.bench
export PYTHONDONTWRITEBYTECODE=1

# Utterances cut to the sample come from the recordings in a wheel.
if [ ! -d "$out/moonshine" ]; then
    mkdir -p "$out"
    "$python" -m pip install --quiet --no-deps --target "$out/moonshine" moonshine-voice==0.1.5
fi
"$python" -m pip install --quiet psutil soundfile
assets=$out/moonshine/moonshine_voice/assets

ours() {
    "$python" -m tests.bench.peers.ours "$@" --assets "$assets" --out "$out/ours"
}

echo "## Answering time over a websocket: server_vad's silence, then graded patience"
ours v2v --set socket=1 --set silence=0.2
ours v2v --set socket=1 --set silence=0.5
ours v2v --set socket=1
echo "## Speech over a reply"
"$python" -m tests.bench.bargein --assets "$assets"
echo "## Load in the peers' pattern, one process with its feeders"
ours load --sessions 10
ours load --sessions 30
echo "## Five hundred sessions"
"$python" -m tests.bench.leak
echo "## The voice: emotions told apart, songs, directions and costs"
"$python" -m tests.bench.told_apart
"$python" -m tests.bench.song
"$python" -m tests.bench.voice
if [ -n "${VOICEAGENT_DATA:-}" ]; then
    echo "## Answering time against cut-ins, simulated time"
    "$python" -m tests.bench.curve --data "$VOICEAGENT_DATA"
    echo "## The same in real time, as the peers are run"
    ours orders --conversations 6
    echo "## Detectors on the orders, clean and in noise"
    "$python" -m tests.bench.detector --data "$VOICEAGENT_DATA"
    echo "## Load over sockets"
    "$python" -m tests.bench.load --data "$VOICEAGENT_DATA" --sessions 1 10 50 100
    export OPENBLAS_NUM_THREADS=1
    for bench in answering overlap echo echo_talk recognition affect affect_within affect_whole bursts; do
        echo "## $bench"
        "$python" -m "tests.bench.$bench" --data "$VOICEAGENT_DATA"
    done
    echo "## Many conversations through the real parts"
    "$python" -m tests.bench.crowd --data "$VOICEAGENT_DATA" --sessions 1 10 20
fi
