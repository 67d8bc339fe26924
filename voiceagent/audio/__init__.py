"""Audio as bytes: 16 bit mono PCM in and out of everything here. Public to plug-ins."""

from voiceagent.audio.codecs import (
    FORMATS,
    PCM,
    PCMA,
    PCMU,
    Format,
    decode_alaw,
    decode_ulaw,
    encode_alaw,
    encode_ulaw,
)
from voiceagent.audio.duck import DUCK_DB, DUCK_MS, FADE_MS, RESTORE_MS, SILENT_DB, Gain
from voiceagent.audio.echo import EchoCanceller
from voiceagent.audio.files import MAX_S, Clip, read_audio, wav_bytes, wav_header, write_wav
from voiceagent.audio.frames import SAMPLE_BYTES, Framer, bytes_of, ms_of
from voiceagent.audio.level import SILENCE_DBFS, dbfs, peak, rms, silence
from voiceagent.audio.resample import Resampler, resample_all

__all__ = [
    "DUCK_DB",
    "DUCK_MS",
    "FADE_MS",
    "FORMATS",
    "MAX_S",
    "PCM",
    "PCMA",
    "PCMU",
    "RESTORE_MS",
    "SAMPLE_BYTES",
    "SILENCE_DBFS",
    "SILENT_DB",
    "Clip",
    "EchoCanceller",
    "Format",
    "Framer",
    "Gain",
    "Resampler",
    "bytes_of",
    "dbfs",
    "decode_alaw",
    "decode_ulaw",
    "encode_alaw",
    "encode_ulaw",
    "ms_of",
    "peak",
    "read_audio",
    "resample_all",
    "rms",
    "silence",
    "wav_bytes",
    "wav_header",
    "write_wav",
]
