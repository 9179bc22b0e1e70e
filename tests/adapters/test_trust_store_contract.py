"""What holds for every trust store: the one in memory, which the flow's tests use, and the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from dpr.adapters.trust_files import TrustFiles
from dpr.core import behind
from dpr.core.errors import DprError
from dpr.ports import BroughtIn, TrustStore
from tests.attacks.simulator import GREATEST, Quorum, Simulator, revocations_name, status_name
from tests.fakes.trust_store_memory import MemoryTrustStore
from tests.world import CARE, DAY, VETS

OWN = ("trust-list", "snapshot", status_name(CARE), revocations_name(CARE))


@pytest.fixture
def authority() -> Simulator:
    return Simulator().install()


@pytest.fixture(params=["memory", "folder"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> TrustStore:
    return MemoryTrustStore(None) if request.param == "memory" else TrustFiles(tmp_path)


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path, authority: Simulator) -> TrustStore:
    """Installed, with nothing else."""
    root = authority.files["roots/1"]
    if request.param == "memory":
        return MemoryTrustStore(root)
    TrustFiles(tmp_path).install(root, fingerprint=None)
    return TrustFiles(tmp_path)


def bring_in(store: TrustStore, authority: Simulator, *names: str) -> BroughtIn:
    given = [authority.files[name] for name in names or authority.files]
    return store.bring_in(given, now=authority.now, skew_seconds=300)


def codes(found: BroughtIn) -> list[str]:
    return [one.code for one in found.of("refused")]


def versions(store: TrustStore) -> tuple[int, int, int]:
    trust = store.load()
    assert trust.trust_list and trust.snapshot and trust.root_version
    return trust.root_version, trust.trust_list.content.version, trust.snapshot.content.version


def test_without_a_root_everything_says_so(empty: TrustStore) -> None:
    for work in (empty.root, empty.load, lambda: empty.bring_in([], now=0, skew_seconds=0)):
        with pytest.raises(DprError) as caught:
            work()
        assert caught.value.code == "trust_not_set_up"


def test_what_is_brought_in_is_what_is_loaded(store: TrustStore, authority: Simulator) -> None:
    with pytest.raises(DprError, match="trust_not_set_up"):
        store.load()
    found = bring_in(store, authority)
    assert codes(found) == [] and found.floor == authority.now
    assert {one.name for one in found.of("taken")} >= {"trust-list", "snapshot", status_name(CARE), revocations_name(CARE)}
    assert versions(store) == (1, 1, 1)
    trust = store.load()
    assert len(trust.status_lists) == 3 and len(trust.revocations) == 1 and store.root().content.version == 1


def test_the_same_again_is_held(store: TrustStore, authority: Simulator) -> None:
    bring_in(store, authority)
    assert {one.state for one in bring_in(store, authority).outcomes} == {"held"}


def test_what_is_older_is_refused_by_name(store: TrustStore, authority: Simulator) -> None:
    first = dict(authority.files)
    authority.publish()
    bring_in(store, authority)
    authority.files = first
    assert codes(bring_in(store, authority, *OWN)) == [
        "trust_list_older", "snapshot_older", "status_list_older", "revocations_older",
    ]  # fmt: skip
    assert versions(store) == (1, 2, 2)


def test_what_is_newer_than_what_is_held_is_taken_also_below_the_snapshots_minimum(
    store: TrustStore, authority: Simulator
) -> None:
    bring_in(store, authority)
    authority.publish()
    better = dict(authority.files)
    authority.publish()
    bring_in(store, authority, "snapshot")
    authority.files = better
    assert codes(bring_in(store, authority, "trust-list", status_name(CARE), revocations_name(CARE))) == []
    assert versions(store) == (1, 2, 3)


def test_a_root_is_followed_with_the_lists_that_only_its_keys_have_signed(store: TrustStore, authority: Simulator) -> None:
    bring_in(store, authority)
    authority.lists_quorum = Quorum(1, ("lists 9",))
    authority.publish("root", "trust-list", "status", "revocations")
    assert codes(bring_in(store, authority, "roots/2")) == ["root_without_list"]
    assert codes(bring_in(store, authority)) == []
    assert versions(store) == (2, 2, 2)


def test_what_is_dated_ahead_or_torn_or_a_strangers_is_refused_and_the_rest_taken(
    store: TrustStore, authority: Simulator
) -> None:
    bring_in(store, authority)
    ahead, own = authority.status_list(VETS, at=authority.now + DAY), authority.status_list(at=authority.now + 60)
    given = [ahead, b"torn", authority.status_list(by=authority.world.prescriber), own]
    found = store.bring_in(given, now=authority.now, skew_seconds=300)
    assert [one.place for one in found.of("refused")] == [0, 1, 2] and codes(found)[0] == "list_from_the_future"
    assert [(one.place, one.name) for one in found.of("taken")] == [(3, status_name(CARE))]


def test_a_snapshot_that_forgets_a_list_whose_issuer_there_still_is_is_refused(store: TrustStore, authority: Simulator) -> None:
    bring_in(store, authority)
    authority.now += 60
    authority.versions["snapshot"] += 1
    claims = authority.snapshot_claims()
    del claims[-65537][3][status_name(VETS)]
    authority.files["snapshot"] = authority.snapshot(claims)
    assert codes(bring_in(store, authority, "snapshot")) == ["snapshot_lowers_minimum"]


def held_version(store: TrustStore) -> int:
    return store.address_book().content.version


def test_an_address_book_is_taken_and_an_older_one_is_refused(store: TrustStore, authority: Simulator) -> None:
    bring_in(store, authority)
    with pytest.raises(DprError, match="address_book_missing"):
        store.address_book()
    authority.publish("address-book")
    first = authority.files["address-book"]
    authority.publish("address-book")
    assert codes(bring_in(store, authority)) == []
    assert held_version(store) == 2
    found = store.bring_in([first], now=authority.now, skew_seconds=300)
    assert codes(found) == ["address_book_older"]
    assert [(one.kind, one.name) for one in found.outcomes] == [("dpr-address-book", "address-book")]
    assert held_version(store) == 2
    assert {one.state for one in bring_in(store, authority, "address-book").outcomes} == {"held"}


def test_of_two_address_books_that_come_together_the_later_is_taken(store: TrustStore, authority: Simulator) -> None:
    authority.publish("address-book")
    first = authority.files["address-book"]
    authority.publish("address-book")
    found = store.bring_in([*authority.files.values(), first], now=authority.now, skew_seconds=300)
    assert codes(found) == []
    assert held_version(store) == 2


def test_another_address_book_of_the_same_version_is_refused(store: TrustStore, authority: Simulator) -> None:
    """A version never stands for two contents, not even with the online key."""
    authority.publish("address-book")
    bring_in(store, authority)
    authority.now += 60
    twin = authority.address_book()
    assert codes(store.bring_in([twin], now=authority.now, skew_seconds=300)) == ["address_book_older"]


def test_an_address_book_that_does_not_verify_changes_nothing(store: TrustStore, authority: Simulator) -> None:
    authority.publish("address-book")
    bring_in(store, authority)
    authority.versions["address-book"] += 1
    claims = authority.address_book_claims()
    forged = authority.address_book(by=("lists 1", "lists 2"))  # the custodians' keys do not sign it, nor can a stranger's
    claims[-65537][1] = 1
    other_environment = authority.address_book(claims)
    authority.authority = "se-other"
    others = authority.address_book()
    authority.authority = "se-test"
    ahead = authority.address_book(authority.address_book_claims() | {6: authority.now + 400})
    given = [forged, other_environment, others, ahead, forged[:-1]]
    found = store.bring_in(given, now=authority.now, skew_seconds=300)
    assert codes(found)[:4] == [
        "address_book_threshold", "address_book_environment", "address_book_authority", "list_from_the_future",
    ]  # fmt: skip
    assert len(found.of("refused")) == len(given)
    assert held_version(store) == 1


def test_the_snapshot_says_which_address_book_is_the_latest(store: TrustStore, authority: Simulator) -> None:
    authority.publish("address-book")
    bring_in(store, authority)
    assert [*behind.every(store.load())] == []
    before = authority.files["address-book"]
    authority.publish("address-book")
    bring_in(store, authority, "snapshot")
    trust = store.load()
    assert [*behind.every(trust)] == [behind.Behind("address-book", 1, 2)]
    assert behind.common(trust) is None, "no verdict is the worse for it"
    authority.files["address-book"] = before
    assert {one.state for one in bring_in(store, authority, "address-book").outcomes} == {"held"}


def test_a_site_without_an_address_book_is_behind_the_snapshot_that_names_one(store: TrustStore, authority: Simulator) -> None:
    authority.publish("address-book")
    bring_in(store, authority, "trust-list", "snapshot", status_name(CARE), revocations_name(CARE))
    assert behind.Behind("address-book", 0, 1) in [*behind.every(store.load())]


def test_a_root_with_another_online_key_voids_the_address_book_and_lets_the_next_one_in(
    store: TrustStore, authority: Simulator
) -> None:
    authority.publish("address-book")
    authority.versions["address-book"] = GREATEST - 1
    authority.publish("address-book")
    bring_in(store, authority)
    assert held_version(store) == GREATEST
    authority.snapshot_quorum = Quorum(1, ("snapshot 2",))
    authority.versions["address-book"] = 1
    authority.publish("root", "trust-list", "address-book")
    assert codes(bring_in(store, authority)) == []
    assert held_version(store) == 2
