"""The signing service with 5,000 prescribers whose keys are in SoftHSM: how long it takes to start, and to sign.

Rules: the token's files are in memory where the system has such a folder, since the disk under a token is not measured; the
log is on the disk, synced for every signature. Over HTTP on this machine, one call after another, then 16 at a time.
Without SoftHSM the keys are in memory, and the row says so.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.__main__ import Row
from dpr.ports import KeyStore
from tests.adapters import softhsm
from tests.fakes.key_store_memory import MemoryKeyStore
from tests.signer.rig import Rig, token

PRESCRIBERS = 5_000
_CALLS, _AT_ONCE = 400, 16
_MEMORY = Path("/dev/shm")


def rows(count: int = PRESCRIBERS) -> list[Row]:
    """signer_sign_ms, signer_sign_p99_ms, signer_signatures_per_second, signer_5000_start_seconds."""
    with tempfile.TemporaryDirectory() as folder, _token() as (opened, where):
        began = time.perf_counter()
        store = opened()
        opening = time.perf_counter() - began
        rig = Rig(Path(folder), store=store, users=tuple(f"u{number}" for number in range(count)))
        if not isinstance(store, MemoryKeyStore):
            store.close()  # type: ignore[attr-defined]
            began = time.perf_counter()
            rig.store = opened()
            opening = time.perf_counter() - began
        start, one, p99, second = asyncio.run(_measure(rig))
    return [
        Row("signer_5000_start_seconds", opening + start, f"s, {where}"),
        Row("signer_sign_ms", 1e3 * one, "ms"),
        Row("signer_sign_p99_ms", 1e3 * p99, "ms"),
        Row("signer_signatures_per_second", second, "signatures a second", lower_is_better=False),
    ]


@contextmanager
def _token() -> Iterator[tuple[Callable[[], KeyStore], str]]:
    """What opens an empty key store, and where its keys are."""
    if not softhsm.MODULE:
        yield MemoryKeyStore, "keys in memory"
        return
    from dpr.adapters.pkcs11_token import Token
    from dpr.adapters.pkcs11_uri import Pkcs11Uri

    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        made = softhsm.SoftHsm(Path(folder))
        before = os.environ.get("SOFTHSM2_CONF")
        os.environ |= made.environment
        new = made.token()
        yield lambda: Token.open(Pkcs11Uri.parse(new.uri()), lambda: new.pin), "keys in SoftHSM"
        os.environ.pop("SOFTHSM2_CONF")
        if before is not None:
            os.environ["SOFTHSM2_CONF"] = before


async def _measure(rig: Rig) -> tuple[float, float, float, float]:
    """Seconds to start, of one call (median, 99 of 100), and signatures a second at `_AT_ONCE`."""
    began = time.perf_counter()
    async with rig:
        start = time.perf_counter() - began
        held = list(rig.people.read().values())
        chosen = held[:: max(len(held) // _CALLS, 1)][:_CALLS]
        calls = [(rig.prepared(person=one).to_be_signed, f"Bearer {token(one.user)}") for one in chosen]
        seconds = []
        for data, auth in calls:
            began = time.perf_counter()
            assert (await rig.sign(data, auth=auth)).status == 200
            seconds.append(time.perf_counter() - began)
        began = time.perf_counter()
        for at in range(0, len(calls), _AT_ONCE):
            await asyncio.gather(*[rig.sign(data, auth=auth) for data, auth in calls[at : at + _AT_ONCE]])
        rate = len(calls) / (time.perf_counter() - began)
    return start, statistics.median(seconds), sorted(seconds)[len(seconds) * 99 // 100], rate
