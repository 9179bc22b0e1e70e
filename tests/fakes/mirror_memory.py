"""A mirror in memory, which mirrors dpr/adapters/mirrors_http.py: a published folder as a dict, and how it fails.

Example: `MemoryMirror(authority.files, failing={"snapshot": "mirror_slow"})`
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping

from dpr.ports import Answer, MirrorFailed


class MemoryMirror:
    """`files`: by name; `failing`: by name, "" for every one, the code with which it fails, or `never` for no answer at all;
    `asked`: the names, in order."""

    def __init__(self, files: Mapping[str, bytes], *, name: str = "memory", failing: Mapping[str, str] | None = None) -> None:
        self.files, self.failing = dict(files), dict(failing or {})
        self.asked: list[str] = []
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    async def get(self, name: str, *, limit: int, etag: str = "") -> Answer | None:
        self.asked.append(name)
        await asyncio.sleep(0)
        code = self.failing.get(name, self.failing.get("", ""))
        if code == "never":
            await asyncio.sleep(3600)
        if code:
            raise MirrorFailed(code, name)
        data = self.files.get(name)
        if data is None:
            return None
        current = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        if etag == current:
            return Answer(None, "")
        if len(data) > limit:
            raise MirrorFailed("mirror_too_large", f"more than {limit} bytes")
        return Answer(data, current)
