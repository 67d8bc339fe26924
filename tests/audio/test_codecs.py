from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.audio import (
    FORMATS,
    PCM,
    PCMA,
    PCMU,
    decode_alaw,
    decode_ulaw,
    encode_alaw,
    encode_ulaw,
)
from voiceagent.errors import Refused

EVERY_SAMPLE = np.arange(65_536, dtype=np.uint16).tobytes()
EVERY_CODE = bytes(range(256))


def ulaw_by_hand(sample: int) -> int:
    """G.711 mu-law of a 16 bit sample, a segment at a time."""
    sample >>= 2
    sign, magnitude = (0, -sample) if sample < 0 else (0x80, sample)
    magnitude = min(magnitude, 8159) + 33
    for segment in range(8):
        if magnitude < 64 << segment:
            return (~(segment << 4 | magnitude >> (segment + 1) & 15) & 0x7F) | sign
    return sign  # the loudest code has no bits but the sign


def alaw_by_hand(sample: int) -> int:
    sample >>= 3
    sign, magnitude = (0, -sample - 1) if sample < 0 else (0x80, sample)
    for segment in range(8):
        if magnitude < 32 << segment:
            return (segment << 4 | magnitude >> max(1, segment) & 15 | sign) ^ 0x55
    raise AssertionError


def ulaw_back_by_hand(code: int) -> int:
    code = 255 - code
    magnitude = (((code & 15) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return -magnitude if code & 0x80 else magnitude


def alaw_back_by_hand(code: int) -> int:
    code ^= 0x55
    segment, step = code >> 4 & 7, (code & 15) << 4
    magnitude = step + 8 if segment == 0 else step + 0x108 << (segment - 1)
    return magnitude if code & 0x80 else -magnitude


def samples(pcm: bytes) -> list[int]:
    return [int(sample) for sample in np.frombuffer(pcm, np.int16)]


def test_every_sample_and_every_code_is_that_of_an_independent_scalar_codec() -> None:
    every = samples(EVERY_SAMPLE)
    assert list(encode_ulaw(EVERY_SAMPLE)) == [ulaw_by_hand(sample) for sample in every]
    assert list(encode_alaw(EVERY_SAMPLE)) == [alaw_by_hand(sample) for sample in every]
    assert samples(decode_ulaw(EVERY_CODE)) == [ulaw_back_by_hand(code) for code in EVERY_CODE]
    assert samples(decode_alaw(EVERY_CODE)) == [alaw_back_by_hand(code) for code in EVERY_CODE]


def test_the_tables_are_those_of_pythons_former_audioop() -> None:
    """The sums were taken from audioop of Python 3.11 over all samples and codes."""
    assert zlib.crc32(encode_ulaw(EVERY_SAMPLE)) == 0x0FA298CA
    assert zlib.crc32(decode_ulaw(EVERY_CODE)) == 0x0C847A9F
    assert zlib.crc32(encode_alaw(EVERY_SAMPLE)) == 0xAADA9009
    assert zlib.crc32(decode_alaw(EVERY_CODE)) == 0x9D764657


def test_the_known_codes_of_silence_and_of_full_scale() -> None:
    assert encode_ulaw(bytes(2)) == b"\xff"
    assert encode_alaw(bytes(2)) == b"\xd5"
    loud = np.array([32_767, -32_768], np.int16).tobytes()
    assert encode_ulaw(loud) == b"\x80\x00"
    assert encode_alaw(loud) == b"\xaa\x2a"


@given(st.binary(max_size=500))
def test_a_code_survives_decoding_and_encoding(codes: bytes) -> None:
    assert encode_alaw(decode_alaw(codes)) == codes
    assert encode_ulaw(decode_ulaw(codes)) == codes.replace(b"\x7f", b"\xff")  # two zeros


def test_the_formats_of_the_wire_know_their_rates_and_sizes() -> None:
    assert FORMATS == {"audio/pcm": PCM, "audio/pcmu": PCMU, "audio/pcma": PCMA}
    assert [(f.rate, f.bytes_per_ms) for f in (PCM, PCMU, PCMA)] == [
        (24_000, 48),
        (8_000, 8),
        (8_000, 8),
    ]
    assert PCM.ms(960) == PCMU.ms(160) == 20
    for format in FORMATS.values():
        assert max(samples(format.decode(format.encode(bytes(96))))) <= 8  # A-law has no zero


@pytest.mark.parametrize("refusing", [PCM.decode, PCM.encode, PCMU.encode, PCMA.encode])
def test_pcm_that_ends_inside_a_sample_is_refused(refusing: object) -> None:
    assert callable(refusing)
    with pytest.raises(Refused, match="even number"):
        refusing(b"\0\0\0")
