"""Who plays in the demo: an authority, a region, a pharmacy chain, a clinic, a pharmacy and the reference register.

Rules: made by the same code as the commands, in the demo's folder; the clock is moved by the story alone and ends about now.

Example: `with Cast(folder) as cast: cast.wait(hours=3)`
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import threading
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from dpr.adapters import files
from dpr.adapters.clock import system_clock
from dpr.adapters.key_files import KeyFile
from dpr.adapters.products_import import import_products
from dpr.apps import issuer_decisions, issuer_lists, site_trust
from dpr.apps.authority_folder import Authority
from dpr.apps.compose import SiteFolder
from dpr.apps.issuer_folder import IssuerFolder
from dpr.apps.register import create_app
from dpr.core import key_request
from dpr.core.dispensing import Ground
from dpr.core.revocation import Reason
from dpr.flows.dispense import Dispensed, Order, dispense
from dpr.flows.prescribe import prescribe
from dpr.ports import Signer

GLN = "7350000000009"
#: The story's time begins so long ago that it ends now: what it leaves can be used right away.
_STORY_TAKES = timedelta(hours=31)


class Cast:
    """Everybody, set up and ready; a context manager that stops the register at the end."""

    def __init__(self, folder: Path, *, takes: timedelta = _STORY_TAKES, revoked: tuple[str, ...] = ("revoked",)) -> None:
        """`takes`: how long the story is; `revoked`: whose credentials are revoked when it begins."""
        self.folder = folder
        self._moved = -takes
        self._revoked_first = revoked
        self.people: dict[str, tuple[KeyFile, bytes]] = {}
        self._issuers: list[IssuerFolder] = []
        self.clinic = SiteFolder(folder / "klinik", clock=self.now)
        self.pharmacy = SiteFolder(folder / "apotek", clock=self.now)
        self.register = DemoRegister(folder / "register.db", self)

    def now(self) -> datetime:
        """The story's time."""
        return system_clock() + self._moved

    def wait(self, **time: float) -> None:
        """Moves the story's time on."""
        self._moved += timedelta(**time)

    def catch_up(self) -> None:
        """Moves the story's time to the computer's own."""
        self._moved = timedelta()

    def __enter__(self) -> Self:
        self.authority = Authority.create(
            self.folder / "myndighet", name="demo-myndigheten", environment="test", keys=3, threshold=2, now=self.now()
        )
        self.region = self.add_issuer("region", "SE2321000016-DEMO1", "Region Demo", "care_provider")
        self.chain = self.add_issuer("kedja", "SE5560000001-DEMO2", "Apotekskedjan Demo", "pharmacy_company", GLN)
        for name, issuer, days in (
            ("prescriber", self.region, 90),
            ("locum", self.region, 14),
            ("revoked", self.region, 90),
            ("pharmacist", self.chain, 90),
            ("pharmacy", self.chain, 90),
        ):
            self.add_person(name, issuer, days)
        for name in self._revoked_first:
            self.revoke(name)
        self._site(self.clinic, 'environment = "test"\n')
        self.register.start()
        self._site(
            self.pharmacy,
            f'environment = "test"\ngln = "{GLN}"\noffline_dispensing = true\nregister_url = "{self.register.url}"\n'
            "register_timeout_seconds = 2\nregister_settle_seconds = 60\n",
        )
        for suffix in ("pem", "cbor"):
            data = files.read(self.folder / "people" / f"pharmacy.{suffix}", limit=10_000)
            files.replace(self.pharmacy.folder / "keys" / f"pharmacy.{suffix}", data, mode=0o600)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.register.stop()

    def add_issuer(self, name: str, id: str, words: str, role: str, *glns: str) -> IssuerFolder:
        """An issuer that the authority admits; it counts from the next lists on."""
        issuer = IssuerFolder.create(self.folder / name, id=id, name=words, role=role, glns=glns)
        self.authority.add_issuer(issuer.folder / "issuer.json", days=365, now=self.now())
        self._issuers.append(issuer)
        return issuer

    def revoke(self, name: str) -> None:
        """The region withdraws a prescriber's right, from now on."""
        path = str(self.folder / "people" / f"{name}.cbor")
        issuer_decisions.revoke(self.region, path, revoked_from=None, reason=Reason.RIGHT_WITHDRAWN, now=self.now())

    def add_person(self, name: str, issuer: IssuerFolder, days: int) -> None:
        """A key and a credential for one of `HOLDERS`."""
        folder = self.folder / "people"
        folder.mkdir(exist_ok=True)
        key = KeyFile.create(folder / f"{name}.pem")
        files.replace(folder / f"{name}.request", key_request.make(key))
        files.replace(folder / f"{name}.json", json.dumps(HOLDERS[name], ensure_ascii=False).encode())
        out = folder / f"{name}.cbor"
        issuer.issue(folder / f"{name}.request", folder / f"{name}.json", out, days=days, now=self.now())
        self.people[name] = (key, out.read_bytes())

    def _site(self, site: SiteFolder, policy: str) -> None:
        files.replace(site.folder / "policy.toml", policy.encode())
        self.deliver_lists(site)
        source = resources.files("dpr.apps.demo") / "products.csv"
        with resources.as_file(source) as path:
            import_products(path, site.folder / "products.db", mapping=None, imported_at=self.now())

    def publish(self) -> Path:
        """Fresh lists from everybody; returns the folder that is published."""
        published = self.authority.published
        self.authority.publish(next_update_days=7, now=self.now())
        lists = [path for one in self._issuers for path in issuer_lists.publish(one, now=self.now()).paths]
        taken = published.collect(lists, now=int(self.now().timestamp()))
        assert all(one.name for one in taken), taken
        self.authority.publish_snapshot(self.online_signers(), next_update_hours=48, now=self.now())
        return published.folder

    def online_signers(self) -> list[Signer]:
        """The authority's keys for what it says every day."""
        entitled = self.authority.published.root().content.snapshot.keys
        return [one for one in self.authority.local_signers() if one.key in entitled]

    def deliver_lists(self, site: SiteFolder) -> None:
        """Fresh lists from everybody, by stick."""
        site_trust.add(site, [self.publish()])

    def draft(self, name: str) -> dict[str, Any]:
        """One of the demo's prescriptions as JSON."""
        written: dict[str, Any] = json.loads((resources.files("dpr.apps.demo") / "drafts.json").read_text("utf-8"))[name]
        return written

    def sign(self, written: dict[str, Any], *, who: str = "prescriber") -> bytes:
        """A prescription signed by one of the prescribers, at the clinic."""
        key, credential = self.people[who]
        return prescribe(
            json.dumps(written).encode(),
            signer=key,
            credential=credential,
            trust=self.clinic.trust(),
            now=self.now(),
            id=os.urandom(16),
            policy=self.clinic.policy,
            catalogue=self.clinic.catalogue(),
        ).document

    def dispense(self, prescription_id: bytes, *, register_up: bool, ground: Ground | None = None) -> Dispensed:
        """The pharmacist dispenses the first item."""
        with self.pharmacy.ledger() as ledger:
            catalogue = self.pharmacy.catalogue()
            order = Order(
                prescription_id=prescription_id, item=1, pharmacist_credential=self.people["pharmacist"][1], ground=ground
            )
            return dispense(
                order,
                site=self.pharmacy.pharmacy(catalogue),
                trust=self.pharmacy.trust(),
                ledger=ledger,
                now=self.now(),
                register_up=register_up,
            )


HOLDERS: dict[str, dict[str, Any]] = {
    "prescriber": {
        "role": "prescriber",
        "name": "Karin Sjöström",
        "prescriber_code": "9123456",
        "profession": "LK",
        "phone": "08-465 004 12",
        "workplace": {"name": "Hälsocentralen Norrfjärden", "place": "Piteå", "code": "4100300200100"},
    },
    "locum": {
        "role": "prescriber",
        "name": "Love Ek",
        "prescriber_code": "9234567",
        "profession": "LK",
        "phone": "08-465 004 12",
        "workplace": {"name": "Hälsocentralen Norrfjärden", "place": "Piteå", "code": "4100300200100"},
    },
    "revoked": {
        "role": "prescriber",
        "name": "Test Testsson",
        "prescriber_code": "9999999",
        "profession": "LK",
        "phone": "08-465 004 99",
        "workplace": {"name": "Hälsocentralen Norrfjärden", "place": "Piteå", "code": "4100300200100"},
    },
    "pharmacist": {"role": "pharmacist", "name": "Leila Haddad", "profession": "AP"},
    "pharmacy": {"role": "pharmacy", "name": "Apoteket Lärkan", "gln": GLN},
    "node": {"role": "node", "name": "Journalsystem Demo"},
    "relay-a": {"role": "relay", "name": "Relä A"},
    "relay-b": {"role": "relay", "name": "Relä B"},
}


class DemoRegister:
    """The reference register on a thread of its own, told over HTTP how to behave, as anybody can."""

    def __init__(self, database: Path, cast: Cast) -> None:
        self._database, self._cast = database, cast
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner: web.AppRunner | None = None
        self.url = ""

    def start(self) -> None:
        """Listens on a free port of this machine."""
        self._thread.start()
        self.url = self._call(self._start())

    async def _start(self) -> str:
        self._runner = web.AppRunner(create_app(self._database, self._cast.now), access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        server = self._runner.addresses[0]
        return f"http://127.0.0.1:{server[1]}"

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def behave(self, **faults: Any) -> None:
        """PUT /_rehearsal: how it behaves from now on."""
        self._call(self._put(faults))

    async def _put(self, faults: dict[str, Any]) -> None:
        async with aiohttp.ClientSession() as session, session.put(f"{self.url}/_rehearsal", json=faults) as answer:
            answer.raise_for_status()

    def resources(self) -> list[dict[str, Any]]:
        """Everything that it holds."""
        return self._call(self._resources())  # type: ignore[no-any-return]

    async def _resources(self) -> Any:
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/_rehearsal/resources") as answer:
            return await answer.json()

    def stop(self) -> None:
        """Stops it and its thread."""
        if self._runner is not None:
            self._call(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


def fingerprint(document: bytes) -> str:
    """A short name for a document, for people."""
    return hashlib.sha256(document).hexdigest()[:8]
