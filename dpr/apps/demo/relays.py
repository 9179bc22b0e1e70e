"""What the demo's chapter over two networks needs: an operator with two relays, who sends, who receives, and an address book.

Rules: made with what operators have; each relay is a process of its own, so that killing one is what it says.

Example: `with Networks(cast) as networks: networks.a.kill()`
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from dpr.adapters import files
from dpr.apps import authority_book, book_csv, mail_keys, site_trust
from dpr.apps.compose import SiteFolder
from dpr.apps.demo.cast import GLN, Cast
from dpr.apps.issuer_folder import IssuerFolder
from dpr.apps.relay.config import load
from dpr.apps.relay.stores import make_store
from dpr.core.trust_list import Environment

_SETTINGS = 'origins = ["{origin}"]\nkey = "relay.pem"\ncredential = "relay.cbor"\nport = {port}\n\n[log]\nrequests = false\n'
_TABLE = "queue;name;place;organisation;endpoints\n{gln};Apoteket Lärkan;Umeå;Apotekskedjan Demo;internet {a} | sjunet {b}\n"
#: Seconds: so that nobody waits for the demo as long as in earnest.
_HURRY = b"mail_hedge_seconds = 1\nmail_second_copy_seconds = 1\n"


class DemoRelay:
    """One relay, in a folder of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        with socket.create_server(("127.0.0.1", 0)) as found:
            self._port = found.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[str] | None = None

    @property
    def runs(self) -> bool:
        """Has it been started, and not ended since?"""
        return self._process is not None

    def write(self, key: Path, credential: bytes, *, now: int) -> None:
        """Its settings, key, credential and store. `now`: instant in seconds."""
        files.replace(self.folder / "relay.pem", key.read_bytes(), mode=0o600)
        files.replace(self.folder / "relay.cbor", credential)
        files.replace(self.folder / "relay.toml", _SETTINGS.format(origin=self.origin, port=self._port).encode())
        make_store(load(self.folder / "relay.toml"), now)

    def begin(self) -> None:
        """Starts the process; it is not waited for."""
        with (self.folder / "relay.log").open("ab") as log:
            words = [sys.executable, "-m", "dpr", "relay", "serve", str(self.folder / "relay.toml")]
            self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True)

    def ready(self) -> None:
        """Waits until it listens."""
        assert self._process is not None and self._process.stdout is not None
        if not self._process.stdout.readline().startswith("http"):
            raise AssertionError(f"the relay did not start: {self.folder / 'relay.log'}")

    def kill(self) -> None:
        """As when the power fails: nothing is asked, nothing is written."""
        self._end(kill=True)

    def stop(self) -> None:
        """In order, where it runs."""
        self._end(kill=False)

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill() if kill else process.terminate()
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()


class Networks:
    """Two relays on two networks, known to the clinic and the pharmacy by the address book."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.clinic, self.pharmacy = cast, cast.clinic, cast.pharmacy
        self.a, self.b = (
            DemoRelay(cast.folder / folder, name) for folder, name in (("rela-a", "Relä A"), ("rela-b", "Relä B"))
        )

    def __enter__(self) -> Self:
        cast = self.cast
        operator = cast.add_issuer("reladrift", "SE5560000001-DEMO4", "Relädrift Demo", "relay_operator")
        for relay, person in ((self.a, "relay-a"), (self.b, "relay-b")):
            self._relay(relay, person, operator)
        self._node()
        mail_keys.publish(self.pharmacy, mail_keys.make(self.pharmacy, passphrase=None), days=90)
        self._publish()
        self.a.begin()
        self.b.begin()
        try:
            self.a.ready()
            self.b.ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        self.a.stop()
        self.b.stop()

    def _relay(self, relay: DemoRelay, person: str, operator: IssuerFolder) -> None:
        self.cast.add_person(person, operator, 90)
        now = int(self.cast.now().timestamp())
        relay.write(self.cast.folder / "people" / f"{person}.pem", self.cast.people[person][1], now=now)
        files.replace(relay.folder / "site" / "policy.toml", b'environment = "test"\n')

    def _node(self) -> None:
        """The record system gets a key of its own: it signs messages, never prescriptions."""
        clinic = self.clinic
        self.cast.add_person("node", self.cast.region, 90)
        for suffix in ("pem", "cbor"):
            data = files.read(self.cast.folder / "people" / f"node.{suffix}", limit=10_000)
            files.replace(clinic.folder / "keys" / f"node.{suffix}", data, mode=0o600)
        policy = clinic.folder / "policy.toml"
        files.replace(policy, policy.read_bytes() + _HURRY)
        self.clinic = SiteFolder(clinic.folder, clock=self.cast.now)  # which reads its policy again

    def _publish(self) -> None:
        """The authority's address book, and everybody's lists, by stick."""
        cast = self.cast
        cast.publish()
        inbox = cast.folder / "myndighet" / "mail-keys"
        inbox.mkdir()
        shutil.copy(mail_keys.document_path(cast.pharmacy), inbox)
        table = cast.folder / "myndighet" / "recipients.csv"
        files.replace(table, _TABLE.format(gln=GLN, a=self.a.origin, b=self.b.origin).encode())
        rows = book_csv.read(table, Environment.TEST).rows
        checked = authority_book.check(cast.authority, rows, inbox, now=cast.now())
        draft = authority_book.draft(cast.authority, checked.entries, next_update_days=7, now=cast.now())
        authority_book.publish(cast.authority, draft, cast.online_signers())
        published = cast.publish()
        for folder in (
            cast.clinic,
            cast.pharmacy,
            *(SiteFolder(one.folder / "site", clock=cast.now) for one in (self.a, self.b)),
        ):
            site_trust.add(folder, [published])
