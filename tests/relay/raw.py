"""A connection that says what the test says, byte for byte.

Example: `answer = await said(rig, b"GET /v1 HTTP/1.1\\r\\n\\r\\n")`
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from tests.relay.rig import Rig


async def opened(rig: Rig) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(rig.url)
    return await asyncio.open_connection(parts.hostname, parts.port)


async def said(rig: Rig, *pieces: bytes, pause: float = 0.0, seconds: float = 10.0) -> bytes:
    """Everything that the relay answers to `pieces`, until it closes."""
    reader, writer = await opened(rig)
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)
        async with asyncio.timeout(seconds):
            return await reader.read(1_000_000)
    except (ConnectionError, OSError):
        return b""
    finally:
        writer.close()
