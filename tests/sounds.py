"""Sounds that are made here: nobody's voice."""

from __future__ import annotations

import struct

OPUS_SILENCE = b"\xf8\xff\xfe"  # one frame of 20 ms


def ogg(seconds: float = 0.1) -> bytes:
    """A whole Ogg file with Opus in it that is silent for this long."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 4) + b"none" + struct.pack("<I", 0)
    frames = round(seconds * 50)
    pages = [_page([head], 0, 0, 2), _page([tags], 0, 1, 0), _page([OPUS_SILENCE] * frames, frames * 960, 2, 4)]
    return b"".join(pages)


def mp3() -> bytes:
    """A frame of MPEG layer III that is silent."""
    return b"\xff\xfb\x90\xc4" + bytes(413)


def _page(packets: list[bytes], position: int, number: int, flags: int) -> bytes:
    lengths = bytes(len(packet) for packet in packets)
    page = b"OggS" + struct.pack("<BBqIII", 0, flags, position, 1, number, 0) + bytes([len(lengths)]) + lengths
    whole = page + b"".join(packets)
    return whole[:22] + struct.pack("<I", _checksum(whole)) + whole[26:]


def _checksum(data: bytes) -> int:
    """The CRC of Ogg: the polynomial of the usual one, the bits the other way round."""
    crc = 0
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
            crc &= 0xFFFFFFFF
    return crc
