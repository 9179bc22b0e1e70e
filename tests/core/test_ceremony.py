"""Ceremonies: what is signed is what was shown, by enough different keys that may, and nothing else comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpr.adapters.key_files import KeyFile
from dpr.core import cbor, ceremony, cose, documents
from dpr.core.ceremony import Draft, Edition, Signature
from dpr.core.ceremony_changes import IssuerChanges, concerns, issuer_changes
from dpr.core.errors import DocumentError, DprError
from dpr.core.kinds import ROOT, SNAPSHOT, TRUST_LIST
from dpr.core.prescription import PrescriptionKind
from dpr.core.root import Quorum, Root, RootContent
from dpr.core.snapshot import Snapshot, SnapshotContent
from dpr.core.trust_list import Environment, TrustList
from tests.world import CARE, DAY, NOW, PHARMACIES, World, signer

ANNA, BERTIL, CARL, DORA, STRANGER, ONLINE = map(
    signer, ("custodian anna", "custodian bertil", "custodian carl", "custodian dora", "a stranger", "online")
)
THREE = (ANNA, BERTIL, CARL)


def quorum(threshold: int, *keys: KeyFile) -> Quorum:
    return Quorum(threshold=threshold, keys=tuple(one.key for one in keys))


def root_value(version: int = 1, **changes: Any) -> Root:
    content = {
        "version": version,
        "environment": Environment.TEST,
        "root": quorum(2, *THREE),
        "lists": quorum(2, *THREE),
        "snapshot": quorum(1, ONLINE),
    } | changes
    return Root(authority="se-test", issued_at=NOW + version, content=RootContent(**content))


def root_draft(version: int = 1, **changes: Any) -> Draft:
    return ceremony.draft(ROOT, root_value(version, **changes))


def list_draft(**changes: Any) -> Draft:
    return ceremony.draft(TRUST_LIST, World().trust_list_value(**changes))


def snapshot_draft(version: int = 1) -> Draft:
    content = SnapshotContent(version=version, environment=Environment.TEST, next_update=NOW + DAY, minimums={"root": 1})
    return ceremony.draft(SNAPSHOT, Snapshot(authority="se-test", issued_at=NOW, content=content))


def signed(draft: Draft, *signers: KeyFile) -> list[Signature]:
    return [ceremony.read_signature(ceremony.sign(draft, one).encode()) for one in signers]


def refused(code: str, draft: Draft, signatures: Sequence[Signature], **options: Any) -> DocumentError:
    options = {"held_root": root_value()} | options
    with pytest.raises(DocumentError) as error:
        ceremony.merge(draft, signatures, **options)
    assert error.value.code == code, error.value
    return error.value


# --- who must sign -----------------------------------------------------------------------------------------------------------


def test_enough_custodians_make_a_first_root_a_list_and_the_online_key_a_snapshot() -> None:
    first = root_draft()
    document = ceremony.merge(first, signed(first, ANNA, CARL), held_root=None)
    root = documents.open_root(document, None)
    assert root == first.value and documents.fingerprint(document) == first.fingerprint
    listed, latest = list_draft(), snapshot_draft()
    assert documents.open_trust_list(ceremony.merge(listed, signed(listed, BERTIL, CARL), held_root=root), root.anchor)
    assert documents.open_snapshot(ceremony.merge(latest, signed(latest, ONLINE), held_root=root), root)


@pytest.mark.parametrize("who", [(), (ANNA,), (ANNA, ANNA, ANNA)], ids=["nobody", "one", "one three times"])
def test_a_key_counts_once_and_too_few_make_nothing(who: tuple[KeyFile, ...]) -> None:
    listed = list_draft()
    error = refused("signatures_missing", listed, signed(listed, *who))
    assert error.detail == f"lists {len(set(who))}/2"
    refused("signatures_missing", root_draft(), signed(root_draft(), *who), held_root=None)


def test_one_key_with_two_different_signatures_counts_once() -> None:
    listed = list_draft()
    key = signer("custodian anna", "EdDSA")
    held = root_value(lists=quorum(2, key, BERTIL))
    (one,) = signed(listed, key)
    refused("signatures_missing", listed, [one, one._replace(signature=bytes(one.signature))], held_root=held)


def test_who_is_missing_is_named_by_key() -> None:
    listed = list_draft()
    found = ceremony.collect(listed, signed(listed, CARL), held_root=root_value())
    (standing,) = ceremony.standings(listed, found, held_root=root_value())
    assert (standing.role, standing.met, standing.signed) == ("lists", False, (CARL.key,))
    assert standing.missing == (ANNA.key, BERTIL.key)


def test_a_signature_of_a_key_that_may_not_sign_is_refused_and_named() -> None:
    listed = list_draft()
    error = refused("signature_not_entitled", listed, signed(listed, ANNA, BERTIL, STRANGER))
    assert STRANGER.key.thumbprint.hex()[:16] in error.detail


def test_the_online_key_signs_no_list_and_no_root() -> None:
    listed, second = list_draft(), root_draft(2)
    refused("signature_not_entitled", listed, signed(listed, ONLINE))
    refused("signature_not_entitled", second, signed(second, ANNA, BERTIL, ONLINE))


def test_the_custodians_sign_no_snapshot() -> None:
    latest = snapshot_draft()
    refused("signature_not_entitled", latest, signed(latest, ANNA, BERTIL))


def test_an_earlier_roots_key_may_stand_beside_the_others_and_counts_for_nothing() -> None:
    listed = list_draft()
    refused("signatures_missing", listed, signed(listed, ANNA, DORA), others=[DORA.key])
    document = ceremony.merge(listed, signed(listed, ANNA, CARL, DORA), held_root=root_value(), others=[DORA.key])
    before = root_value(lists=quorum(2, ANNA, DORA)).anchor
    assert documents.open_trust_list(document, before) == documents.open_trust_list(document, root_value().anchor)


def test_a_list_without_a_root_is_refused() -> None:
    refused("ceremony_root_missing", list_draft(), [], held_root=None)


# --- what is signed ----------------------------------------------------------------------------------------------------------


def test_a_signature_for_another_draft_is_refused_even_with_its_digest_changed() -> None:
    listed, other = list_draft(), list_draft(next_update=NOW + 8 * DAY)
    theirs = signed(other, ANNA, BERTIL)
    refused("signature_other_draft", listed, theirs)
    digest = signed(listed, ANNA)[0].digest
    refused("signature_invalid", listed, [one._replace(digest=digest) for one in theirs])


def test_a_signature_over_the_same_payload_as_another_kind_is_refused() -> None:
    listed = list_draft()
    (one,) = signed(listed, ANNA)
    refused("signature_other_draft", listed, [one._replace(typ="dpr-root")])


def test_a_draft_that_was_altered_after_it_was_shown_has_another_fingerprint_and_no_signatures() -> None:
    listed = list_draft()
    altered = ceremony.read_draft(listed.encode().replace(b"Region Test", b"Region Fusk"))
    assert altered.fingerprint != listed.fingerprint
    refused("signature_other_draft", altered, signed(listed, ANNA, BERTIL))


@pytest.mark.parametrize("where", ["claims", "issuer", "unknown issuer"])
def test_a_draft_that_says_what_is_not_shown_is_refused(where: str) -> None:
    claims = TRUST_LIST.claims.to_cbor(World().trust_list_value())
    content: Any = claims[-65537]
    if where == "claims":
        content[-1] = "what a later version adds"
    elif where == "issuer":
        content[3][0][-1] = 7
    else:
        content[3].append(content[3][0] | {0: "SE0000000000-X", 2: 99, 3: [STRANGER.key.to_cose()]})
    payload = cbor.encode(claims)
    assert documents.read_claims(TRUST_LIST, payload)  # a site takes it
    with pytest.raises(DocumentError, match="draft_not_understood"):
        ceremony.read_draft(cbor.encode(["dpr-trust-list", payload]))


@pytest.mark.parametrize(
    "data",
    [b"", b"\x82", cbor.encode([]), cbor.encode(["dpr-root"]), cbor.encode(["dpr-prescription", b""]),
     cbor.encode(["dpr-root", "text"]), cbor.encode(["dpr-root", b"", b""]), cbor.encode({0: "dpr-root"})],
)  # fmt: skip
def test_what_is_no_draft_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError, match="draft_malformed"):
        ceremony.read_draft(data)


@pytest.mark.parametrize("data", [b"", cbor.encode([b"1" * 31, "dpr-root", {}, b""]), cbor.encode([1, 2, 3, 4])])
def test_what_is_no_signature_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError, match="signature_file_malformed"):
        ceremony.read_signature(data)


@settings(max_examples=150)
@given(st.binary(max_size=300), st.integers(0, 2**16), st.sampled_from(["draft", "signature", "document"]))
def test_torn_and_altered_files_end_in_a_named_error_or_the_same_value(noise: bytes, at: int, what: str) -> None:
    draft = root_draft()
    whole = {
        "draft": draft.encode(),
        "signature": ceremony.sign(draft, ANNA).encode(),
        "document": ceremony.merge(draft, signed(draft, ANNA, CARL), held_root=None),
    }[what]
    at %= len(whole)
    data = whole[:at] + noise + whole[at + len(noise) :]
    read: Any = {"draft": ceremony.read_draft, "signature": ceremony.read_signature, "document": ceremony.content_of}[what]
    try:
        found = read(data)
    except DprError:
        return
    if what != "document":
        assert found.encode() == data


def test_a_draft_and_a_signature_are_read_as_they_were_written() -> None:
    for draft in (root_draft(), list_draft(), snapshot_draft()):
        assert ceremony.read_draft(draft.encode()) == draft
        one = ceremony.sign(draft, ANNA)
        assert ceremony.read_signature(one.encode()) == one
        assert ceremony.is_signature(one.encode()) and not ceremony.is_signature(draft.encode())


def test_what_a_document_says_is_the_draft_that_was_signed() -> None:
    draft = root_draft()
    document = ceremony.merge(draft, signed(draft, ANNA, CARL), held_root=None)
    assert ceremony.content_of(document) == draft
    with pytest.raises(DocumentError, match="document_kind_unknown"):
        ceremony.content_of(cose.assemble(cbor.encode({cose.TYP: "dpr-other"}), b"\xa0", [(b"", b"")]))


# --- versions and time -------------------------------------------------------------------------------------------------------


def test_a_version_never_stands_for_two_contents() -> None:
    first, other = list_draft(), list_draft(next_update=NOW + 8 * DAY)
    refused("draft_outdated", other, signed(other, ANNA, CARL), previous=first.edition)
    newer = first.edition._replace(version=2)
    refused("draft_outdated", first, signed(first, ANNA, CARL), previous=newer)
    again = ceremony.merge(first, signed(first, *THREE), held_root=root_value(), previous=first.edition)
    assert len(cbor.decode(again).value[3]) == 3


def test_nothing_is_dated_before_what_was_published() -> None:
    second = list_draft(version=2)
    before = Edition(1, second.value.issued_at + 1, "00")
    refused("clock_behind_published", second, signed(second, ANNA, CARL), previous=before)
    assert ceremony.merge(second, signed(second, ANNA, CARL), held_root=root_value(), previous=before, clock_was_ahead=True)


def test_the_first_root_is_version_one_and_the_next_follows() -> None:
    for version, held, code in (
        (2, None, "root_version"),
        (1, root_value(), "root_version"),
        (3, root_value(), "root_version"),
    ):
        draft = root_draft(version)
        refused(code, draft, signed(draft, ANNA, CARL), held_root=held)


# --- rotation ----------------------------------------------------------------------------------------------------------------


def test_an_old_client_follows_the_roots_from_one_to_three() -> None:
    first = root_draft()
    second = root_draft(2, root=quorum(2, ANNA, BERTIL, DORA), lists=quorum(2, ANNA, BERTIL, DORA))
    third = root_draft(3, root=quorum(2, BERTIL, DORA), lists=quorum(2, BERTIL, DORA))
    one = ceremony.merge(first, signed(first, ANNA, CARL), held_root=None)
    two = ceremony.merge(second, signed(second, ANNA, BERTIL), held_root=first.value)
    three = ceremony.merge(third, signed(third, ANNA, BERTIL, DORA), held_root=second.value)
    held: Root | None = None
    for document in (one, two, three):
        held = documents.open_root(document, held)
    assert held == third.value
    with pytest.raises(DocumentError, match="root_version"):
        documents.open_root(three, first.value)


def test_the_next_root_needs_enough_of_the_keys_before_and_of_its_own() -> None:
    replaced = root_draft(2, root=quorum(2, DORA, STRANGER))
    refused("signatures_missing", replaced, signed(replaced, DORA, STRANGER))
    error = refused("signatures_missing", replaced, signed(replaced, ANNA, BERTIL))
    assert error.detail == "root 0/2"
    assert ceremony.merge(replaced, signed(replaced, ANNA, BERTIL, DORA, STRANGER), held_root=root_value())


def test_a_stolen_root_key_alone_makes_no_root() -> None:
    alone = root_draft(2, root=quorum(1, STRANGER), lists=quorum(1, STRANGER))
    refused("signatures_missing", alone, signed(alone, ANNA, STRANGER))
    forged = documents.sign_by_many(ROOT, alone.value, [ANNA, STRANGER])  # by another program
    with pytest.raises(DocumentError, match="root_threshold_not_met"):
        documents.open_root(forged, root_value())


@pytest.mark.parametrize("change", [{"environment": Environment.PRODUCTION}, {}], ids=["environment", "authority"])
def test_a_root_for_somebody_else_is_refused(change: dict[str, Any]) -> None:
    value = root_value(2, **change)
    other = ceremony.draft(ROOT, value if change else msgspec.structs.replace(value, authority="annan"))
    refused("root_environment" if change else "root_authority", other, signed(other, ANNA, BERTIL))


# --- what deserves a second look ---------------------------------------------------------------------------------------------


def codes(value: Any, against: Any = None) -> set[str]:
    return {one.code for one in concerns(value, against=against)}


def test_a_first_root_of_two_of_three_is_only_the_first() -> None:
    assert codes(root_value()) == {"ceremony_first"}
    assert codes(root_value(2), root_value()) == set()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"root": quorum(1, ANNA, BERTIL)}, "ceremony_threshold_one"),
        ({"lists": quorum(1, *THREE)}, "ceremony_threshold_lower"),
        ({"root": quorum(3, *THREE)}, "ceremony_no_spare_key"),
        ({"root": quorum(2, DORA, STRANGER, signer("x"))}, "ceremony_root_replaced"),
        ({"lists": quorum(2, CARL, DORA, STRANGER)}, "ceremony_list_loses_quorum"),
        ({"snapshot": quorum(1, DORA)}, "ceremony_snapshot_loses_quorum"),
        ({"version": 4}, "ceremony_version_skips"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_risky_in_a_root_is_said(changes: dict[str, Any], code: str) -> None:
    assert code in codes(root_value(**({"version": 2} | changes)), root_value())


def test_exchanging_one_key_of_three_leaves_the_list_its_quorum() -> None:
    assert codes(root_value(2, lists=quorum(2, ANNA, BERTIL, DORA)), root_value()) == set()


def issuer(place: int, **changes: Any) -> Any:
    return msgspec.structs.replace(World().issuers()[place], **({"valid_until": NOW + 300 * DAY} | changes))


def listed(*issuers: Any, version: int = 2, **changes: Any) -> TrustList:
    issuers = (*issuers, *(issuer(place) for place in range(len(issuers), 3))) if len(issuers) != 2 else issuers
    return World().trust_list_value(version=version, issuers=issuers, **changes)


@pytest.mark.parametrize(
    ("value", "code", "detail"),
    [
        (listed(issuer(0), issuer(2)), "ceremony_issuer_gone", PHARMACIES),
        (listed(issuer(0, keys=(STRANGER.key,))), "ceremony_issuer_key", CARE),
        (listed(issuer(0), issuer(1, glns=("7350000000009", "7350000000016"))), "ceremony_scope_wider", PHARMACIES),
        (listed(issuer(0, organisations=("SE2321000016", "SE5560000001"))), "ceremony_scope_wider", CARE),
        (listed(issuer(0, valid_from=issuer(0).valid_from + 1)), "ceremony_validity_later", CARE),
        (listed(issuer(0, valid_until=NOW + 401 * DAY)), "ceremony_long_validity", CARE),
        (listed(issuer(0, valid_until=NOW + DAY)), "ceremony_ends_before_update", CARE),
        (listed(next_update=NOW + 40 * DAY), "ceremony_late_update", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_risky_in_a_list_is_said_and_of_whom(value: TrustList, code: str, detail: str) -> None:
    found = [one for one in concerns(value, against=listed(version=1)) if one.code == code]
    assert [one.detail.partition(":")[0] for one in found] == [detail]


def test_a_list_that_changes_nothing_and_one_that_only_narrows_worry_nobody() -> None:
    narrowed = listed(issuer(0, kinds=(PrescriptionKind.PRESCRIPTION,)))
    assert codes(listed(), listed(version=1)) == set()
    assert codes(listed(issuer(0, valid_from=issuer(0).valid_from - 1)), listed(version=1)) == set()
    assert codes(narrowed, listed(version=1)) == set()


def test_what_changes_between_two_lists_is_said_member_by_member() -> None:
    before = listed(version=1)
    after = (issuer(0, name="Region Ny", professions=World().issuers()[0].professions[::-1]), issuer(2))
    found = issuer_changes(before, after)
    assert isinstance(found, IssuerChanges) and found.unchanged == 1
    assert [one.id for one in found.removed] == [PHARMACIES]
    ((changed, changes),) = found.changed
    assert changed.id == CARE
    assert [tuple(one) for one in changes] == [("name", "Region Test", "Region Ny"), ("professions", (), ())]


def test_a_lower_minimum_is_said() -> None:
    lower = snapshot_draft(2).value
    content = msgspec.structs.replace(lower.content, version=1, minimums={"status/a": 5, "root": 1})
    before = msgspec.structs.replace(lower, content=content)
    assert codes(lower, before) == {"ceremony_minimum_lower"}
