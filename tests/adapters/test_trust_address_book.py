"""The address book in a site's folder: its files, what is torn, and that no verdict rests on it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from dpr.adapters.trust_files import TrustFiles
from dpr.core import behind, identifiers
from dpr.core.errors import DprError
from dpr.core.trust_list import TRUST_LIST
from dpr.core.verify import Accepted, verify
from tests.attacks.simulator import Simulator
from tests.world import PHARMACIES, World


@pytest.fixture
def authority() -> Simulator:
    made = Simulator().install()
    made.publish("address-book")
    return made


@pytest.fixture
def store(authority: Simulator, tmp_path: Path) -> TrustFiles:
    held = TrustFiles(tmp_path)
    held.install(authority.files["roots/1"], fingerprint=None)
    assert not held.bring_in(authority.files.values(), now=authority.now).of("refused")
    return held


def test_the_book_lies_under_the_name_that_a_mirror_has_it_under(store: TrustFiles, authority: Simulator) -> None:
    assert (store.folder / "address-book.cbor").read_bytes() == authority.files["address-book"]
    assert store.load().address_book_version == 1
    assert store.address_book().content.entries[0].name == "Apoteket Lärkan"


@pytest.mark.parametrize("torn", [b"", b"\xd8\x62", None])
def test_a_torn_book_is_named_counts_as_missing_and_is_mended_by_the_same_one(
    store: TrustFiles, authority: Simulator, torn: bytes | None
) -> None:
    path = store.folder / "address-book.cbor"
    path.write_bytes(path.read_bytes()[:-9] if torn is None else torn)
    trust = store.load()
    assert trust.address_book_version == 0
    assert [name for name, _ in store.skipped] == ["address-book.cbor"]
    assert [*behind.every(trust)] == [behind.Behind("address-book", 0, 1)]
    with pytest.raises(DprError):
        store.address_book()
    outcomes = store.bring_in([authority.files["address-book"]], now=authority.now).outcomes
    assert [one.state for one in outcomes] == ["taken"]
    assert store.load().address_book_version == 1 and store.skipped == []


def test_a_book_that_was_changed_in_its_place_is_not_used(store: TrustFiles) -> None:
    path = store.folder / "address-book.cbor"
    path.write_bytes(path.read_bytes().replace(b"relay-a.test", b"relay-x.test"))
    assert store.load().address_book_version == 0
    with pytest.raises(DprError, match="address_book_threshold"):
        store.address_book()


def test_what_bars_an_older_book_outlives_the_book(store: TrustFiles, authority: Simulator) -> None:
    first = authority.files["address-book"]
    authority.publish("address-book")
    store.bring_in(authority.files.values(), now=authority.now)
    (store.folder / "address-book.cbor").unlink()
    assert [one.code for one in store.bring_in([first], now=authority.now).outcomes] == ["address_book_older"]


def test_a_version_file_that_is_torn_is_answered_by_the_book(store: TrustFiles) -> None:
    (store.folder / "address-book.version").write_bytes(b"{")
    assert store.load().address_book_version == 1


def test_no_verdict_is_the_worse_for_a_book_that_is_torn_or_missing(store: TrustFiles, authority: Simulator) -> None:
    world = World(now=authority.now)
    now = datetime.fromtimestamp(authority.now, UTC)

    def codes() -> list[tuple[int, str]]:
        found = verify(world.prescription_document(), store.load(), now, policy=world.policy)
        assert isinstance(found, Accepted)
        return [(one.step, one.code) for one in found.checks]

    before = codes()
    (store.folder / "address-book.cbor").write_bytes(b"torn")
    assert codes() == before
    (store.folder / "address-book.cbor").unlink()
    assert codes() == before


def test_a_list_of_issuers_larger_than_any_single_document_comes_in(store: TrustFiles, authority: Simulator) -> None:
    """The authority's lists grow with the country: the cap of single documents is not theirs."""
    numbers = (str(one) for one in range(7350000000000, 7350000100000))
    glns = tuple(one for one in numbers if identifiers.gln_fault(one) is None)[:5000]
    world = World(now=authority.now)
    issuers = tuple(msgspec.structs.replace(one, glns=glns) if one.id == PHARMACIES else one for one in world.issuers())
    authority.versions["trust-list"] += 1
    claims = authority.trust_list_claims()
    claims[-65537][3] = TRUST_LIST.to_cbor(world.trust_list_value(issuers=issuers))[-65537][3]
    large = authority.trust_list(claims)
    assert len(large) > 65_536
    assert [one.state for one in store.bring_in([large], now=authority.now).outcomes] == ["taken"]
