"""A pharmacy under attack: what it holds, what the attacker hands it, what it says, and what is in force afterwards.

Rules: the site has followed the first two publications honestly; the third is what the attacker stands between. A row changes
`served`: what a stick or a mirror has, by the names of a published folder without `.cbor`. `attacker` signs as the authority
does, with its state at the third publication: a row names the keys that it takes.

Example: `stage.served["trust-list"] = stage.first["trust-list"]`
"""

from __future__ import annotations

import copy
import os
import re
import resource
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dpr.adapters.mirrors_http import HttpMirrors
from dpr.adapters.trust_files import TrustFiles
from dpr.apps import site_trust
from dpr.apps.compose import SiteFolder
from dpr.core import documents
from dpr.core.errors import DprError
from dpr.core.policy import Policy
from dpr.core.status import Status
from dpr.core.trust_list import Environment
from dpr.core.verify import Verdict, verify
from dpr.flows.refresh import refresh
from tests.attacks.mirror import LyingMirror
from tests.attacks.simulator import CONTENT, Quorum, Simulator
from tests.world import DAY, GLN, World, signer

#: Indexes in the care provider's status list: revoked with the second publication by its revocations, by its status list,
#: and by both with the third.
REVOKED, REVOKED_BY_STATUS, REVOKED_LATER = 900, 901, 902
POLICY = Policy(environment=Environment.TEST, gln=GLN)
#: What a mirror gets for one answer: little where it will not give one; else so much that a busy machine is not taken for one.
IMPATIENT_SECONDS, PATIENT_SECONDS, FETCH_SECONDS = 2.0, 30.0, 45.0
_NAME, _SPARSE_BYTES = re.compile(r"[a-z0-9/-]+"), 16 * 2**30
_PARTS = ("root", "roots/*", "trust-list", "snapshot", "status/*", "revocations/*")


class Stage:
    """One site, one authority, one attacker.

    `mirror`: how the mirror behaves for a file, "" for every file; `second_mirror`: what another one has; `extra`: documents on
    the stick beside the published ones; `links`, `sparse`: names that are symbolic links, or files of 16 GB, there; `in_order`:
    names of the files that are given one by one, in place of the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Simulator().install()
        self.trust_files = TrustFiles(folder / "site")
        self.trust_files.folder.mkdir()
        (self.trust_files.folder / "policy.toml").write_text(f'environment = "test"\ngln = "{GLN}"\n', "utf-8")
        self.trust_files.install(self.authority.files["roots/1"], fingerprint=None)
        self.first = dict(self.authority.files)
        self._take(self.first)
        self.authority.revoked[REVOKED] = self.authority.now
        self.authority.status[REVOKED_BY_STATUS] = Status.REVOKED
        self.authority.publish("root", "trust-list", "status", "revocations")
        self.news = dict(self.authority.files)
        self.bring_in_honestly()
        self.honest_news()
        self.etag = ""
        self.asked: list[str] = []
        self.nothing_else()

    def nothing_else(self) -> None:
        """Only what is served, as it is."""
        self.mirror: dict[str, str] = {}
        self.second_mirror: dict[str, bytes] | None = None
        self.extra: list[bytes] = []
        self.links: dict[str, str] = {}
        self.sparse: list[str] = []
        self.in_order: list[str] = []
        self.largest_file_bytes: int | None = None
        self.first_root = self.document = b""
        self.site_environment = "test"
        self.fingerprint: str | None = documents.fingerprint(self.first["roots/1"])

    def _take(self, published: dict[str, bytes]) -> None:
        taken = self.trust_files.bring_in(published.values(), now=self.authority.now)
        assert not taken.of("refused"), taken

    # --- the story --------------------------------------------------------------------------------------------------

    def honest_news(self, *what: str, root_by: Sequence[str] | None = None) -> None:
        """The authority publishes (everything where nothing is named), and that is what would arrive."""
        self.authority.revoked[REVOKED_LATER] = self.authority.now
        self.authority.status[REVOKED_LATER] = Status.REVOKED
        self.authority.publish(*(what or ("root", "trust-list", "status", "revocations")), by=root_by)
        self.news = dict(self.authority.files)
        self.served = dict(self.news)
        self.now = self.authority.now
        self.attacker = copy.deepcopy(self.authority)

    def bring_in_honestly(self) -> None:
        """The latest publication arrives, and is what is held from then on."""
        self._take(self.news)
        self.held = dict(self.news)

    def recover(self, needs: Sequence[str]) -> None:
        """What the authority publishes after the attack; `root:snapshot` or `root:lists`: with other keys of that role."""
        self.nothing_else()
        self.authority.now = max(self.authority.now, self.now)
        for need in needs:
            if need.startswith("root:"):
                setattr(self.authority, f"{need[5:]}_quorum", Quorum(1, (f"{need[5:]} after the theft",)))
        self.honest_news(*[need for need in needs if not need.startswith("root:")] if needs[0][:5] != "root:" else ())

    def publish_with_issuer(self, place: int, field: int, value: Any) -> None:
        """The authority says something else of an issuer, and that is what the site holds."""
        self._publish_list(lambda issuers: issuers[place].__setitem__(field, value))

    def publish_without_issuer(self, place: int) -> None:
        """The authority removes an issuer, and that is what the site holds."""
        self._publish_list(lambda issuers: issuers.pop(place))

    def _publish_list(self, change: Callable[[list[Any]], object]) -> None:
        authority = self.authority
        authority.versions["trust-list"] += 1
        claims = authority.trust_list_claims()
        change(claims[CONTENT][3])
        taken = self.trust_files.bring_in([authority.trust_list(claims)], now=self.now)
        assert taken.of("taken"), taken

    def serve_root(self, document: bytes, version: int = 3) -> None:
        """A mirror and a stick have this as the root of that version, and as the newest."""
        self.served |= {"root": document, f"roots/{version}": document}

    # --- how it arrives ---------------------------------------------------------------------------------------------

    def by_stick(self) -> list[str]:
        """What is served arrives on a stick: the codes of what was refused, or could not be read."""
        paths = [self._write_stick()] if not self.in_order else self._files_in_order()
        return self.codes_of(lambda: self._added(paths))

    def _added(self, paths: Sequence[Path]) -> list[str]:
        with self._disk():
            added = site_trust.add(self.site(), paths)
        return [error.code for _, error in added.unreadable] + [one.code for one in added.brought_in.of("refused")]

    @staticmethod
    def codes_of(work: Callable[[], list[str]]) -> list[str]:
        """What `work` returns, or the code of the error that it ends in."""
        try:
            return work()
        except DprError as error:
            return [error.code]

    def installed_in(self, folder: Path) -> list[str]:
        """The first root, given to a new site in `folder`: the code that it ends with."""
        folder.mkdir()
        (folder / "policy.toml").write_text(f'environment = "{self.site_environment}"\n', "utf-8")
        path = self.folder / "first-root.cbor"
        path.write_bytes(self.first_root)
        site = SiteFolder(folder, clock=lambda: datetime.fromtimestamp(self.now, UTC))
        return self.codes_of(lambda: [site_trust.add(site, [path], fingerprint=self.fingerprint).installed or ""])

    def site(self) -> SiteFolder:
        """The site as the commands see it, by its own clock."""
        return SiteFolder(self.trust_files.folder, clock=lambda: datetime.fromtimestamp(self.now, UTC))

    def _write_stick(self) -> Path:
        stick = self.folder / "stick"
        shutil.rmtree(stick, ignore_errors=True)
        on_it = dict(self.served) | {f"status/extra-{number}": data for number, data in enumerate(self.extra)}
        for name, data in on_it.items():
            path = stick / f"{name if _NAME.fullmatch(name) else 'status/odd'}.cbor"
            path.parent.mkdir(parents=True, exist_ok=True)
            if name in self.links:
                path.symlink_to(self.links[name])
                continue
            path.write_bytes(data)
            if name in self.sparse:
                os.truncate(path, _SPARSE_BYTES)
        return stick

    def _files_in_order(self) -> list[Path]:
        stick = self._write_stick()
        return [stick / f"{name}.cbor" for name in self.in_order]

    async def by_mirror(self) -> list[str]:
        """What is served is fetched over HTTP, with the ETags of the time before: the codes of what was wrong."""
        seconds = IMPATIENT_SECONDS if self.mirror.get("") in ("slow", "silent") else PATIENT_SECONDS
        async with LyingMirror(self.served, self.mirror) as first, LyingMirror(self.second_mirror or {}, {}) as second:
            others = [second.url] if self.second_mirror else []
            async with (
                HttpMirrors([first.url], timeout_seconds=seconds) as attacked,
                HttpMirrors(others, timeout_seconds=PATIENT_SECONDS) as honest,
            ):
                mirrors = [*attacked.all(), *honest.all()]
                etags = {mirror.name: self.etag for mirror in mirrors if self.etag}
                fetch = refresh(
                    store=self.trust_files,
                    mirrors=mirrors,
                    etags=etags,
                    now=self.now,
                    skew_seconds=300,
                    seconds=FETCH_SECONDS,
                )
                try:
                    with self._disk():
                        found = await fetch
                except DprError as error:
                    return [error.code]
            self.asked = [*first.asked, *second.asked]
        self.etag = next(iter(found.etags.values()), "")
        # That nobody had a list follows from what was wrong with each mirror's.
        named = {one.name for one in found.faults if one.mirror}
        codes = [one.code for one in found.faults if one.mirror or one.name not in named]
        return codes + [one.code for one in (found.brought_in.of("refused") if found.brought_in else ())]

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """A disk on which no file can become larger than the row says."""
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        if self.largest_file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.largest_file_bytes, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    # --- what is in force -------------------------------------------------------------------------------------------

    def in_force(self) -> dict[str, bytes]:
        """Every list that the site holds, by name."""
        folder = self.trust_files.folder
        paths = [path for part in _PARTS for path in sorted(folder.glob(f"{part}.cbor"))]
        return {path.relative_to(folder).as_posix().removesuffix(".cbor"): path.read_bytes() for path in paths}

    def prescription(self, index: int = 7, *, authored_at: int | None = None) -> bytes:
        """By a prescriber with that place in the care provider's status list."""
        world, key = World(now=self.now), signer(f"prescriber {index}")
        valid_from = (authored_at or self.now) - DAY
        credential = world.credential(key=key, idx=index, valid_from=valid_from, valid_until=self.now + DAY)
        value = world.prescription(authored_at=authored_at)
        return documents.sign(documents.PRESCRIPTION, value, key, credential=credential)

    def verdict(self, document: bytes | None = None) -> Verdict:
        """What the site says of a prescription; of an honest prescriber's where none is given."""
        now = datetime.fromtimestamp(self.now, UTC)
        return verify(document or self.prescription(), self.trust_files.load(), now, policy=POLICY)
