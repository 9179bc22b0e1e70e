"""Fetching from mirrors that are dead, slow, stale or lie: the best of all that verifies, as one change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from dpr.core.status import Status
from dpr.flows.refresh import AT_ONCE, MOST_FAILURES, Refreshed, refresh
from tests.attacks.simulator import Quorum, Simulator, revocations_name, status_name
from tests.fakes.mirror_memory import MemoryMirror
from tests.fakes.trust_store_memory import MemoryTrustStore
from tests.world import CARE, DAY

ISSUERS_LISTS = 3


@pytest.fixture
def authority() -> Simulator:
    return Simulator().install()


@pytest.fixture
def site(authority: Simulator) -> MemoryTrustStore:
    held = MemoryTrustStore(authority.files["roots/1"])
    held.bring_in(authority.files.values(), now=authority.now, skew_seconds=300)
    return held


async def fetch(site: MemoryTrustStore, authority: Simulator, *mirrors: MemoryMirror, **changes: Any) -> Refreshed:
    options: dict[str, Any] = {"etags": {}, "now": authority.now, "skew_seconds": 300, "seconds": 20} | changes
    return await refresh(store=site, mirrors=mirrors, **options)


def codes(found: Refreshed) -> list[tuple[str, str, str]]:
    return [(one.mirror, one.name, one.code) for one in found.faults]


def versions(site: MemoryTrustStore) -> tuple[int, int, int]:
    trust = site.load()
    assert trust.trust_list and trust.snapshot and trust.root_version
    return trust.root_version, trust.trust_list.content.version, trust.snapshot.content.version


async def test_an_empty_site_gets_everything_that_the_snapshot_names(authority: Simulator) -> None:
    held = MemoryTrustStore(authority.files["root"])
    told: list[tuple[int, int]] = []
    found = await fetch(held, authority, MemoryMirror(authority.files), progress=lambda done, total: told.append((done, total)))
    assert found.faults == () and found.brought_in is not None and not found.brought_in.of("refused")
    assert versions(held) == (1, 1, 1) and len(held.load().status_lists) == ISSUERS_LISTS
    assert told[0] == (0, ISSUERS_LISTS + 1) and told[-1] == (ISSUERS_LISTS + 1, ISSUERS_LISTS + 1)


async def test_only_what_is_behind_is_asked_for(site: MemoryTrustStore, authority: Simulator) -> None:
    authority.publish("revocations")
    mirror = MemoryMirror(authority.files)
    await fetch(site, authority, mirror)
    assert mirror.asked == ["snapshot", revocations_name(CARE)]
    assert versions(site)[2] == 2


async def test_what_has_not_changed_costs_one_question(site: MemoryTrustStore, authority: Simulator) -> None:
    mirror = MemoryMirror(authority.files)
    first = await fetch(site, authority, mirror)
    assert first.etags and mirror.asked == ["snapshot"]
    second = await fetch(site, authority, mirror, etags=first.etags)
    assert second.brought_in is None and second.answered == ("memory",) and second.etags == first.etags
    assert mirror.asked == ["snapshot"] * 2


async def test_a_304_does_not_hide_a_list_that_is_still_missing(site: MemoryTrustStore, authority: Simulator) -> None:
    authority.publish()
    name = status_name(CARE)
    mirror = MemoryMirror({key: data for key, data in authority.files.items() if key != name})
    first = await fetch(site, authority, mirror)
    assert ("", name, "mirror_without_list") in codes(first) and first.etags
    mirror.files[name] = authority.files[name]
    second = await fetch(site, authority, mirror, etags=first.etags)
    assert second.faults == () and site.load().status_lists[CARE, f"urn:dpr:status:{CARE}"].issued_at == authority.now


async def test_no_etag_is_kept_of_a_snapshot_that_could_not_be_taken(site: MemoryTrustStore, authority: Simulator) -> None:
    authority.now += DAY
    authority.publish()
    found = await fetch(site, authority, MemoryMirror(authority.files), now=authority.now - DAY)
    assert ("memory", "snapshot", "list_from_the_future") in codes(found) and found.etags == {}
    assert versions(site) == (1, 1, 1)


async def test_five_roots_while_away_are_followed_one_by_one(site: MemoryTrustStore, authority: Simulator) -> None:
    for number in range(2, 7):
        authority.root_quorum = Quorum(1, (f"root of {number}",))
        authority.lists_quorum = Quorum(1, (f"lists of {number}",))
        authority.snapshot_quorum = Quorum(1, (f"snapshot of {number}",))
        earlier = ("root 1", "root 2") if number == 2 else (f"root of {number - 1}",)
        authority.publish("root", by=(*earlier, f"root of {number}"))
    authority.publish()
    mirror = MemoryMirror(authority.files)
    found = await fetch(site, authority, mirror)
    assert found.faults == () and versions(site)[:2] == (6, 2)
    assert [name for name in mirror.asked if name.startswith("roots/")] == [f"roots/{number}" for number in range(2, 7)]


@pytest.mark.parametrize("code", ["mirror_unreachable", "mirror_slow", "mirror_too_large", "mirror_answer"])
async def test_a_mirror_that_fails_is_named_and_the_next_one_gives_everything(
    site: MemoryTrustStore, authority: Simulator, code: str
) -> None:
    authority.publish()
    bad, good = MemoryMirror({}, name="bad", failing={"": code}), MemoryMirror(authority.files, name="good")
    found = await fetch(site, authority, bad, good)
    assert versions(site) == (1, 2, 2) and set(codes(found)) == {("bad", "snapshot", code)}
    assert len(bad.asked) == 1, "it comes last, and the other has everything"


async def test_a_mirror_that_fails_half_way_is_not_asked_for_ever(site: MemoryTrustStore, authority: Simulator) -> None:
    many = {status_name(CARE, uri): authority.status_list(uri=uri) for uri in (f"urn:more:{number}" for number in range(30))}
    authority.files |= many
    authority.publish()
    bad = MemoryMirror(authority.files, name="bad", failing=dict.fromkeys(many, "mirror_slow"))
    good = MemoryMirror(authority.files | {"snapshot": b""}, name="good")
    await fetch(site, authority, bad, good)
    assert versions(site) == (1, 2, 2) and len(site.load().status_lists) == ISSUERS_LISTS + 30
    assert len([name for name in bad.asked if name in many]) <= MOST_FAILURES + AT_ONCE


async def test_of_several_snapshots_the_highest_that_verifies_counts(site: MemoryTrustStore, authority: Simulator) -> None:
    stale = MemoryMirror(authority.files, name="stale")
    authority.publish()
    middle = MemoryMirror(authority.files, name="middle")
    authority.publish()
    newest = MemoryMirror(authority.files, name="newest")
    forger = MemoryMirror(authority.files | {"snapshot": authority.snapshot(by=("forger",))}, name="forger")
    found = await fetch(site, authority, stale, forger, middle, newest)
    assert versions(site) == (1, 3, 3)
    assert ("forger", "snapshot", "snapshot_threshold") in codes(found)
    assert set(found.answered) == {"stale", "middle", "newest"}
    assert found.etags.keys() == {"stale", "middle", "newest"}
    again = await fetch(site, authority, stale)
    assert codes(again) == [("stale", "snapshot", "mirror_stale")] and versions(site) == (1, 3, 3)


@pytest.mark.parametrize("held", [True, False])
async def test_where_no_mirror_has_the_newest_list_the_best_that_was_given_is_taken(
    site: MemoryTrustStore, authority: Simulator, held: bool
) -> None:
    name, before = status_name(CARE), dict(authority.files)
    authority.publish()
    better = dict(authority.files)
    authority.publish()
    newest = {"snapshot": authority.files["snapshot"], "trust-list": before["trust-list"], name: before[name]}
    if not held:
        del site.documents[name]
    old, middle = MemoryMirror(authority.files | newest, name="old"), MemoryMirror(better, name="middle")
    found = await fetch(site, authority, old, middle)
    assert versions(site) == (1, 2, 3) and site.documents[name] == better[name]
    stale = {(mirror, asked) for mirror, asked, code in codes(found) if code == "mirror_stale"}
    assert stale == {("old", "trust-list"), ("old", name), ("middle", "trust-list"), ("middle", name)}
    assert {asked for mirror, asked, code in codes(found) if (mirror, code) == ("", "mirror_without_list")} == {
        "trust-list",
        name,
    }
    details = [one.detail for one in found.faults if one.name == name and one.code == "mirror_stale"]
    assert all("at least 2026-11-21" in one for one in details), "a time, in no seconds"


LIES: Mapping[str, Any] = {
    "another issuer's list": lambda authority: authority.status_list("SE5560000001-T002"),
    "an older list": lambda authority: authority.status_list(at=authority.now - 3600),
    "a torn list": lambda authority: authority.status_list()[:-3],
    "a list by a stranger": lambda authority: authority.status_list(by=authority.world.vets, uri="urn:x"),
    "another kind": lambda authority: authority.files["trust-list"],
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_mirror_that_lies_about_a_list_is_named_and_the_next_one_asked(
    site: MemoryTrustStore, authority: Simulator, lie: str
) -> None:
    authority.status[900] = Status.REVOKED
    authority.publish()
    name = status_name(CARE)
    liar = MemoryMirror(authority.files | {name: LIES[lie](authority)}, name="liar")
    found = await fetch(site, authority, liar, MemoryMirror(authority.files, name="good"))
    assert [(mirror, asked) for mirror, asked, _ in codes(found)] == [("liar", name)]
    assert site.load().status_lists[CARE, f"urn:dpr:status:{CARE}"].entries[900] is Status.REVOKED


async def test_mirrors_that_give_nothing_leave_everything_as_it_is(site: MemoryTrustStore, authority: Simulator) -> None:
    before = dict(site.documents)
    found = await fetch(site, authority, MemoryMirror({}, name="empty"), MemoryMirror({"snapshot": b"<html>"}, name="portal"))
    assert found.answered == () and found.brought_in is None
    assert ("empty", "snapshot", "mirror_without_list") in codes(found)
    assert site.documents == before


async def test_what_was_found_when_the_time_ran_out_is_taken(site: MemoryTrustStore, authority: Simulator) -> None:
    authority.publish()
    stuck = MemoryMirror(authority.files, failing={status_name(CARE): "never"})
    found = await fetch(site, authority, stuck, seconds=0.5)
    assert found.timed_out and versions(site) == (1, 2, 2)
    assert ("", "", "mirror_slow") in codes(found)
    times = sorted(one.issued_at for one in site.load().status_lists.values())
    assert times[0] < authority.now == times[-1]


async def test_a_root_whose_list_nobody_has_waits(site: MemoryTrustStore, authority: Simulator) -> None:
    authority.lists_quorum = Quorum(1, ("another",))
    authority.publish("root", "trust-list", "status", "revocations")
    mirror = MemoryMirror({name: data for name, data in authority.files.items() if name != "trust-list"})
    found = await fetch(site, authority, mirror)
    assert found.brought_in is not None
    assert "root_without_list" in [one.code for one in found.brought_in.of("refused")]
    assert site.root().content.version == 1
    mirror.files["trust-list"] = authority.files["trust-list"]
    await fetch(site, authority, mirror, etags=found.etags)
    assert versions(site)[:2] == (2, 2)


async def test_a_newer_address_book_is_fetched_last(site: MemoryTrustStore, authority: Simulator) -> None:
    authority.publish("trust-list", "status", "revocations", "address-book")
    mirror = MemoryMirror(authority.files)
    found = await fetch(site, authority, mirror)
    assert found.faults == () and mirror.asked[-1] == "address-book"
    assert site.load().address_book_version == 1
    again = MemoryMirror(authority.files)
    await fetch(site, authority, again)
    assert again.asked == ["snapshot"]


async def test_an_address_book_that_no_mirror_has_keeps_no_list_out(site: MemoryTrustStore, authority: Simulator) -> None:
    authority.publish("trust-list", "address-book")
    files = {name: data for name, data in authority.files.items() if name != "address-book"}
    found = await fetch(site, authority, MemoryMirror(files))
    assert codes(found) == [("", "address-book", "mirror_without_list")]
    assert versions(site)[1] == 2


async def test_the_newest_address_book_of_several_mirrors_is_taken(site: MemoryTrustStore, authority: Simulator) -> None:
    authority.publish("address-book")
    stale = dict(authority.files)
    authority.publish("address-book")
    forged = authority.files | {"address-book": authority.address_book(by=("lists 1",))}
    mirrors = [
        MemoryMirror(authority.files | {"address-book": stale["address-book"]}, name="stale"),
        MemoryMirror(forged, name="forged"),
        MemoryMirror(authority.files, name="good"),
    ]
    found = await fetch(site, authority, *mirrors)
    assert codes(found) == [
        ("stale", "address-book", "mirror_stale"), ("forged", "address-book", "address_book_threshold"),
    ]  # fmt: skip
    assert site.load().address_book_version == 2


async def test_a_slow_address_book_does_not_keep_back_what_came_before_it(site: MemoryTrustStore, authority: Simulator) -> None:
    authority.publish("trust-list", "status", "address-book")
    found = await fetch(site, authority, MemoryMirror(authority.files, failing={"address-book": "never"}), seconds=0.5)
    assert found.timed_out
    assert versions(site)[1] == 2 and site.load().address_book_version == 0


async def test_an_address_book_that_the_snapshot_does_not_name_is_not_asked_for(
    site: MemoryTrustStore, authority: Simulator
) -> None:
    authority.publish("trust-list")
    mirror = MemoryMirror(authority.files)
    await fetch(site, authority, mirror)
    assert "address-book" not in mirror.asked
