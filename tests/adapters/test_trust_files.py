"""A site's trust data in a folder: what is taken in, what bars it, and what a crash, a full disk or a second process leave."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import pytest

from dpr.adapters import file_change, files, time_floor
from dpr.adapters.trust_credentials import slot
from dpr.adapters.trust_files import TrustFiles
from dpr.core import documents
from dpr.core.errors import DprError, StorageError
from dpr.core.snapshot import MAX_LISTS_OF_ONE_ISSUER
from dpr.core.status import Entries, Status, StatusList
from dpr.core.trust import Trust
from dpr.ports import BroughtIn
from tests.attacks.simulator import Quorum, Simulator, key, revocations_name, status_name
from tests.fuzz.machines import Died
from tests.world import CARE, DAY, NOW, VETERINARIAN, VETS, World

STATUS, REVOCATIONS = f"{status_name(CARE)}.cbor", f"{revocations_name(CARE)}.cbor"


@pytest.fixture
def authority() -> Simulator:
    return Simulator().install()


@pytest.fixture
def site(tmp_path: Path, authority: Simulator) -> TrustFiles:
    """Installed, with the first publication."""
    return installed(tmp_path / "site", authority)


def installed(folder: Path, authority: Simulator) -> TrustFiles:
    folder.mkdir()
    held = TrustFiles(folder)
    held.install(authority.files["roots/1"], fingerprint=None)
    assert not held.bring_in(authority.files.values(), now=authority.now).of("refused")
    return held


def refused(held: TrustFiles, *given: bytes, now: int) -> list[str]:
    """The codes with which they are refused."""
    return [one.code for one in held.bring_in(given, now=now).of("refused")]


def code_of(work: Callable[[], Any]) -> str:
    with pytest.raises(DprError) as caught:
        work()
    return caught.value.code


def content(folder: Path) -> dict[str, bytes]:
    """Every file that a site reads."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def version(held: TrustFiles) -> int:
    return held.load().trust_list.content.version  # type: ignore[union-attr]


# --- what comes in -------------------------------------------------------------------------------------------------------


def test_what_is_brought_in_is_what_is_loaded(site: TrustFiles, authority: Simulator) -> None:
    world = World(now=authority.now)
    assert [one.state for one in site.bring_in([world.credential()], now=authority.now).outcomes] == ["taken"]
    trust = site.load()
    assert trust.trust_list is not None and trust.trust_list.content.version == 1
    assert [chain.document for chain in trust.held(world.prescriber.key.kid)] == [world.credential()]
    assert trust.snapshot is not None and trust.floor == authority.now and trust.root_version == 1
    assert [one.content.entries[0].idx for one in trust.revocations.values()] == [min(authority.revoked)]
    assert site.skipped == []
    assert pickle.loads(pickle.dumps(trust)).held(world.prescriber.key.kid) == trust.held(world.prescriber.key.kid)
    for name, data in authority.files.items():
        assert (site.folder / f"{name}.cbor").read_bytes() == data


def test_the_same_again_changes_nothing(site: TrustFiles, authority: Simulator) -> None:
    before = content(site.folder)
    assert {one.state for one in site.bring_in(authority.files.values(), now=authority.now).outcomes} == {"held"}
    assert content(site.folder) == before


@pytest.mark.parametrize("backwards", [False, True])
def test_five_roots_and_the_lists_under_the_last_come_in_at_once_in_any_order(
    site: TrustFiles, authority: Simulator, backwards: bool
) -> None:
    for number in range(2, 7):
        authority.root_quorum = Quorum(1, (f"root of {number}",))
        authority.lists_quorum = Quorum(1, (f"lists of {number}",))
        authority.snapshot_quorum = Quorum(1, (f"snapshot of {number}",))
        earlier = ("root 1", "root 2") if number == 2 else (f"root of {number - 1}",)
        authority.publish("root", by=(*earlier, f"root of {number}"))
    authority.publish()
    given = list(authority.files.values())
    brought_in = site.bring_in(given[::-1] if backwards else given, now=authority.now)
    assert brought_in.of("refused") == ()
    assert site.root().content.version == 6 and version(site) == 2
    assert (site.folder / "roots" / "4.cbor").read_bytes() == authority.files["roots/4"]


def test_a_root_in_between_that_is_missing_keeps_the_later_ones_out(site: TrustFiles, authority: Simulator) -> None:
    for _ in range(2):
        authority.publish_root()
    assert refused(site, authority.files["roots/3"], now=authority.now) == ["root_version"]
    assert site.root().content.version == 1


def test_a_root_that_voids_the_list_waits_until_the_list_comes_too(site: TrustFiles, authority: Simulator) -> None:
    authority.lists_quorum = Quorum(1, ("another",))
    authority.publish("root")
    authority.publish("trust-list")
    root, trust_list = authority.files["roots/2"], authority.files["trust-list"]
    assert refused(site, root, now=authority.now) == ["root_without_list"]
    assert refused(site, trust_list, now=authority.now) == ["trust_list_threshold"]
    assert site.root().content.version == 1 and version(site) == 1
    assert refused(site, trust_list, root, now=authority.now) == []
    assert site.root().content.version == 2 and version(site) == 2


def test_an_older_list_never_replaces_a_newer_one(site: TrustFiles, authority: Simulator) -> None:
    first = dict(authority.files)
    authority.publish()
    site.bring_in(authority.files.values(), now=authority.now)
    older = [first[name] for name in ("trust-list", "snapshot", status_name(CARE), revocations_name(CARE))]
    found = refused(site, *older, now=authority.now)
    assert found == ["trust_list_older", "snapshot_older", "status_list_older", "revocations_older"]


@pytest.mark.parametrize("held", [True, False])
def test_a_list_below_the_snapshots_minimum_is_better_than_what_was_there(
    site: TrustFiles, authority: Simulator, held: bool
) -> None:
    authority.publish()
    better = [authority.files[name] for name in ("trust-list", status_name(CARE), revocations_name(CARE))]
    authority.publish()
    if not held:
        for name in (STATUS, REVOCATIONS):
            (site.folder / name).unlink()
    site.bring_in([authority.files["snapshot"]], now=authority.now)
    assert refused(site, *better, now=authority.now) == []
    assert version(site) == 2
    assert [(site.folder / f"{name}").read_bytes() for name in ("trust-list.cbor", STATUS, REVOCATIONS)] == better


def test_other_content_that_claims_to_be_as_new_is_refused(site: TrustFiles, authority: Simulator) -> None:
    claims, list_claims = authority.snapshot_claims(), authority.trust_list_claims()
    claims[-65537][2] += 1
    list_claims[-65537][2] += 1
    others = [
        authority.trust_list(list_claims),
        authority.snapshot(claims),
        authority.status_list(entries={5: Status.REVOKED}),
        authority.revocations(entries={5: NOW}),
    ]
    assert refused(site, *others, now=authority.now) == [
        "trust_list_older", "snapshot_older", "status_list_older", "revocations_older",
    ]  # fmt: skip


def test_the_same_content_with_other_signatures_is_held_already(site: TrustFiles, authority: Simulator) -> None:
    before = content(site.folder)
    again = [authority.trust_list(by=("lists 1", "lists 3")), authority.root(by=("root 2", "root 3"))]
    assert not {*again} & {*authority.files.values()}
    assert [one.state for one in site.bring_in(again, now=authority.now).outcomes] == ["held", "held"]
    assert content(site.folder) == before


@pytest.mark.parametrize(("ahead", "fits"), [(300, True), (301, False)])
def test_nothing_is_dated_ahead_of_the_clock(site: TrustFiles, authority: Simulator, ahead: int, fits: bool) -> None:
    now = authority.now
    authority.now += ahead - 60
    authority.publish()
    new = [authority.files[name] for name in ("trust-list", "snapshot", status_name(CARE), revocations_name(CARE))]
    assert refused(site, *new, now=now) == ([] if fits else ["list_from_the_future"] * 4)


def test_each_bad_document_is_named_and_the_others_are_taken(site: TrustFiles, authority: Simulator) -> None:
    authority.publish()
    world = World(now=authority.now)
    given = [b"", b"torn", authority.files["trust-list"], world.prescription_document(), b"\xd8\x62\x84", os.urandom(99)]
    brought_in = site.bring_in(given, now=authority.now)
    assert [(one.place, one.state) for one in brought_in.outcomes] == [
        (0, "refused"), (1, "refused"), (2, "taken"), (3, "refused"), (4, "refused"), (5, "refused"),
    ]  # fmt: skip
    assert version(site) == 2


def test_a_list_from_a_later_version_of_the_program_leaves_the_one_before_in_force(
    site: TrustFiles, authority: Simulator
) -> None:
    authority.versions["trust-list"] = 2
    claims = authority.trust_list_claims()
    claims[-65537][99] = 1
    assert refused(site, authority.trust_list(claims), now=authority.now) == ["later_version"]
    assert version(site) == 1


def test_an_issuers_lists_are_bounded_in_number(site: TrustFiles, authority: Simulator) -> None:
    many = [authority.status_list(uri=f"urn:more:{number}") for number in range(MAX_LISTS_OF_ONE_ISSUER + 3)]
    found = site.bring_in(many, now=authority.now)
    assert {one.code for one in found.of("refused")} == {"lists_too_many"} and len(
        found.of("taken")
    ) == MAX_LISTS_OF_ONE_ISSUER - 1


def test_an_issuers_lists_are_bounded_in_memory(site: TrustFiles, authority: Simulator) -> None:
    """Twelve kilobytes inflate to twelve megabytes."""
    large = Entries(bits=1, lst=bytes(12_000_000))

    def bomb(number: int) -> bytes:
        value = StatusList(uri=f"urn:more:{number}", issued_at=authority.now, entries=large)
        return documents.sign(documents.STATUS_LIST, value, authority.issuer_key(CARE))

    given = [bomb(number) for number in range(3)]
    found = site.bring_in(given, now=authority.now)
    assert [one.state for one in found.outcomes] == ["taken", "taken", "refused"]
    assert refused(site, given[2], now=authority.now) == ["lists_too_many"]
    (site.folder / "status" / "zz.cbor").write_bytes(given[2])  # as a program before this one left it
    trust = site.load()
    assert sum(len(one.entries.lst) for one in trust.status_lists.values()) < 25_000_000
    assert site.skipped == [("status/zz.cbor", "lists_too_many")]


# --- credentials -----------------------------------------------------------------------------------------------------------


def test_a_renewed_credential_is_held_beside_the_one_before_and_an_older_one_comes_too_late(
    site: TrustFiles, authority: Simulator
) -> None:
    world = World(now=authority.now)
    first, renewed = world.credential(), world.credential(valid_from=authority.now, valid_until=authority.now + 90 * DAY)
    other = world.credential(VETERINARIAN, world.prescriber, 3)
    for one in (first, renewed, other):
        assert refused(site, one, now=authority.now) == []
    held = site.load().held(world.prescriber.key.kid)
    assert held[0].document == renewed and len(held) == 3
    assert {chain.issuer.id for chain in held} == {CARE, VETS}
    old = world.credential(valid_from=authority.now - 300 * DAY)
    assert refused(site, old, now=authority.now) == ["credential_older"]


def test_a_key_that_is_renewed_every_week_keeps_a_bounded_number_of_credentials(site: TrustFiles, authority: Simulator) -> None:
    world = World(now=authority.now)
    for week in range(20):
        one = world.credential(valid_from=authority.now + week * 7 * DAY, valid_until=authority.now + 400 * DAY)
        assert refused(site, one, now=authority.now) == []
    held = site.load().held(world.prescriber.key.kid)
    assert len(held) == 8 and held[0].credential.valid_from == authority.now + 19 * 7 * DAY


def test_credentials_are_opened_when_asked_for_and_a_torn_one_is_as_if_it_were_not_held(
    site: TrustFiles, authority: Simulator
) -> None:
    world = World(now=authority.now)
    site.bring_in([world.credential()], now=authority.now)
    path = site.folder / slot(world.prescriber.key.kid, 0)
    with mock.patch.object(documents, "open_credential", side_effect=AssertionError):
        trust = site.load()
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    assert trust.held(world.prescriber.key.kid) == []
    site.bring_in([world.credential()], now=authority.now)
    assert path.read_bytes() == whole and not (site.folder / slot(world.prescriber.key.kid, 1)).exists()


# --- what is torn ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("torn", [b"", b"torn", b"\xd8\x62\x84"])
def test_a_torn_snapshot_is_named_and_the_rest_stays_in_force(site: TrustFiles, authority: Simulator, torn: bytes) -> None:
    first = authority.files["snapshot"]
    authority.publish()
    site.bring_in(authority.files.values(), now=authority.now)
    (site.folder / "snapshot.cbor").write_bytes(torn)
    trust = site.load()
    assert trust.snapshot is None and [name for name, _ in site.skipped] == ["snapshot.cbor"]
    assert trust.floor == authority.now, "the floor was kept"
    assert refused(site, first, now=authority.now) == ["snapshot_older"], "its version was kept"
    assert refused(site, authority.files["snapshot"], now=authority.now) == []
    assert site.load().snapshot is not None


@pytest.mark.parametrize("torn", [b"", b"torn"])
def test_a_torn_trust_list_is_mended_but_not_by_an_older_one(site: TrustFiles, authority: Simulator, torn: bytes) -> None:
    first = authority.files["trust-list"]
    authority.publish()
    site.bring_in([authority.files["trust-list"]], now=authority.now)
    (site.folder / "trust-list.cbor").write_bytes(torn)
    (site.folder / "trust-list.twin").write_bytes(torn)
    with pytest.raises(DprError, match=r"trust-list\.cbor") as caught:
        site.load()
    assert caught.value.code == "trust_file_torn"
    assert refused(site, first, now=authority.now) == ["trust_list_older"]
    assert refused(site, authority.files["trust-list"], now=authority.now) == []
    assert version(site) == 2


@pytest.mark.parametrize("torn", [None, b"", b"torn"])
def test_a_torn_trust_list_is_taken_from_its_twin_and_mended_by_whatever_comes(
    site: TrustFiles, authority: Simulator, torn: bytes | None
) -> None:
    path = site.folder / "trust-list.cbor"
    path.unlink() if torn is None else path.write_bytes(torn)
    assert version(site) == 1
    assert [name for name, _ in site.skipped] == ["trust-list.cbor"]
    site.bring_in([authority.status_list(at=authority.now + 60)], now=authority.now + 60)
    assert path.read_bytes() == authority.files["trust-list"]
    assert version(site) == 1 and site.skipped == []


def test_lists_can_be_brought_in_while_the_trust_list_is_torn(site: TrustFiles, authority: Simulator) -> None:
    for name in ("trust-list.cbor", "trust-list.twin"):
        (site.folder / name).write_bytes(b"torn")
    (site.folder / STATUS).unlink()
    assert refused(site, *authority.files.values(), now=authority.now) == []
    assert version(site) == 1 and len(site.load().status_lists) == 3


@pytest.mark.parametrize("name", ["trust-list", "snapshot"])
@pytest.mark.parametrize(
    "torn", [None, b"", b"{", b'{"version":"9"}', b'{"version":1,"issued_at":1,"sha256":"\xff"}', b"[" * 9999]
)
def test_without_its_version_file_what_is_held_still_bars_what_is_older(
    site: TrustFiles, authority: Simulator, name: str, torn: bytes | None
) -> None:
    first = authority.files[name]
    authority.publish()
    site.bring_in([authority.files[name]], now=authority.now)
    path = site.folder / f"{name}.version"
    path.unlink() if torn is None else path.write_bytes(torn)
    assert refused(site, first, now=authority.now) == [f"{name.replace('-', '_')}_older"]


def test_a_torn_root_is_taken_from_its_twin(site: TrustFiles, authority: Simulator) -> None:
    authority.publish("root")
    site.bring_in(authority.files.values(), now=authority.now)
    (site.folder / "root.cbor").write_bytes(b"torn")
    assert site.load().root_version == 2 and ("root.cbor", "cose_malformed") in site.skipped
    for path in (site.folder / "roots").iterdir():
        path.write_bytes(b"torn")
    assert code_of(site.load) == "trust_file_torn"


def test_a_root_that_is_torn_beyond_help_is_installed_anew(site: TrustFiles, authority: Simulator) -> None:
    for path in (site.folder / "root.cbor", site.folder / "roots" / "1.cbor"):
        path.write_bytes(b"torn")
    root = authority.files["root"]
    assert code_of(lambda: site.install(root, fingerprint="00" * 32)) == "root_fingerprint_differs"
    site.install(root, fingerprint=documents.fingerprint(root))
    assert version(site) == 1 and site.skipped == []


def test_one_torn_list_among_many_is_left_out_and_named(site: TrustFiles) -> None:
    (site.folder / STATUS).write_bytes((site.folder / STATUS).read_bytes()[:-5])
    trust = site.load()
    assert len(trust.status_lists) == 2 and [name for name, _ in site.skipped] == [STATUS]


def test_a_site_that_is_not_set_up_says_what_is_missing(tmp_path: Path, authority: Simulator) -> None:
    held = TrustFiles(tmp_path)
    assert code_of(held.load) == code_of(lambda: held.bring_in([], now=NOW)) == "trust_not_set_up"
    held.install(authority.files["root"], fingerprint=None)
    with pytest.raises(DprError, match=r"trust-list\.cbor"):
        held.load()


# --- installing ------------------------------------------------------------------------------------------------------------


def test_the_first_root_is_compared_by_its_fingerprint_and_no_other_replaces_it(tmp_path: Path, authority: Simulator) -> None:
    held, root = TrustFiles(tmp_path), authority.files["root"]
    told = documents.fingerprint(root)
    assert code_of(lambda: held.install(root, fingerprint="00" * 32)) == "root_fingerprint_differs"
    assert code_of(held.root) == "trust_not_set_up"
    held.install(root, fingerprint=" ".join(told[at : at + 4] for at in range(0, 64, 4)).upper())
    held.install(root, fingerprint=None)
    stranger = Simulator(root_quorum=Quorum(1, ("stranger",))).install().files["root"]
    assert code_of(lambda: held.install(stranger, fingerprint=None)) == "root_exists"
    assert held.root_document() == root


# --- keys that are exchanged -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["lists", "snapshot"])
def test_a_root_that_exchanges_a_stolen_key_frees_the_site_from_the_greatest_version(
    site: TrustFiles, authority: Simulator, role: str
) -> None:
    kind = {"lists": "trust-list", "snapshot": "snapshot"}[role]
    honest = dict(authority.versions)
    authority.versions[kind] = 2**40 - 1
    authority.publish(*(["trust-list"] if role == "lists" else ["status"]))
    site.bring_in([authority.files[kind]], now=authority.now)
    authority.versions |= honest | {kind: 5}
    authority.publish()
    assert refused(site, authority.files[kind], now=authority.now) == [f"{kind.replace('-', '_')}_older"]
    setattr(authority, f"{role}_quorum", Quorum(1, (f"{role} after the theft",)))
    authority.publish("root", "trust-list", "status", "revocations")
    assert refused(site, *authority.files.values(), now=authority.now) == []
    trust = site.load()
    assert trust.trust_list is not None and trust.snapshot is not None
    assert max(trust.trust_list.content.version, trust.snapshot.content.version) < 20


def test_a_key_exchanged_among_several_that_remain_keeps_what_they_signed_in_force(
    site: TrustFiles, authority: Simulator
) -> None:
    first = authority.files["trust-list"]
    authority.publish()
    site.bring_in(authority.files.values(), now=authority.now)
    authority.lists_quorum = Quorum(2, ("lists 1", "lists 2", "lists 4"))
    authority.publish("root")
    site.bring_in(authority.files.values(), now=authority.now)
    assert site.root().content.version == 2 and version(site) == 2
    (site.folder / "trust-list.cbor").write_bytes(b"torn")
    (site.folder / "snapshot.cbor").unlink()
    assert refused(site, first, now=authority.now) == ["trust_list_older"]


# --- time ------------------------------------------------------------------------------------------------------------------


def test_a_clock_set_back_bars_as_before_and_lowers_nothing(site: TrustFiles, authority: Simulator) -> None:
    first = dict(authority.files)
    authority.now += 30 * DAY
    authority.publish()
    site.bring_in(authority.files.values(), now=authority.now)
    (site.folder / "snapshot.cbor").unlink()
    back = NOW - 400 * DAY
    older = [first[name] for name in ("trust-list", status_name(CARE), revocations_name(CARE))]
    assert refused(site, *older, now=back) == ["trust_list_older", "status_list_older", "revocations_older"]
    assert site.load().floor == authority.now


def test_a_newer_list_with_an_earlier_date_lowers_no_floor(site: TrustFiles, authority: Simulator) -> None:
    before = authority.now
    authority.now -= 1800
    authority.publish("trust-list")
    site.bring_in([authority.files["trust-list"], authority.files["snapshot"]], now=before)
    assert version(site) == 2 and site.load().floor == before
    assert time_floor.read(site.folder).instant == before


def test_a_snapshot_may_forget_the_lists_of_an_issuer_that_is_gone_and_of_no_other(
    site: TrustFiles, authority: Simulator
) -> None:
    authority.now += 60
    authority.versions |= {"trust-list": 2, "snapshot": 2}
    claims = authority.trust_list_claims()
    claims[-65537][3] = [issuer for issuer in claims[-65537][3] if issuer[0] != VETS]
    fewer = authority.trust_list(claims)
    forgetting = authority.snapshot_claims()
    del forgetting[-65537][3][status_name(VETS)]
    snapshot = authority.snapshot(forgetting)
    assert refused(site, snapshot, now=authority.now) == ["snapshot_lowers_minimum"]
    assert refused(site, snapshot, fewer, now=authority.now) == []
    assert site.load().snapshot.content.version == 2  # type: ignore[union-attr]


def test_who_has_the_online_key_cannot_climb_ahead_of_the_clock(site: TrustFiles, authority: Simulator) -> None:
    now = authority.now
    for number in range(2, 8):
        claims = authority.snapshot_claims()
        claims[6], claims[-65537][0] = now + 290 + number, number
        claims[-65537][2] = claims[6] + DAY
        site.bring_in([authority.snapshot(claims)], now=now)
        claims[6], claims[-65537][0] = site.load().floor + 300, number + 100
        assert refused(site, authority.snapshot(claims), now=now) == ["list_from_the_future"]
    assert site.load().floor <= now + 300


@pytest.mark.parametrize("role", ["snapshot", "lists"])
def test_what_an_exchanged_key_proved_of_the_time_counts_no_more(site: TrustFiles, authority: Simulator, role: str) -> None:
    honest, far = authority.now, authority.now + 400 * DAY
    authority.now = far
    authority.publish(*(["trust-list"] if role == "lists" else ["status"]))
    kind = {"lists": "trust-list", "snapshot": "snapshot"}[role]
    site.bring_in([authority.files[kind]], now=authority.now)
    assert site.load().floor == authority.now
    authority.now = honest + 60
    setattr(authority, f"{role}_quorum", Quorum(1, (f"{role} after the theft",)))
    authority.publish("root", "trust-list", "status", "revocations")
    assert refused(site, *authority.files.values(), now=authority.now) == []
    assert site.load().floor == authority.now
    assert time_floor.read(site.folder).instant == authority.now


def test_an_issuers_list_raises_no_floor(site: TrustFiles, authority: Simulator) -> None:
    before = site.load().floor
    site.bring_in([authority.status_list(at=authority.now + 200)], now=authority.now)
    assert site.load().floor == before


@pytest.mark.parametrize("instant", [b'"x"', b"9223372036854775807", b"-1", b"5", b""])
def test_a_torn_floor_is_said_and_the_lists_own_times_count(site: TrustFiles, authority: Simulator, instant: bytes) -> None:
    (site.folder / "time-floor.json").write_bytes(b'{"instant":' + instant + b"}")
    assert site.load().floor == authority.now
    assert site.skipped == [("time-floor.json", "time_floor_torn")]
    authority.publish()
    site.bring_in(authority.files.values(), now=authority.now)
    (site.folder / "snapshot.cbor").unlink()
    assert site.load().floor == authority.now and site.skipped == []


def test_a_named_person_gets_the_site_back_from_lists_dated_far_ahead(site: TrustFiles, authority: Simulator) -> None:
    right, year = authority.now + 3600, 365 * DAY
    authority.now += year
    authority.publish()
    site.bring_in(authority.files.values(), now=authority.now)  # our clock was wrong too
    assert site.load().floor == authority.now
    far = authority.now

    def reset(**changes: Any) -> time_floor.Floor:
        return site.reset_floor(**({"to": right, "acting": "a1b2c3d4", "reason": "clock in 2027", "now": right} | changes))

    assert code_of(lambda: reset(reason="191212121212")) == code_of(lambda: reset(acting=" ")) == "clock_reset_words"
    assert code_of(lambda: reset(to=NOW - year)) == "clock_reset_below_root"
    assert code_of(lambda: reset(to=far)) == "clock_reset_not_needed"
    assert not (site.folder / "trust-log.jsonl").exists()
    reset()
    assert site.load().floor == right
    line = msgspec.json.decode((site.folder / "trust-log.jsonl").read_bytes())
    assert line == {"at": right, "what": "clock_reset", "as": "a1b2c3d4", "reason": "clock in 2027", "from": far, "to": right}
    authority.now, authority.files = right, {name: data for name, data in authority.files.items() if "/" not in name}
    authority.publish()
    new = [authority.files[name] for name in (status_name(CARE), revocations_name(CARE), "trust-list")]
    (site.folder / "snapshot.cbor").unlink()  # it asks for the far lists: only a new root or the authority helps
    (site.folder / "snapshot.version").unlink()
    assert refused(site, *new, now=authority.now) == [], "a list that is doubted bars nothing"
    older = authority.status_list(at=right - 60)
    assert refused(site, older, now=authority.now) == ["status_list_older"], "and its successor does again"


# --- crashes, full disks, two processes --------------------------------------------------------------------------------------


STEPS = ("open", "fsync", "rename", "replace", "mkdir", "unlink", "rmdir")


class Steps:
    """Counts what is done to the disk, and ends it at one of these steps."""

    def __init__(self, at: int, end: BaseException) -> None:
        self.left, self.end = at, end

    def __enter__(self) -> Steps:
        self._patches = [mock.patch.object(os, name, self._wrapped(getattr(os, name))) for name in STEPS]
        for one in self._patches:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._patches:
            one.stop()

    def _wrapped(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **options: Any) -> Any:
            self.left -= 1
            if not self.left:
                raise self.end
            return work(*args, **options)

        return step


def every_end(end: BaseException, folder: Path, news: list[bytes], now: int) -> Iterator[TrustFiles]:
    """A copy of the site for each step at which a bringing in can end, ended there; the last one reaches the end."""
    for at in range(1, 400):
        copy = folder.with_name(f"copy-{at}")
        shutil.copytree(folder, copy)
        held = TrustFiles(copy)
        try:
            with Steps(at, end) as steps:
                held.bring_in(news, now=now)
        except (Died, StorageError):
            pass
        yield held
        shutil.rmtree(copy)
        if steps.left > 0:
            return
    raise AssertionError("it has no end")


@pytest.mark.parametrize("end", [Died(), OSError(28, "No space left on device")])
def test_whatever_ends_a_bringing_in_what_loads_is_the_old_state_or_the_new_one(
    site: TrustFiles, authority: Simulator, end: BaseException
) -> None:
    """A root that exchanges the keys of the lists, with lists that only the new keys have signed."""
    old = content(site.folder)["trust-list.cbor"]
    authority.lists_quorum = Quorum(1, ("lists 9",))
    authority.snapshot_quorum = Quorum(1, ("snapshot 9",))
    authority.publish("root", "trust-list", "status", "revocations")
    states = set()
    for held in every_end(end, site.folder, list(authority.files.values()), authority.now):
        trust = held.load()
        assert held.skipped == []
        assert trust.trust_list is not None and trust.snapshot is not None and trust.root_version is not None
        versions = {trust.root_version, trust.trust_list.content.version, trust.snapshot.content.version}
        times = {one.issued_at for one in (*trust.status_lists.values(), *trust.revocations.values())}
        assert len(versions) == 1 and len(times) == 1, "never a mixture"
        states.add(trust.root_version)
        # The next one is not kept from its work by what was left behind.
        assert not held.bring_in(authority.files.values(), now=authority.now).of("refused")
        assert held.load().root_version == 2
        assert not [path for path in held.folder.iterdir() if path.name in (".incoming", ".taken")]
    assert states == {1, 2} and old != authority.files["trust-list"]


def test_a_full_disk_is_named_and_leaves_everything_as_it_was(site: TrustFiles, authority: Simulator) -> None:
    before = content(site.folder)
    authority.publish()
    with mock.patch.object(os, "fsync", side_effect=OSError(28, "No space left on device")):
        assert code_of(lambda: site.bring_in(authority.files.values(), now=authority.now)) == "file_not_written"
    assert content(site.folder) == before


def test_a_reader_between_the_commit_and_the_moves_sees_the_new_state(site: TrustFiles, authority: Simulator) -> None:
    authority.publish("root", "trust-list", "status", "revocations")
    with mock.patch.object(file_change, "finish", lambda folder: None):
        site.bring_in(authority.files.values(), now=authority.now)
    assert (site.folder / ".taken" / "root.cbor").exists()
    trust = site.load()
    assert trust.root_version == 2 and version(site) == 2 and site.skipped == []
    site.bring_in([], now=authority.now)
    assert not (site.folder / ".taken").exists() and version(site) == 2


def test_a_list_that_is_moved_to_its_place_while_names_are_read_is_not_missed(tmp_path: Path) -> None:
    aside, place = tmp_path / ".taken" / "status", tmp_path / "status"
    for folder in (aside, place):
        folder.mkdir(parents=True)
    (aside / "a.cbor").write_bytes(b"list")
    seen = os.scandir

    def scandir(path: Path) -> Any:
        found = list(seen(path))
        if (aside / "a.cbor").exists():  # the writer, just after one of the two was read
            (aside / "a.cbor").replace(place / "a.cbor")
        return contextlib.nullcontext(found)

    with mock.patch.object(os, "scandir", scandir):
        assert file_change.names(tmp_path, "status") == ["status/a.cbor"]


def _bring_in(folder: Path, news: list[bytes], now: int) -> BroughtIn:
    return TrustFiles(folder).bring_in(news, now=now)


def test_two_processes_at_once_leave_the_newest_state(site: TrustFiles, authority: Simulator) -> None:
    publications = []
    for _ in range(6):
        authority.publish()
        publications.append(list(authority.files.values()))
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        work = [pool.apply_async(_bring_in, (site.folder, one, authority.now)) for one in publications]
        assert version(site) >= 1, "a reader is never kept waiting"
        for one in work:
            one.get(60)
    trust = site.load()
    assert version(site) == 7 and trust.snapshot is not None and trust.snapshot.content.version == 7
    assert {one.issued_at for one in trust.status_lists.values()} == {authority.now}


_KILLED = """
import os, sys, signal
from pathlib import Path
from dpr.adapters.trust_files import TrustFiles
left = [int(sys.argv[3])]
def audit(event, args):
    if event in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir"):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
folder, stick, at, now = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
news = [path.read_bytes() for path in sorted(stick.glob("*"))]
held = TrustFiles(folder)
held.load()
sys.addaudithook(audit)
held.bring_in(news, now=now)
"""


@pytest.mark.parametrize("at", [3, 25, 38, 45, 52, 60, 70])
def test_a_process_killed_in_the_middle_leaves_a_state_that_loads(
    site: TrustFiles, authority: Simulator, tmp_path: Path, at: int
) -> None:
    authority.lists_quorum = Quorum(1, ("lists 9",))
    authority.publish("root", "trust-list", "status", "revocations")
    stick = tmp_path / "stick"
    stick.mkdir()
    for number, data in enumerate(authority.files.values()):
        (stick / str(number)).write_bytes(data)
    words = [sys.executable, "-c", _KILLED, str(site.folder), str(stick), str(at), str(authority.now)]
    ended = subprocess.run(words, check=False, capture_output=True, timeout=60)
    assert ended.returncode in (0, -9), ended.stderr
    assert site.load().root_version == version(site)
    assert not site.bring_in(authority.files.values(), now=authority.now).of("refused")
    assert version(site) == 2


def test_a_credential_is_found_by_its_hint_among_many_without_listing_them(site: TrustFiles, authority: Simulator) -> None:
    world = World(now=authority.now)
    given = [world.credential(key=key(f"prescriber {number}"), idx=number) for number in range(40)]
    assert len(site.bring_in(given, now=authority.now).of("taken")) == 40
    trust: Trust = site.load()
    with (
        mock.patch.object(os, "scandir", side_effect=AssertionError),
        mock.patch.object(files, "read", wraps=files.read) as read,
    ):
        assert [chain.document for chain in trust.held(key("prescriber 33").key.kid)] == [given[33]]
    assert read.call_count <= 3
