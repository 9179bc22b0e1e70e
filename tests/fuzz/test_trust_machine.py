"""A site's trust data under any sequence of publications, bringings-in, replays, crashes and clocks.

Invariant: what loads is a state that the authority signed; versions of root, trust list and snapshot never go down, nor does
the time of an issuer's list; and the floor goes down only by a named person's reset.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dpr.adapters.trust_files import TrustFiles
from dpr.core.errors import DprError, StorageError
from tests.adapters.test_trust_files import Steps
from tests.attacks.simulator import Quorum, Simulator, revocations_name, status_name
from tests.fuzz.machines import Died, machine_settings
from tests.world import CARE, DAY, NOW

WHAT = st.sampled_from(
    [("trust-list",), ("status",), ("revocations",), ("trust-list", "status", "revocations"), ("root", "trust-list")]
)
CLOCKS = st.sampled_from([-400 * DAY, -DAY, -3600, 0, 3600, 400 * DAY])
PARTS = st.sets(st.integers(0, 12), max_size=4)


class Site(RuleBasedStateMachine):
    """One authority, one site, and whoever carries documents between them."""

    @initialize()
    def install(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.authority, self.clock = Simulator().install(), 0
        self.published = [dict(self.authority.files)]
        self.site = TrustFiles(self.folder)
        self.site.install(self.authority.files["roots/1"], fingerprint=None)
        self.site.bring_in(self.authority.files.values(), now=self.authority.now)
        self.floor, self.versions, self.times = 0, (0, 0, 0), {}  # type: ignore[var-annotated]

    @property
    def now(self) -> int:
        return self.authority.now + self.clock

    @rule(what=WHAT, later=st.sampled_from([0, DAY]))
    def publish(self, what: tuple[str, ...], later: int) -> None:
        self.authority.now += later
        self.authority.publish(*what)
        self.published.append(dict(self.authority.files))

    @rule(later=st.sampled_from([60, DAY]))
    def publish_without_a_snapshot(self, later: int) -> None:
        """Issuers do not wait for the authority."""
        self.authority.now += later
        lists = {status_name(CARE): self.authority.status_list(), revocations_name(CARE): self.authority.revocations()}
        self.authority.files |= lists
        self.published.append(lists)

    @rule()
    def exchange_the_list_keys(self) -> None:
        self.authority.lists_quorum = Quorum(1, (f"lists {self.authority.now}",))
        self.authority.publish("root", "trust-list", "status", "revocations")
        self.published.append(dict(self.authority.files))

    @rule(clock=CLOCKS)
    def set_the_clock(self, clock: int) -> None:
        self.clock = clock

    @rule(which=st.integers(0, 99), without=PARTS, cut=st.integers(0, 12))
    def carry(self, which: int, without: set[int], cut: int) -> None:
        """Any publication, some of it missing, one document torn."""
        documents = [
            data for number, data in enumerate(self.published[which % len(self.published)].values()) if number not in without
        ]
        documents = [data[: -1 - cut] if number == cut else data for number, data in enumerate(documents)]
        self.site.bring_in(documents, now=self.now)

    @rule(which=st.integers(0, 99), at=st.integers(1, 60), full=st.booleans())
    def carry_and_die(self, which: int, at: int, full: bool) -> None:
        end = OSError(28, "No space left on device") if full else Died()
        try:
            with Steps(at, end):
                self.site.bring_in(self.published[which % len(self.published)].values(), now=self.now)
        except (Died, StorageError):
            pass

    @rule()
    def mix(self) -> None:
        """The newest snapshot with the oldest lists."""
        self.site.bring_in([*self.published[0].values(), self.authority.files["snapshot"]], now=self.now)

    @rule(back=st.sampled_from([0, 60, DAY]))
    def reset(self, back: int) -> None:
        try:
            lowered = self.site.reset_floor(self.now - back, acting="a1b2c3d4", reason="the clock was wrong", now=self.now)
        except DprError:
            return
        assert lowered.instant < self.floor
        self.floor = lowered.instant

    @invariant()
    def what_loads_was_signed_and_nothing_went_back(self) -> None:
        if not hasattr(self, "site"):
            return
        trust = self.site.load()
        assert trust.trust_list is not None and trust.snapshot is not None and trust.root_version is not None
        genuine = {data for one in self.published for data in one.values()}
        in_force = copy.copy(self.site)
        for name in (
            "root.cbor",
            "trust-list.cbor",
            "snapshot.cbor",
            *in_force.list_names("status"),
            *in_force.list_names("revocations"),
        ):
            assert in_force.read_list(name) in genuine, name
        versions = (trust.root_version, trust.trust_list.content.version, trust.snapshot.content.version)
        assert all(now >= before for now, before in zip(versions, self.versions, strict=True)), (self.versions, versions)
        times = {("status", *key): one.issued_at for key, one in trust.status_lists.items()}
        times |= {("revocations", *key): one.issued_at for key, one in trust.revocations.items()}
        assert all(times[key] >= before for key, before in self.times.items()), (self.times, times)
        assert trust.floor >= self.floor
        assert trust.floor <= max(self.authority.now, NOW + 60)
        self.floor, self.versions, self.times = trust.floor, versions, times

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)


TestTrustMachine = Site.TestCase
TestTrustMachine.settings = machine_settings(15, 20)
