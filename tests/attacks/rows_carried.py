"""Attacks in what is carried: its size, number, names and order, on a stick and over HTTP, and mirrors that lie.

Rules: as tests/attacks/table.py. `stage.mirror` says how a mirror behaves for a file (tests/attacks/mirror.py); `stage.extra`
is on the stick beside the published files.

Example: `endless_snapshot(stage)`
"""

from __future__ import annotations

import os
import zlib

from dpr.core import cose
from dpr.core.kinds import STATUS_LIST
from tests.attacks.simulator import CONTENT, GREATEST, key, resigned, sign_by_one, signatures_of, status_name
from tests.attacks.stage import Stage
from tests.attacks.table import attack
from tests.world import CARE, DAY, status_uri

STATUS = status_name(CARE)


@attack(
    "honest-publication",
    "test_basic.py::test_basic_refresh_requests",
    "test_basic.py::test_basic_refresh_trusted_data",
    "test_basic.py::test_metadata_bytes_match",
    "tuf-spec 5.4.5 timestamp kept",
    "tuf-spec 5.5.7 snapshot kept",
    "tuf-spec 5.6.6 targets kept",
    does="is no attack: the third publication arrives",
    answer="all of it is in force, byte for byte as it was published",
)
def honest_publication(stage: Stage) -> None:
    assert stage.served == stage.news


@attack(
    "no-news",
    "test_file_download.py::test_artifact_cache",
    "tuf-spec 5.4.3.1 timestamp version",
    does="is no attack: the publication that is held arrives once more",
    answer="nothing changes, and nothing is an error",
)
def no_news(stage: Stage) -> None:
    stage.served = dict(stage.held)


@attack(
    "order-reversed",
    "python-tuf test_trusted_metadata_set.py::test_out_of_order_ops",
    does="hands the files over in the worst order: what rests on others before them",
    answer="the order of files decides nothing",
    paths="stick",
)
def order_reversed(stage: Stage) -> None:
    stage.in_order = sorted(stage.served, reverse=True)


@attack(
    "full-disk",
    "python-tuf test_updater_ng.py::test_persist_metadata_fails",
    "tuf-spec 5 recoverable",
    does="is no attacker but a disk: it is full when the third publication is written",
    answer="named; everything stays as it was, and the next attempt is whole",
    told="file_not_written",
    graded="",
)
def full_disk(stage: Stage) -> None:
    stage.largest_file_bytes = 300


def _endless(stage: Stage, name: str) -> None:
    stage.mirror[name] = "endless"
    stage.sparse.append(name)


@attack(
    "endless-snapshot",
    "tuf-spec 1.5.2 endless data",
    "tuf-spec 5.4.1 timestamp size",
    "tuf-spec 5.5.1 snapshot size",
    "python-tuf test_updater_top_level_update.py::test_max_metadata_lengths",
    "python-tuf test_fetcher_ng.py::test_download_bytes_length_mismatch",
    does="sends a snapshot that does not end; puts one of 16 GB on a stick",
    answer="reading ends at a cap",
    told="file_too_large",
    told_by_mirror="mirror_too_large",
)
def endless_snapshot(stage: Stage) -> None:
    _endless(stage, "snapshot")


@attack(
    "endless-root",
    "tuf-spec 1.5.2 endless data",
    "tuf-spec 5.3.3 root size and number",
    "python-tuf test_updater_top_level_update.py::test_max_metadata_lengths",
    does="the same with the next root",
    answer="reading ends at a cap",
    told="file_too_large",
    told_by_mirror="mirror_too_large",
    graded="root_behind_snapshot",
)
def endless_root(stage: Stage) -> None:
    _endless(stage, "roots/3")
    _endless(stage, "root")


@attack(
    "endless-lists",
    "tuf-spec 1.5.2 endless data",
    "tuf-spec 5.6.1 targets size",
    "python-tuf test_updater_top_level_update.py::test_max_metadata_lengths",
    does="the same with the trust list and a status list",
    answer="reading ends at a cap",
    told="file_too_large",
    told_by_mirror="mirror_too_large",
    graded="trust_list_behind_snapshot status_behind_snapshot",
)
def endless_lists(stage: Stage) -> None:
    _endless(stage, "trust-list")
    _endless(stage, STATUS)


@attack(
    "list-that-inflates",
    "tuf-spec 1.5.2 endless data",
    does="signs, with a stolen issuer's key, a status list of kilobytes that inflates to gigabytes",
    answer="inflating ends at a cap: refused",
    told="status_list_malformed",
    graded="status_behind_snapshot",
)
def list_that_inflates(stage: Stage) -> None:
    packer = zlib.compressobj(9)
    block = bytes(1024 * 1024)
    packed = b"".join(packer.compress(block) for _ in range(64)) + packer.flush()
    claims = {2: status_uri(CARE), 6: stage.now, 65533: {"bits": 1, "lst": packed}}
    stage.served[STATUS] = sign_by_one(STATUS_LIST.typ, claims, stage.authority.issuer_key(CARE))


@attack(
    "signatures-without-end",
    "tuf-spec 1.5.2 endless data",
    does="adds a thousand signatures to a trust list, each of which would cost a verification",
    answer="more than can stand beside what is signed: refused unread",
    told="document_too_large",
    graded="trust_list_behind_snapshot",
)
def signatures_without_end(stage: Stage) -> None:
    document = stage.news["trust-list"]
    header = cose.protected_header(key("lists 3").key, {})
    stage.served["trust-list"] = resigned(document, [*signatures_of(document), *[(header, bytes(64))] * 1000])


@attack(
    "signatures-too-many",
    "tuf-spec 1.5.2 endless data",
    does="adds forty signatures to a trust list",
    answer="more signatures than there can be keys: refused before one is verified",
    told="cose_malformed",
    graded="trust_list_behind_snapshot",
)
def signatures_too_many(stage: Stage) -> None:
    document = stage.news["trust-list"]
    header = cose.protected_header(key("lists 3").key, {})
    stage.served["trust-list"] = resigned(document, [*signatures_of(document), *[(header, bytes(64))] * 40])


@attack(
    "names-without-end",
    "tuf-spec 1.5.2 endless data",
    does="names, with the stolen online key, a hundred thousand lists in a snapshot",
    answer="more than there can be: refused",
    told="list_length",
)
def names_without_end(stage: Stage) -> None:
    claims = stage.attacker.snapshot_claims()
    claims[CONTENT][3] |= {f"status/{number:024x}": 1 for number in range(100_000)}
    stage.served["snapshot"] = stage.attacker.snapshot(claims)


def _unusual_name(name: str) -> None:
    @attack(
        f"name-{name}",
        f"test_quoting_issues.py::test_unusual_role_name[{name.removeprefix('status/')}]",
        does=f"names, with the stolen online key, a list `{name}` in a snapshot",
        answer="a name has small letters, digits, hyphens and one slash: refused, and nothing is asked for or written there",
        told="snapshot_name",
    )
    def act(stage: Stage) -> None:
        claims = stage.attacker.snapshot_claims()
        claims[CONTENT][3][name] = 1
        stage.served["snapshot"] = stage.attacker.snapshot(claims)
        stage.served[name] = stage.news[STATUS]


for _name in ("?", "#", "/delegatedrole", "../delegatedrole"):
    _unusual_name(_name)


@attack(
    "links-on-a-stick",
    "tuf-spec 1.5.2 wrong software",
    does="puts a symbolic link to a device that never ends in the place of a status list",
    answer="a link is not followed",
    paths="stick",
    graded="status_behind_snapshot",
)
def links_on_a_stick(stage: Stage) -> None:
    stage.links[STATUS] = os.devnull.replace("null", "zero")


@attack(
    "list-nobody-asked-for",
    "tuf-spec 1.5.2 extraneous dependencies",
    "test_updater_delegation_graphs.py::test_delegation_not_in_snapshot",
    does="puts a list of a kind that dpr does not know, and documents of a stranger, beside the published files",
    answer="refused by name; the rest comes in",
    paths="stick",
    told="document_kind_unknown chain_issuer_unknown",
)
def list_nobody_asked_for(stage: Stage) -> None:
    by = key("stranger 1")
    stage.extra = [
        sign_by_one("dpr-price-list", {1: "se-test", 6: stage.now}, by),
        sign_by_one(
            "application/statuslist+cwt", {2: "urn:x", 6: stage.now, 65533: {"bits": 1, "lst": zlib.compress(b"\0")}}, by
        ),
    ]


@attack(
    "lists-of-one-issuer-without-end",
    "tuf-spec 1.5.2 endless data",
    "tuf-spec 1.5.2 extraneous dependencies",
    does="signs, with a stolen issuer's key, hundreds of status lists that no credential refers to",
    answer="an issuer fills no disk: beyond a bound they are refused",
    paths="stick",
    told="lists_too_many",
    reaches="others",
)
def lists_of_one_issuer_without_end(stage: Stage) -> None:
    attacker = stage.attacker
    stage.extra = [attacker.status_list(uri=f"urn:more:{number}") for number in range(300)]


@attack(
    "mirror-lies-first",
    "tuf-spec 1.5.2 malicious mirrors",
    "tuf-spec 5 recoverable",
    does="is the first of two mirrors, and gives a stranger's snapshot and lists",
    answer="the lie is named, and everything comes from the other mirror",
    paths="mirror",
    told="snapshot_threshold",
)
def mirror_lies_first(stage: Stage) -> None:
    stage.second_mirror = dict(stage.news)
    stage.served["snapshot"] = stage.attacker.snapshot(by=("stranger 1",))
    stage.served["trust-list"] = stage.attacker.trust_list(by=("stranger 1", "stranger 2"))


@attack(
    "mirror-stale-first",
    "tuf-spec 1.5.2 malicious mirrors",
    "tuf-spec 1.5.2 indefinite freeze",
    does="is the first of two mirrors, and gives the publication that is held for ever",
    answer="the newest snapshot of all mirrors counts: the news comes in",
    paths="mirror",
    told="mirror_stale",
)
def mirror_stale_first(stage: Stage) -> None:
    stage.second_mirror = dict(stage.news)
    stage.served = dict(stage.held)


@attack(
    "mirror-with-the-online-key",
    "tuf-spec 1.5.2 malicious mirrors",
    "tuf-spec 1.5.2 key compromises",
    does="is the first of two mirrors, has stolen the online key, and signs a greater snapshot that is dated ahead",
    answer="it is refused, and hides nothing of what the other mirror has",
    paths="mirror",
    told="list_from_the_future",
)
def mirror_with_the_online_key(stage: Stage) -> None:
    stage.second_mirror = dict(stage.news)
    attacker = stage.attacker
    attacker.versions["snapshot"], attacker.now = GREATEST, stage.now + DAY
    stage.served["snapshot"] = attacker.snapshot()


@attack(
    "forged-roots",
    "tuf-spec 5.3.3 root size and number",
    "tuf-spec 1.5.2 endless data",
    does="puts more than a thousand forged roots before the right one on a stick",
    answer="each is refused, and the right one is found",
    paths="stick",
    told="root_threshold_not_met",
)
def forged_roots(stage: Stage) -> None:
    attacker = stage.attacker
    for number in range(1100):
        attacker.now += 1
        stage.served[f"roots/0-{number:04}"] = stage.served["root"] = attacker.root(by=("stranger 1",))


@attack(
    "snapshots-that-forget",
    "tuf-spec 1.5.2 endless data",
    "tuf-spec 5.5.5 names in snapshot",
    does="puts six hundred snapshots on a stick that a stolen online key has signed, each of which forgets an issuer's list",
    answer="each is refused, in bounded time, and the honest one is taken",
    paths="stick",
    told="snapshot_lowers_minimum",
)
def snapshots_that_forget(stage: Stage) -> None:
    attacker = stage.attacker
    for _ in range(600):
        attacker.versions["snapshot"] += 1
        claims = attacker.snapshot_claims()
        del claims[CONTENT][3][STATUS]
        stage.extra.append(attacker.snapshot(claims))


def _behaving(name: str, behaviour: str, told: str, does: str, *sources: str) -> None:
    @attack(
        name,
        "tuf-spec 1.5.2 malicious mirrors",
        *sources,
        does=f"is the first of two mirrors, and {does}",
        answer="the mirror is named, and everything comes from the other one",
        paths="mirror",
        told=told,
    )
    def act(stage: Stage) -> None:
        stage.mirror[""] = behaviour
        stage.second_mirror = dict(stage.news)


_behaving(
    "mirror-slow",
    "slow",
    "mirror_slow",
    "sends a byte now and then",
    "python-tuf test_fetcher_ng.py::test_response_read_timeout",
)
_behaving(
    "mirror-silent",
    "silent",
    "mirror_slow",
    "takes the request and never answers",
    "python-tuf test_fetcher_ng.py::test_session_get_timeout",
)
_behaving(
    "mirror-packs",
    "gzip",
    "mirror_answer",
    "answers with a Content-Encoding that inflates to a hundred megabytes",
    "tuf-spec 1.5.2 endless data",
)
_behaving(
    "mirror-redirects",
    "redirect",
    "mirror_answer",
    "redirects to another machine",
    "tuf-spec 1.5.2 wrong software",
)
_behaving(
    "mirror-portal",
    "portal",
    "cbor_malformed cose_malformed",
    "answers every request with a web page (a captive portal)",
    "tuf-spec 1.5.2 wrong software",
)
_behaving("mirror-cut", "cut", "mirror_unreachable", "ends the connection in the middle of a file")
_behaving(
    "mirror-error", "error", "mirror_answer", "answers 500 to everything", "python-tuf test_fetcher_ng.py::test_http_error"
)
_behaving(
    "mirror-unchanged",
    "unchanged",
    "mirror_answer",
    "answers 304 to one who holds nothing of it",
    "tuf-spec 1.5.2 indefinite freeze",
)
