"""What a relay says of itself: what it is, whether it could take a message, its numbers.

Rules: readiness is asked of the store on a thread of its own and at most every few seconds, so that a probe costs the store
nothing and a store that hangs does not hang the probe. Old lists are told, and refuse nobody.

Example: `(await state.ready(now))["ready"]`
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any

from aiohttp import web

from dpr.apps.relay.answers import answer
from dpr.apps.relay.config import Settings
from dpr.apps.relay.custody import Custody
from dpr.apps.relay.identity import Identity
from dpr.apps.relay.metrics import CONTENT_TYPE, Metrics
from dpr.apps.relay.waiting import Waiters
from dpr.apps.serving.certificates import Certificates
from dpr.apps.serving.site import HeldSite
from dpr.apps.serving.work import Check
from dpr.core.errors import SetupError, StorageError
from dpr.core.freshness import Grade, of_snapshot, of_trust_list
from dpr.core.mail import api, sealing
from dpr.core.mail.message import MAX_LIFE_SECONDS

PROTOCOL = 1
_READY_SECONDS, _PATIENCE_SECONDS = 2.0, 3.0
_SOON_SECONDS = 14 * 86_400


class State:
    """Of one relay. `beside`: what of the work beside the requests does not succeed, by name: the code."""

    def __init__(self, settings: Settings, identity: Identity, custody: Custody, site: HeldSite, polls: Waiters) -> None:
        self._settings, self._identity, self._custody, self._site, self._polls = settings, identity, custody, site, polls
        self._held = (0, 0)
        self._check = Check(self._count, silent=StorageError("relay_store_silent"), seconds=_PATIENCE_SECONDS)
        self._asked: tuple[float, str | None] = (-_READY_SECONDS, None)
        self._asking = asyncio.Lock()
        self.draining = False
        self.beside: dict[str, str] = {}
        self.certificates: Certificates | None = None
        self.connections: Callable[[], int] = lambda: 0
        self.metrics = Metrics(
            {
                "held_messages": ("Messages in custody.", lambda: self._held[0]),
                "held_bytes": ("Bytes in custody.", lambda: self._held[1]),
                "waiting_polls": ("Polls that wait.", lambda: self._polls.count),
                "connections": ("Open connections.", lambda: self.connections()),
                "last_together": ("Submissions made durable together, the last time.", lambda: self._custody.last_together),
                "credential_until": (
                    "When the relay's credential ends, seconds since 1970.",
                    lambda: identity.chain.credential.valid_until,
                ),
                "tls_until": ("When the TLS certificate ends, seconds since 1970; NaN without one.", self._tls_until),
                "faults_beside": ("Work beside the requests that does not succeed.", lambda: len(self.beside)),
            }
        )

    def _count(self) -> None:
        self._held = self._custody.held()

    def _tls_until(self) -> float:
        return math.nan if self.certificates is None else self.certificates.until.timestamp()

    async def count(self) -> None:
        """Brings the numbers of what is held up to date."""
        self._held = await self._custody.counted()

    def about(self, now: int) -> dict[str, Any]:
        """The answer to `GET /v1`."""
        limits, chain = self._settings.limits, self._identity.chain
        return {
            "name": chain.credential.holder.name,
            "issuer": chain.credential.issuer,
            "environment": self._identity.environment.name.lower(),
            "protocol": PROTOCOL,
            "time": now,
            "queues": self._identity.queues,
            "limits": {
                "message_bytes": sealing.MAX_SEALED_BYTES,
                "message_seconds": MAX_LIFE_SECONDS,
                "messages": api.MAX_MESSAGES,
                "acks": api.MAX_ACKS,
                "wait_seconds": 30,
                "lease_seconds": 600,
                "requests_per_second": limits.requests_per_second,
                "burst": limits.burst,
            },
        }

    async def ready(self, now: int) -> dict[str, Any]:
        """The answer to `GET /health/ready`."""
        loop = asyncio.get_running_loop()
        async with self._asking:
            if loop.time() - self._asked[0] >= _READY_SECONDS:
                self._asked = loop.time(), await self._check.fault()
        own = self._identity.fault(self._site, now)
        tls = None if self.certificates is None else tls_ends(self.certificates, now)
        ended = tls if tls == "relay_tls_ended" else None
        faults = list(dict.fromkeys(code for code in (self._asked[1], self._custody.fault, own, ended) if code))
        if self.draining:
            faults.append(StorageError("relay_draining").code)
        warnings = trust_warnings(self._site, now) + ([tls] if tls and not ended else [])
        if own is None and credential_ends(self._identity, now):
            warnings.append("relay_credential_ends")
        return {
            "ready": not faults,
            "faults": faults,
            "warnings": warnings,
            "beside": self.beside,
            "held": {"messages": self._held[0], "bytes": self._held[1]},
        }

    def numbers(self) -> web.Response:
        """The answer to `GET /metrics`."""
        return answer(self.metrics.text(), CONTENT_TYPE)

    def close(self) -> None:
        """Waits for nothing."""
        self._check.close()


def tls_ends(certificates: Certificates, now: int) -> str | None:
    """The code where the TLS certificate has ended, or ends soon."""
    until = certificates.until.timestamp()
    if until <= now:
        return SetupError("relay_tls_ended").code
    return SetupError("relay_tls_ends").code if until <= now + _SOON_SECONDS else None


def credential_ends(identity: Identity, now: int) -> bool:
    """Does the relay's credential end soon, or has it ended? What could not be renewed is believed for a while."""
    return identity.chain.credential.valid_until <= now + _SOON_SECONDS


def trust_warnings(site: HeldSite, now: int) -> list[str]:
    """The codes of what is old or was left out of a site's trust data."""
    trust, policy = site.trust, site.policy
    found = [site.fault.code] if site.fault is not None else []
    if trust.trust_list is not None and of_trust_list(trust.trust_list, policy, now).grade is not Grade.FRESH:
        found.append("trust_list_stale")
    if trust.snapshot is None:
        found.append("snapshot_missing")
    elif of_snapshot(trust.snapshot, policy, now).grade is not Grade.FRESH:
        found.append("snapshot_stale")
    return found
