"""Whom an issuer vouches for, and what it decides afterwards: nobody without the key, nobody twice, revoked for good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dpr.adapters import files
from dpr.adapters.key_files import KeyFile
from dpr.apps.issuer_bulk import renew
from dpr.apps.issuer_decisions import lift, revoke, suspend
from dpr.apps.issuer_entries import Given
from dpr.apps.issuer_folder import DAY, IssuerFolder, described, validity
from dpr.apps.issuer_key import NEXT, prepare, take_into_use
from dpr.core import documents
from dpr.core.errors import InputError, StorageError
from dpr.core.revocation import Reason
from dpr.core.status import Status
from dpr.core.trust_list import Environment, TrustList, TrustListContent
from tests.apps.issuers import AT, ID, PHYSICIAN, code_of, give, holder, issuer, later, request, trust
from tests.world import GLN, NOW, signer


def entry(region: IssuerFolder, name: str) -> Given:
    """The latest entry of the key `name`."""
    with region.records.reading() as entries:
        return [*entries.where("id = ?", signer(name).key.thumbprint[:8].hex(), order="valid_from, superseded DESC")][-1]


def revoked(region: IssuerFolder, which: Path | str, **changes: Any) -> list[Given]:
    """Revokes at `AT`."""
    given: dict[str, Any] = {"revoked_from": None, "reason": Reason.OTHER, "now": AT} | changes
    return revoke(region, str(which), **given)


def published_list(region: IssuerFolder, folder: Path, description: str = NEXT) -> Path:
    """A trust list of the authority's that admits the issuer as a description has it."""
    admitted = msgspec.structs.replace(described(region.folder / description), valid_from=NOW, valid_until=NOW + 10**7)
    content = TrustListContent(version=1, environment=Environment.TEST, next_update=NOW + 10**6, issuers=(admitted,))
    value = TrustList(authority="se-test", issued_at=NOW, content=content)
    path = folder / "trust-list.cbor"
    path.write_bytes(documents.sign_by_many(documents.TRUST_LIST, value, [signer("root")]))
    return path


# --- vouching -------------------------------------------------------------------------------------------------------------


def test_a_credential_verifies_and_says_what_was_asked_for(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p", days=30)
    chain = documents.open_credential(path.read_bytes(), trust(region))
    credential = chain.credential
    assert credential.key == signer("p").key and credential.holder.name == PHYSICIAN["name"]
    assert credential.valid_from <= NOW < credential.valid_until <= NOW + 30 * DAY
    assert credential.status.uri == region.uri and credential.status.idx == entry(region, "p").index


def test_the_same_key_and_holder_again_are_a_renewal_under_the_same_index(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    first = entry_after(region, give(region, tmp_path, "p", days=30))
    second = entry_after(region, give(region, tmp_path, "p", days=60, now=later(DAY)))
    assert first.status.idx == second.status.idx and first.valid_until < second.valid_until
    with region.records.reading() as entries:
        assert len(list(entries.where())) == 1


def entry_after(region: IssuerFolder, path: Path) -> Any:
    """The credential in a file."""
    return documents.open_credential(path.read_bytes(), trust(region)).credential


def test_changed_details_of_one_person_are_an_entry_of_their_own_and_the_old_one_is_superseded(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    before = entry_after(region, give(region, tmp_path, "p"))
    after = entry_after(region, give(region, tmp_path, "p", name="Test Testsson Ny", now=later(1)))
    assert before.status.idx != after.status.idx
    with region.records.reading() as entries:
        superseded = {one.index: one.superseded for one in entries.where()}
    assert superseded == {before.status.idx: True, after.status.idx: False}
    give(region, tmp_path, "p", now=later(2))  # and back again
    with region.records.reading() as entries:
        superseded = {one.index: one.superseded for one in entries.where()}
    assert superseded == {before.status.idx: False, after.status.idx: True}


def test_a_key_never_vouches_for_two_people(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    give(region, tmp_path, "p")
    assert code_of(lambda: give(region, tmp_path, "p", prescriber_code="8888888")) == "key_of_another"


def test_a_request_that_proves_no_possession_gets_nothing(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    made = request(tmp_path, "p")
    made.write_bytes(made.read_bytes()[:-1] + b"\0")
    words = (made, holder(tmp_path), tmp_path / "p.cbor")
    assert code_of(lambda: region.issue(*words, days=1, now=AT)) == "key_request_invalid"
    assert not (tmp_path / "p.cbor").exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"profession": "VT"}, "scope_role"),
        ({"profession": "AP", "prescriber_code": None}, "holder_profession"),
        ({"workplace": {"name": "x", "place": "y", "hsa_id": "SE5555555555-B1"}}, "scope_organisation"),
        ({"workplace": None}, "holder_workplace"),
        ({"phone": None}, "holder_phone"),
        ({"gln": GLN}, "holder_gln"),
    ],
)
def test_nobody_is_vouched_for_whom_a_pharmacy_would_refuse(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    region = issuer(tmp_path, organisations=["SE2321000016"])
    give(region, tmp_path, "q", workplace={"name": "x", "place": "y", "hsa_id": "SE2321000016-B1"})
    with pytest.raises(InputError) as caught:
        give(region, tmp_path, "p", **changes)
    assert caught.value.code == "holder_invalid" and code in {one.code for one in caught.value.problems}


@pytest.mark.parametrize(("role", "holder_role"), [("relay_operator", "relay"), ("register", "register")])
def test_relay_operators_and_registers_vouch_for_their_own_kind_alone(tmp_path: Path, role: str, holder_role: str) -> None:
    own = issuer(tmp_path, role=role)
    nothing = dict.fromkeys(("prescriber_code", "profession", "phone", "workplace"))
    credential = entry_after(own, give(own, tmp_path, "n", role=holder_role, name="Nod 1", **nothing))
    assert credential.holder.role.name.lower() == holder_role
    with pytest.raises(InputError):
        give(own, tmp_path, "p")


def test_issuer_json_has_the_scope_that_was_asked_for(tmp_path: Path) -> None:
    issuer(tmp_path, organisations=["SE2321000016", "SE5555555555"])
    written = json.loads((tmp_path / "region" / "issuer.json").read_text("utf-8"))
    assert written["organisations"] == ["SE2321000016", "SE5555555555"] and "valid_until" not in written
    for wrong in ("SE232100001", "232100-0016", "SE2321000016-A1"):
        assert code_of(lambda one=wrong: issuer(tmp_path / "other", organisations=[one])) == "setup_invalid"


# --- the key --------------------------------------------------------------------------------------------------------------


def test_the_key_may_lie_elsewhere_and_another_than_the_issuers_signs_nothing(tmp_path: Path) -> None:
    made = KeyFile.create(tmp_path / "elsewhere.pem")
    issuer(tmp_path, signer=made)
    folder = tmp_path / "region"
    assert not (folder / "key.pem").exists()
    given = give(IssuerFolder(folder, key=str(tmp_path / "elsewhere.pem")), tmp_path, "p")
    assert entry_after(IssuerFolder(folder), given)
    KeyFile.create(tmp_path / "wrong.pem")
    wrong = IssuerFolder(folder, key=str(tmp_path / "wrong.pem"))
    assert code_of(lambda: give(wrong, tmp_path, "q")) == "issuer_key_differs"
    with wrong.records.reading() as entries:
        assert len(list(entries.where())) == 1


@pytest.mark.parametrize("stolen", [False, True])
def test_an_exchanged_key_signs_and_the_one_before_counts_unless_it_was_stolen(tmp_path: Path, stolen: bool) -> None:
    region = issuer(tmp_path)
    old, before = region.signer.key, (region.folder / "key.pem").read_bytes()
    first = give(region, tmp_path, "p").read_bytes()
    made = prepare(region, signer=None, passphrase=None, stolen=stolen)
    assert IssuerFolder(region.folder).signer.key == old, "until the authority's list has the new one"
    other = published_list(region, tmp_path, "issuer.json")
    assert code_of(lambda: take_into_use(IssuerFolder(region.folder), other)) == "issuer_key_not_admitted"
    assert IssuerFolder(region.folder).signer.key == old
    assert take_into_use(IssuerFolder(region.folder), published_list(region, tmp_path)) == made
    again = IssuerFolder(region.folder)
    assert again.signer.key == made != old and again.issuer.keys == ((made,) if stolen else (made, old))
    assert (region.folder / f"key-before-{made.kid.hex()}.pem").read_bytes() == before
    assert {path.stat().st_mode & 0o077 for path in region.folder.glob("*.pem")} == {0}
    known = trust(again)
    if stolen:
        assert code_of(lambda: documents.open_credential(first, known)) == "chain_issuer_unknown"
    else:
        assert documents.open_credential(first, known)
    (done,) = renew(again, tmp_path / "out", until=validity(30, NOW), within_days=30, everybody=True, now=AT).issued
    renewed = documents.open_credential((tmp_path / "out" / "p.cbor").read_bytes(), known).credential
    ended = documents.read_claims(documents.CREDENTIAL_KIND, documents.split(first)[1]).valid_until
    assert renewed.status.idx == done.given.index and renewed.valid_until == ended, "not shorter than it was"


def test_a_preparation_that_was_broken_off_leaves_the_key_that_signs_and_can_be_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = issuer(tmp_path)

    def full(*_words: Any, **_more: Any) -> None:
        raise StorageError("file_not_written", "")

    with monkeypatch.context() as patch:
        patch.setattr(files, "replace", full)
        assert code_of(lambda: prepare(region, signer=None, passphrase=None, stolen=True)) == "file_not_written"
    give(IssuerFolder(region.folder), tmp_path, "p")
    made = prepare(IssuerFolder(region.folder), signer=None, passphrase=None, stolen=True)
    take_into_use(IssuerFolder(region.folder), published_list(region, tmp_path))
    assert IssuerFolder(region.folder).issuer.keys == (made,) and not (region.folder / "key.next.pem").exists()


def test_a_key_elsewhere_is_the_issuers_once_it_is_admitted_and_key_pem_stays(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    old = region.signer.key
    reserve = prepare(region, signer=signer("reserve"), passphrase=None, stolen=False)
    assert code_of(lambda: prepare(region, signer=signer("other"), passphrase=None, stolen=False)) == "issuer_key_waiting"
    take_into_use(region, published_list(region, tmp_path))
    again = IssuerFolder(region.folder)
    assert again.issuer.keys == (reserve, old) and again.signer.key == old


def test_a_key_is_not_exchanged_for_itself_and_what_is_no_list_admits_nothing(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    assert code_of(lambda: prepare(region, signer=region.signer, passphrase=None, stolen=True)) == "issuer_key_held"
    assert code_of(lambda: take_into_use(region, tmp_path / "none")) == "issuer_key_not_waiting"
    prepare(region, signer=None, passphrase=None, stolen=False)
    for data in (b"", b"\xd8\x62", published_list(region, tmp_path).read_bytes()[:-9], b'{"x": 1}'):
        (tmp_path / "torn").write_bytes(data)
        assert code_of(lambda: take_into_use(region, tmp_path / "torn")) == "authority_list_unreadable"
    assert code_of(lambda: take_into_use(region, tmp_path / "none")) == "file_missing"


# --- decisions ------------------------------------------------------------------------------------------------------------


def test_revoked_is_for_good_and_its_instant_moves_only_back(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    (one,) = revoked(region, path, revoked_from=NOW + 100, reason=Reason.EMPLOYMENT_ENDED, reference="CASE-1")
    said = (one.status, one.revoked_from, one.reason, one.reference)
    assert said == (Status.REVOKED, NOW + 100, Reason.EMPLOYMENT_ENDED, "CASE-1")
    for action in (lift, suspend):
        assert code_of(lambda act=action: act(region, str(path), now=AT)) == "credential_is_revoked"
    assert code_of(lambda: revoked(region, path, revoked_from=NOW + 200)) == "credential_is_revoked"
    assert entry(region, "p").revoked_from == NOW + 100
    (one,) = revoked(region, path, revoked_from=NOW - 100)
    assert one.revoked_from == NOW - 100
    assert code_of(lambda: give(region, tmp_path, "p")) == "key_revoked"


def test_a_stolen_key_takes_all_its_credentials_along_and_never_gets_another(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    give(region, tmp_path, "p")
    latest = give(region, tmp_path, "p", name="Test Testsson Ny", now=later(1))
    give(region, tmp_path, "q")
    changed = revoked(region, latest, reason=Reason.KEY_COMPROMISED)
    assert len(changed) == 2 and {one.status for one in changed} == {Status.REVOKED}
    assert entry(region, "q").status is Status.VALID
    for name in ("Test Testsson", "Helt Ny"):
        assert code_of(lambda who=name: give(region, tmp_path, "p", name=who)) == "key_compromised"


def test_what_was_revoked_for_less_can_be_revoked_as_stolen_and_not_the_other_way(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    revoked(region, path, reason=Reason.REPLACED)
    (one,) = revoked(region, path, reason=Reason.KEY_COMPROMISED, revoked_from=NOW + 50)
    assert (one.reason, one.revoked_from) == (Reason.KEY_COMPROMISED, NOW)
    (one,) = revoked(region, path, reason=Reason.REPLACED, revoked_from=NOW - 50)
    assert (one.reason, one.revoked_from) == (Reason.KEY_COMPROMISED, NOW - 50)


def test_an_id_names_every_credential_of_the_key(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    give(region, tmp_path, "p")
    give(region, tmp_path, "p", name="Test Testsson Ny", now=later(1))
    assert len(suspend(region, entry(region, "p").id, now=AT)) == 2
    assert code_of(lambda: give(region, tmp_path, "p")) == "credential_is_suspended"
    assert [one.status for one in lift(region, entry(region, "p").id, now=AT)] == [Status.VALID] * 2
    assert code_of(lambda: lift(region, entry(region, "p").id, now=AT)) == "credential_not_suspended"
    assert code_of(lambda: suspend(region, "0" * 16, now=AT)) == "credential_unknown"


def test_another_issuers_credential_is_not_ours_to_revoke(tmp_path: Path) -> None:
    region, other = issuer(tmp_path), issuer(tmp_path / "other", id="SE2321000016-T009")
    path = give(other, tmp_path, "p")
    assert code_of(lambda: revoked(region, path)) == "credential_not_ours"
    give(region, tmp_path, "q")
    assert code_of(lambda: revoked(region, path)) == "credential_not_ours"


@pytest.mark.parametrize(("id", "key"), [("SE2321000016-T009", "p"), (ID, "q")], ids=["other issuer", "other key"])
def test_another_credential_at_the_same_place_is_not_ours_to_revoke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, id: str, key: str
) -> None:
    monkeypatch.setattr("secrets.randbelow", lambda _size: 7)
    region, other = issuer(tmp_path), issuer(tmp_path / "other", id=id)
    give(region, tmp_path, "p")
    path = give(other, tmp_path / "other", key)
    assert code_of(lambda: revoked(region, path)) == "credential_not_ours"
    assert entry(region, "p").status is Status.VALID


def test_every_decision_is_kept_with_its_reference(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = str(give(region, tmp_path, "p"))
    suspend(region, path, reference="CASE-1", now=AT)
    lift(region, path, reference="CASE-2", now=later(1))
    revoked(region, path, reference="CASE-3", now=later(2))
    with region.records._opened("BEGIN") as entries:
        kept = entries._connection.execute("SELECT at, status, reference FROM decided ORDER BY at").fetchall()
    assert kept == [(NOW, 2, "CASE-1"), (NOW + 1, 0, "CASE-2"), (NOW + 2, 1, "CASE-3")]
    assert code_of(lambda: revoked(region, path, reference="x" * 101)) == "setup_invalid"
    assert code_of(lambda: revoked(region, path, revoked_from=5)) == "setup_invalid"
