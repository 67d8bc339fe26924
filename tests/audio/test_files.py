from __future__ import annotations

import struct
import sys
import wave
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.audio import Clip, encode_alaw, read_audio, wav_bytes, wav_header, write_wav
from voiceagent.errors import MissingExtra, Refused, VoiceAgentError

SAMPLES = np.array([0, 256, -256, 25_600, -25_600, 32_512, -32_768, 512], np.int16)
PCM = SAMPLES.tobytes()


def as_wav(data: bytes, width: int, channels: int = 1, rate: int = 16_000) -> bytes:
    """By the standard library, so that our own writer is not tested with itself."""
    file = BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(data)
    return file.getvalue()


def as_chunks(tag: int, bits: int, data: bytes, channels: int = 1, extra: bytes = b"") -> bytes:
    form = struct.pack("<HHIIHH", tag, channels, 16_000, 0, 0, bits) + extra
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"LIST" + struct.pack("<I", 3) + b"abc\0"  # odd chunks are filled up
    chunks += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks


def test_integers_of_every_width_are_read_at_16_bit() -> None:
    as_8 = (SAMPLES // 256 + 128).astype(np.uint8).tobytes()
    as_24 = b"".join(int(s * 256).to_bytes(3, "little", signed=True) for s in SAMPLES.astype(int))
    as_32 = (SAMPLES.astype("<i4") * 65_536).tobytes()
    for data, width in ((as_8, 1), (PCM, 2), (as_24, 3), (as_32, 4)):
        assert read_audio(as_wav(data, width)) == Clip(PCM, 16_000), width


def test_floats_a_law_and_extensible_headers_are_read_too() -> None:
    floats = (SAMPLES / 32_768).astype("<f4").tobytes()
    assert read_audio(as_chunks(3, 32, floats)).pcm == PCM
    assert read_audio(as_chunks(3, 64, (SAMPLES / 32_768).astype("<f8").tobytes())).pcm == PCM
    sub_format = struct.pack("<HHI16s", 22, 16, 0, b"\1\0" + bytes(14))
    assert read_audio(as_chunks(0xFFFE, 16, PCM, extra=sub_format)).pcm == PCM
    assert len(read_audio(as_chunks(6, 8, encode_alaw(PCM))).pcm) == len(PCM)


def test_floats_that_are_too_loud_or_no_numbers_become_samples() -> None:
    data = np.array([2.0, -2.0, np.nan, np.inf], "<f4").tobytes()
    assert list(np.frombuffer(read_audio(as_chunks(3, 32, data)).pcm, np.int16)) == [
        32_767,
        -32_768,
        0,
        32_767,
    ]


def test_channels_are_mixed_into_one() -> None:
    stereo = np.array([100, 300, -100, -300], np.int16).tobytes()
    assert read_audio(as_wav(stereo, 2, channels=2)).pcm == np.array([200, -200], "<i2").tobytes()


def test_a_clip_knows_its_length_and_can_change_its_rate() -> None:
    clip = read_audio(as_wav(bytes(44_100), 2, rate=22_050))
    assert (clip.rate, clip.ms) == (22_050, 1000)
    assert clip.at(24_000).ms == 1000
    assert clip.at(22_050) == clip


def test_what_is_written_is_read_by_the_standard_library_and_by_us(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", PCM, 24_000)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getframerate() == 24_000
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        assert file.readframes(100) == PCM
    assert read_audio(tmp_path / "a.wav") == read_audio(wav_bytes(PCM, 24_000)) == Clip(PCM, 24_000)


def test_a_streamed_wav_that_does_not_know_its_length_is_read_to_its_end() -> None:
    assert read_audio(wav_header(24_000) + PCM).pcm == PCM


def test_a_wav_that_was_cut_off_gives_what_is_there() -> None:
    assert read_audio(wav_bytes(PCM, 24_000)[:-3]).pcm == PCM[:-4]


def test_a_recording_that_is_too_long_is_refused_by_its_name(tmp_path: Path) -> None:
    write_wav(tmp_path / "long.wav", bytes(32_002), 16_000)
    with pytest.raises(Refused, match=r"long\.wav is longer than 1 seconds"):
        read_audio(tmp_path / "long.wav", max_s=1)
    assert read_audio(wav_bytes(bytes(32_000), 16_000), max_s=1).ms == 1000
    with pytest.raises(Refused, match="longer"):
        read_audio(wav_header(16_000) + bytes(32_002), max_s=1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no audio that can be read"),
        (b"<html>not found</html>", "no audio that can be read"),
        (wav_bytes(PCM, 16_000)[:30], "without audio|broken header"),
        (wav_header(16_000)[:36], "without audio"),
        (as_chunks(1, 16, PCM, channels=0), "claims 0 channels"),
        (as_chunks(1, 16, PCM, channels=999), "claims 999 channels"),
        (wav_bytes(PCM, 3), "at 3 Hz"),
    ],
)
def test_what_is_no_recording_is_refused_in_clear_words(data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        read_audio(data, name="upload.wav")


@given(st.binary(max_size=200), st.integers(0, 60))
def test_no_damage_makes_it_fail_in_any_other_way(damage: bytes, at: int) -> None:
    data = wav_bytes(PCM, 16_000)
    with suppress(VoiceAgentError):
        read_audio(data[:at] + damage + data[at + len(damage) :])


def test_a_missing_file_is_refused_and_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"nowhere\.wav cannot be read"):
        read_audio(tmp_path / "nowhere.wav")


def test_other_formats_name_the_command_that_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(MissingExtra, match="pip install soundfile"):
        read_audio(b"fLaC" + bytes(40))


def test_a_flac_and_an_ogg_are_read_where_soundfile_is_installed() -> None:
    soundfile = pytest.importorskip("soundfile")
    tone = (np.sin(np.arange(16_000) / 10) * 10_000).astype(np.int16)
    for kind in ("FLAC", "OGG"):
        file = BytesIO()
        soundfile.write(file, tone, 16_000, format=kind)
        clip = read_audio(file.getvalue())
        assert (clip.rate, clip.ms) == (16_000, 1000)
        assert np.abs(np.frombuffer(clip.pcm, np.int16)).max() == pytest.approx(10_000, rel=0.1)
        with pytest.raises(Refused, match="longer"):
            read_audio(file.getvalue(), max_s=0.5)
    with pytest.raises(Refused, match="cannot be decoded"):
        read_audio(b"fLaC" + bytes(40))
