"""The command line: what it does, what it prints, and how it ends."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from tests.server.live import Live, bench
from tests.test_microphone import FakeLibrary
from voiceagent import DEFAULT_PROFILE
from voiceagent.audio import read_audio, silence, write_wav
from voiceagent.cli import main
from voiceagent.cli.talking import devices_of
from voiceagent.doctor import PHRASE_RATE, phrase
from voiceagent.errors import VoiceAgentError
from voiceagent.parts import UNCLEAR
from voiceagent.server.serving import Place

OF_UVICORN = "ERROR:    ASGI callable returned without completing handshake."  # the server in here
ANSWER = "Thank you, I heard you, and this is my answer."


@pytest.fixture
def question(tmp_path: Path) -> str:
    write_wav(tmp_path / "question.wav", phrase(), PHRASE_RATE)
    return str(tmp_path / "question.wav")


@pytest.fixture(scope="module")
def live() -> Generator[Live]:
    with Live(bench()) as server:
        yield server


def short(tmp_path: Path) -> str:
    """The default agent with a short voice."""
    path = tmp_path / "short.yaml"
    voice = "voice: {model: clip, seconds: 0.2}"
    path.write_text(f"about: Short.\nears: [webrtcvad, known]\nmind: instant\n{voice}\n")
    return str(path)


def fails(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    """The exit code, and the one line on stderr."""
    code = main(argv)
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = [line for line in told.err.splitlines() if line != OF_UVICORN]
    assert line.startswith("voiceagent: ")
    return code, line


# --- ask -----------------------------------------------------------------------------------------


def test_a_recording_is_asked_and_the_answer_kept(
    question: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = tmp_path / "answer.wav"
    assert main(["ask", question, "-o", str(answer), "--profile", short(tmp_path)]) == 0
    assert capsys.readouterr().out == f"heard: hello there\nsaid:  {ANSWER}\n"
    clip = read_audio(answer)
    assert (clip.ms, clip.rate) == (200, 24_000)


def test_a_server_is_asked_and_programs_get_json(
    live: Live, question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", question, "--url", live.url, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "heard": "hello there",
        "said": ANSWER,
        "status": "completed",
        "audio_ms": 300,
    }


def test_a_recording_without_speech_is_no_success(
    live: Live,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("voiceagent.client.turn.MOST_TAIL_S", 0.2)
    write_wav(tmp_path / "quiet.wav", silence(500, 16_000), 16_000)
    assert main(["ask", str(tmp_path / "quiet.wav"), "--url", live.url]) == 1
    assert "no speech was found" in capsys.readouterr().err


def test_the_key_comes_from_the_environment(
    question: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Live(bench(), Place(port=0, keys=("right",))) as server:
        code, told = fails(capsys, "ask", question, "--url", server.url)
        assert (code, "without a key" in told) == (1, True)
        code, told = fails(capsys, "ask", question, "--url", server.url, "--key", "wrong")
        assert (code, "the key that was given" in told) == (1, True)
        monkeypatch.setenv("VOICEAGENT_KEY", "right")
        assert main(["ask", question, "--url", server.url]) == 0


def test_a_busy_server_says_so(question: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Live(bench(serving__sessions=0)) as server:
        code, told = fails(capsys, "ask", question, "--url", server.url)
    assert (code, "Try again in 5 s" in told) == (1, True)


def test_what_is_asked_for_wrongly_is_one_line(
    question: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = short(tmp_path)
    cases = [
        (("ask", "nowhere.wav"), "nowhere.wav cannot be read"),
        (("ask", profile), "no audio that can be read"),
        (("ask", question, "--profile", "bnch"), "did you mean 'bench'?"),
        (("ask", question, "--url", "ftp://h"), "no address of a server"),
    ]
    for argv, told in cases:
        code, line = fails(capsys, *argv)
        assert (code, told in line) == (2, True), line
    assert main(["ask", question, "-o", f"{tmp_path}/no/where.wav", "--profile", profile]) == 2


def test_profile_and_url_exclude_each_other(
    question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["ask", question, "--url", "ws://h", "--profile", "bench"])
    assert left.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


# --- transcribe ----------------------------------------------------------------------------------


def deaf(tmp_path: Path, heard: str) -> str:
    """An agent that hears the same words whenever somebody speaks."""
    path = tmp_path / "deaf.yaml"
    ears = f"[webrtcvad, {{model: known, text: '{heard}'}}]"
    path.write_text(f"about: Deaf.\nears: {ears}\nmind: instant\nvoice: clip\n")
    return str(path)


def test_a_recording_is_written_down_here_or_by_a_server(
    live: Live, question: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for where in (("--profile", short(tmp_path)), ("--url", live.url)):
        assert main(["transcribe", question, "--prompt", "hello", *where]) == 0
        assert capsys.readouterr() == ("hello there\n", "")


def test_several_recordings_have_their_names_before_their_words(
    live: Live, question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["transcribe", question, "nowhere.wav", question, "--url", live.url]) == 2
    told = capsys.readouterr()
    assert told.out == f"{question}: hello there\n" * 2
    assert told.err == "voiceagent: nowhere.wav cannot be read: No such file or directory.\n"


def test_programs_get_an_object_for_each_recording(
    live: Live, question: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = tmp_path / "twice.wav"
    write_wav(twice, phrase() + silence(1_500, PHRASE_RATE) + phrase(), PHRASE_RATE)
    assert main(["transcribe", question, str(twice), "--json", "--url", live.url]) == 0
    one, two = map(json.loads, capsys.readouterr().out.splitlines())
    assert one.keys() == {"file", "text", "duration_s", "words", "others", "turns"}
    assert (one["file"], one["text"], one["words"]) == (question, "hello there", [])
    assert one["duration_s"] == read_audio(question).ms / 1000
    assert two["text"] == "hello there hello there"
    assert [turn["text"] for turn in two["turns"]] == ["hello there"] * 2


def test_words_that_are_not_understood_and_no_words_at_all_are_told_apart(
    question: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = deaf(tmp_path, UNCLEAR)
    assert main(["transcribe", question, "--profile", profile]) == 0
    told = capsys.readouterr()
    assert told.out == f"{UNCLEAR}\n"
    assert "whose words were not understood" in told.err
    write_wav(tmp_path / "quiet.wav", silence(500, 16_000), 16_000)
    code, line = fails(capsys, "transcribe", f"{tmp_path}/quiet.wav", "--profile", profile)
    assert (code, line) == (1, f"voiceagent: no speech was found in {tmp_path}/quiet.wav")


# --- say -----------------------------------------------------------------------------------------


def test_a_text_is_spoken_into_a_file_here_or_by_a_server(
    live: Live, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for ms, where in ((200, ("--profile", short(tmp_path))), (300, ("--url", live.url))):
        assert main(["say", "Hello", "there.", "-o", f"{tmp_path}/out.wav", *where]) == 0
        assert capsys.readouterr() == ("", "")
        clip = read_audio(tmp_path / "out.wav")
        assert (clip.ms, clip.rate) == (ms, 24_000)


def test_a_text_may_come_from_the_input_and_be_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "This is a sentence of twenty. \N{GRINNING FACE}" * 400
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["say", "-", "-o", f"{tmp_path}/out.wav", "--profile", short(tmp_path)]) == 0
    assert read_audio(tmp_path / "out.wav").ms >= 400 * 200


def test_what_the_voice_cannot_do_is_told(
    live: Live, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = ("--instructions", "like a pirate", "--pace", "2")
    for where in (("--profile", short(tmp_path)), ("--url", live.url)):
        assert main(["say", "Hello.", "-o", f"{tmp_path}/out.wav", *wish, *where]) == 0
        told = capsys.readouterr().err
        assert told == "voiceagent: instructions: not understood: 'pirate'\n"


def test_what_cannot_be_said_is_one_line_and_leaves_no_file(
    live: Live, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.wav"
    cases = [
        ((" ",), "the text is empty"),
        (("x" * 100_001,), "has 100001 characters; at most 100000"),
        (("Hi.", "--pace", "3"), "--pace is 3; it must be from 0.5 to 2"),
        (("Hi.", "--url", "127.0.0.1:1"), "gave no speech"),
        (("Hi.", "--profile", "bnch"), "did you mean 'bench'?"),
    ]
    for argv, told in cases:
        _, line = fails(capsys, "say", *argv, "-o", str(out))
        assert told in line
    assert not out.exists()
    code, line = fails(capsys, "say", "Hi.", "--url", live.url, "-o", f"{tmp_path}/no/where.wav")
    assert (code, "cannot be written" in line) == (2, True)


def test_an_unknown_voice_is_refused_with_the_names_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("espeakng_loader")
    out = str(tmp_path / "out.wav")
    argv = ("say", "Hi.", "--voice", "bob", "-o", out, "--profile", "embedded")
    code, line = fails(capsys, *argv)
    assert code == 2
    assert "There is no voice 'bob'; there are: ben, ada" in line


def test_without_a_file_it_is_played(
    live: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library = FakeOutput()
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    assert main(["say", "Hello.", "--url", live.url]) == 0
    assert library.opened == [24_000, 16_000, 48_000]
    assert abs(len(library.played) / 2 - 0.3 * 48_000) < 100
    assert library.told == ["start", "stop", "close"]
    library.rates = ()
    code, line = fails(capsys, "say", "Hello.", "--url", live.url)
    assert (code, "Give -o FILE" in line) == (2, True)
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    code, line = fails(capsys, "say", "Hello.", "--url", live.url)
    assert (code, "Give -o FILE" in line) == (2, True)


class FakeOutput(ModuleType):
    """As much of sounddevice as is needed to play; it takes 48 kHz only."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.rates: tuple[int, ...] = (48_000,)
        self.opened: list[int] = []
        self.played = b""
        self.told: list[str] = []

    def RawOutputStream(self, samplerate: int, channels: int, dtype: str) -> FakeOutput:
        self.opened.append(samplerate)
        if samplerate not in self.rates:
            raise self.PortAudioError("Invalid sample rate")
        return self

    def write(self, pcm: bytes) -> None:
        assert len(pcm) % 2 == 0
        self.played += pcm

    def start(self) -> None:
        self.told.append("start")

    def stop(self) -> None:
        self.told.append("stop")

    def close(self) -> None:
        self.told.append("close")


# --- talk ----------------------------------------------------------------------------------------


def test_without_a_microphone_talk_says_what_is_missing(
    live: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    code, told = fails(capsys, "talk", "--url", live.url)
    assert (code, "pip install sounddevice" in told) == (2, True)
    library = FakeLibrary()
    library.names["output"] = []
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    code, told = fails(capsys, "talk", "--url", live.url)
    assert (code, "there is no loudspeaker" in told) == (2, True)


def test_talk_ends_with_the_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", FakeLibrary())
    with Live(bench(serving__session_s=1)) as server:
        assert main(["talk", "--url", server.url]) == 0
    assert "(the call is over: the server ended the call)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "devices"),
    [
        (None, (None, None)),
        ("3", (3, 3)),
        ("USB", ("USB", "USB")),
        ("1, HDMI", (1, "HDMI")),
        (",2", (None, 2)),
    ],
)
def test_devices_are_given_by_name_or_number(text: str, devices: tuple[object, object]) -> None:
    assert devices_of(text) == devices


# --- serve and demo ------------------------------------------------------------------------------


@contextmanager
def running(
    *argv: str, until: str = r"ws://\S+", **environ: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command in a process of its own, and what it printed up to a line."""
    command = [sys.executable, "-m", "voiceagent", *argv]
    env = {**os.environ, "PYTHONUNBUFFERED": "1", **environ}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout is not None
        told = ""
        try:
            while not re.search(until, told):
                line = process.stdout.readline()
                assert line, process.stderr and process.stderr.read()
                told += line
            yield process, told
        finally:
            process.kill()


def http(told: str) -> str:
    found = re.search(r"ws://([\d.]+:\d+)", told)
    assert found is not None
    return f"http://{found[1]}"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
def test_serve_says_where_it_listens_and_ctrl_c_ends_it_quietly() -> None:
    keys = {"VOICEAGENT_KEYS": "one, two"}
    with running("serve", "--port", "0", "--max-sessions", "3", **keys) as (process, told):
        assert f"{DEFAULT_PROFILE!r} listens on ws://127.0.0.1:" in told
        with httpx.Client(base_url=http(told), trust_env=False) as client:
            assert client.get("/health").json()["sessions_max"] == 3
            assert client.get("/v1/models").status_code == 401
            good = client.get("/v1/models", headers={"Authorization": "Bearer two"})
            assert good.status_code == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
def test_demo_takes_the_next_free_port_and_serves_a_page() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running("demo", "--port", str(port), until="Ctrl-C") as (process, told):
            assert http(told) != f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=http(told), trust_env=False) as client:
                page = client.get("/")
            assert "voiceagent runs here" in page.text
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
            assert "voiceagent talk --url http://127.0.0.1:" in told
            assert (process.returncode, err) == (0, "")


def test_serve_does_not_look_for_another_port(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, told = fails(capsys, "serve", "--port", port)
    assert (code, "cannot listen on" in told) == (2, True)


def test_parts_that_cannot_be_loaded_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = tmp_path / "bad.yaml"
    profile.write_text("about: Bad.\nmind: instant\nvoice: {model: clip, seconds: no}\n")
    code, told = fails(capsys, "serve", "--port", "0", "--profile", str(profile))
    assert (code, told) == (2, "voiceagent: bad.yaml: voice.seconds must be a number, not false")


def test_wrong_certificates_keys_and_ports_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cert").write_text("no certificate")
    cases = [
        (("--tls-cert", f"{tmp_path}/nowhere"), "No such file"),
        (("--tls-cert", f"{tmp_path}/cert"), "--tls-cert and --tls-key cannot be used"),
        (("--tls-key", f"{tmp_path}/cert"), "without --tls-cert"),
        (("--key", "two words"), "plain characters without spaces"),
        (("--port", "70000"), "--port is 70000; it must be from 0 to 65535"),
        (("--host", "no.such.host.invalid"), "cannot listen on"),
        (("--max-sessions", "-1"), "--max-sessions is -1; it must be at least 1"),
    ]
    for argv, told in cases:
        code, line = fails(capsys, "serve", "--port", "0", *argv)
        assert (code, told in line) == (2, True), line


# --- the rest ------------------------------------------------------------------------------------


def test_profiles_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profiles"]) == 0
    assert f"{DEFAULT_PROFILE} (default): " in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("voiceagent ")


def test_help_and_version_load_nothing_heavy() -> None:
    look = (
        "import sys\nfrom voiceagent.cli import parser\nparser().format_help()\n"
        "print([n for n in ('numpy', 'starlette', 'websockets', 'httpx') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def test_ctrl_c_is_quiet_and_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    def bug() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("voiceagent.bundle.profiles", interrupt)
    assert main(["profiles"]) == 0
    monkeypatch.setattr("voiceagent.bundle.profiles", bug)
    with pytest.raises(ZeroDivisionError):
        main(["profiles"])


def test_errors_end_with_one_or_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise VoiceAgentError("oh no")

    monkeypatch.setattr("voiceagent.bundle.profiles", fail)
    assert fails(capsys, "profiles") == (1, "voiceagent: oh no")
