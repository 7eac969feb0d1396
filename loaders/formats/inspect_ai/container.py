"""The zip file that an `.eval` log is: its members one by one, of bounded size, and what is left of a torn one."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyarrow as pa

LARGEST_MEMBER_BYTES = 1 << 29
"""No sample is larger than this once unpacked; what claims to be is not read."""
LARGEST_LOG_BYTES = 1 << 34
"""Nor are all members of a log together."""

_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_SIGNATURE = b"PK\x03\x04"
_STORED, _DEFLATED, _ZSTANDARD = 0, 8, 93
_ENCRYPTED, _SIZES_FOLLOW = 0x1, 0x8


class UnreadableMemberError(Exception):
    """A member cannot be unpacked. The message is one sentence and quotes none of the content."""


class Member(NamedTuple):
    """Where a member of a zip file stands, and how it is packed."""

    name: str
    offset: int
    """Of its local header."""
    method: int
    flags: int
    packed_size: int
    checksum: int


def is_zip(head: bytes) -> bool:
    """Whether a file begins as a zip file with members does."""
    return head.startswith(_SIGNATURE)


def first_name(head: bytes) -> str:
    """Name of the first member; empty where the head does not hold it."""
    return next((member.name for member in _scanned(head)), "")


def members(data: bytes) -> tuple[list[Member], bool]:
    """The members, each name once (the last written counts), and whether the file has its directory.

    A log whose writer was killed has none: its members are then found one after the other from the start.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = [
                Member(
                    info.filename, info.header_offset, info.compress_type, info.flag_bits, info.compress_size, info.CRC
                )
                for info in archive.infolist()
            ]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OverflowError):
        return _last_written(_scanned(data)), False
    return _last_written(listed), True


def unpack(data: bytes, member: Member, largest: int = LARGEST_MEMBER_BYTES) -> bytes:
    """Content of a member. Raises UnreadableMemberError where it is torn, damaged, too large or packed otherwise."""
    if member.flags & _ENCRYPTED:
        raise UnreadableMemberError("the member is encrypted")
    header = data[member.offset : member.offset + _LOCAL_HEADER.size] if member.offset >= 0 else b""
    if len(header) < _LOCAL_HEADER.size or not header.startswith(_SIGNATURE):
        raise UnreadableMemberError("the member has no header")
    name_length, extra_length = _LOCAL_HEADER.unpack(header)[-2:]
    start = member.offset + _LOCAL_HEADER.size + name_length + extra_length
    packed = memoryview(data)[start : start + member.packed_size]
    if len(packed) < member.packed_size:
        raise UnreadableMemberError("the member is cut short")
    try:
        content = _unpacked(packed, member.method, largest + 1)
    except (zlib.error, OSError, pa.ArrowException) as error:
        raise UnreadableMemberError("the member is damaged") from error
    if len(content) > largest:
        raise UnreadableMemberError("the member is larger than any sample")
    if zlib.crc32(content) != member.checksum:
        raise UnreadableMemberError("the member is damaged")
    return content


def _unpacked(packed: memoryview, method: int, most: int) -> bytes:
    if method == _STORED:
        return bytes(packed[:most])
    if method == _DEFLATED:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most)
    if method == _ZSTANDARD:
        with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
            return bytes(stream.read(most))
    raise UnreadableMemberError("the member is packed in a way that is not read")


def _scanned(data: bytes) -> Iterator[Member]:
    offset = 0
    while offset + _LOCAL_HEADER.size <= len(data):
        fields = _LOCAL_HEADER.unpack_from(data, offset)
        signature, _, flags, method, _, _, checksum, packed_size, _, name_length, extra_length = fields
        if signature != _SIGNATURE or flags & _SIZES_FOLLOW:
            return
        start = offset + _LOCAL_HEADER.size
        name = data[start : start + name_length].decode("utf-8", "replace")
        yield Member(name, offset, method, flags, packed_size, checksum)
        offset = start + name_length + extra_length + packed_size


def _last_written(found: Iterable[Member]) -> list[Member]:
    return list({member.name: member for member in found}.values())
