"""What the signing service signs, and what not (dpr.flows.sign_for): each fault alone, and the key is not used for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from dpr.adapters.key_files import KeyFile
from dpr.core import cbor, cose, documents, signing
from dpr.core.byte_strings import byte_string
from dpr.core.errors import DprError
from dpr.core.policy import Policy
from dpr.core.status import Status
from dpr.core.verify import Accepted, verify
from dpr.flows.sign_for import MAX_BYTES, Signed, sign_for, split_structure
from tests.hostile import changed, claims_of
from tests.world import DAY, NOW, ONE_ITEM, PHYSICIAN, VETERINARIAN, World, signer

WHEN = datetime.fromtimestamp(NOW, UTC)


class Watched:
    """A signer that tells how often its key was used."""

    def __init__(self, inner: KeyFile) -> None:
        self.inner, self.key, self.used = inner, inner.key, 0

    def sign(self, data: bytes) -> bytes:
        self.used += 1
        return self.inner.sign(data)


class Desk:
    """A prescriber at the service; everything may be changed."""

    def __init__(self) -> None:
        self.world = World()
        self.signer = Watched(self.world.prescriber)
        self.credential = self.world.credential()
        self.trust = self.world.trust()
        self.now = WHEN
        self.recorded: list[Signed] = []

    def structure(self, claims: Any = None, header: dict[int, Any] | None = None, aad: bytes = b"") -> bytes:
        """A Sig_structure as a record system of ours makes it, with other claims or header labels."""
        value = self.world.prescription(authored_at=NOW)
        prepared = signing.prepare(documents.PRESCRIPTION, value, self.world.prescriber.key, credential=self.credential)
        protected, payload = prepared.protected, prepared.payload if claims is None else cbor.encode(claims)
        if header is not None:
            labels = cbor.decode(protected) | header
            protected = cbor.encode({label: one for label, one in labels.items() if one is not ...})
        return cose.to_be_signed1(protected, payload, aad)

    def claims(self) -> Any:
        return claims_of(self.world.prescription_document(self.world.prescription(authored_at=NOW)))

    def sign(self, data: bytes) -> Signed:
        return sign_for(
            data, signer=self.signer, credential=self.credential, trust=self.trust, now=self.now,
            policy=Policy(environment=self.world.policy.environment), record=self.recorded.append,
        )  # fmt: skip

    def refused(self, data: bytes) -> DprError:
        """The error; nothing was recorded, and the key was not used."""
        with pytest.raises(DprError) as caught:
            self.sign(data)
        assert not self.recorded
        return caught.value


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_prescription_is_signed_recorded_and_accepted_by_a_pharmacy(desk: Desk) -> None:
    data = desk.structure()
    signed = desk.sign(data)
    assert desk.recorded == [signed] and desk.signer.used == 1
    assert desk.world.prescriber.key.verify(signed.signature, data)
    verdict = verify(signed.document, desk.trust, WHEN, policy=desk.world.policy)
    assert isinstance(verdict, Accepted) and verdict.prescription.id == signed.prescription_id
    assert signed.credential_id == verdict.prescriber.id


def test_a_prescription_with_kid_alone_is_signed_where_the_credential_is_held(desk: Desk) -> None:
    data = desk.structure(header={cose.KCWT: ...})
    assert desk.refused(data).detail == "chain_credential_unknown"
    assert desk.signer.used == 0
    lists = [desk.world.status_list()]
    desk.trust = documents.open_trust(
        desk.world.anchor, desk.world.trust_list(), status_lists=lists, credentials=[desk.credential]
    )
    assert desk.sign(data).signature


def test_with_kid_alone_the_credential_that_a_pharmacy_finds_is_judged_before_the_key_is_used(desk: Desk) -> None:
    """Of the same key: one that is revoked is held, and not the one that the service has."""
    world, revoked = desk.world, desk.world.credential(idx=8)
    lists = [world.status_list({8: Status.REVOKED})]
    desk.trust = documents.open_trust(world.anchor, world.trust_list(), status_lists=lists, credentials=[revoked])
    assert desk.refused(desk.structure(header={cose.KCWT: ...})).detail == "credential_revoked"
    assert desk.signer.used == 0
    assert desk.sign(desk.structure()).signature


def long_form(data: bytes) -> bytes:
    """The same Sig_structure, with the length of its external data in two bytes."""
    payload = split_structure(data)[1]
    return data[: -len(byte_string(payload)) - 1] + b"\x58\x00" + byte_string(payload)


FOREIGN = World().credential(PHYSICIAN, signer("somebody else"))
#: What is wrong with it → the Sig_structure, and the code.
STRUCTURES: dict[str, tuple[Callable[[Desk], bytes], str]] = {
    "nothing": (lambda _: b"", "sign_structure"),
    "garbage": (lambda _: b"\xff" * 100, "sign_structure"),
    "a whole document": (lambda desk: desk.world.prescription_document(), "sign_structure"),
    "a digest": (lambda _: bytes(32), "sign_structure"),
    "external data": (lambda desk: desk.structure(aad=b"dpr-key-request"), "sign_structure"),
    "trailing byte": (lambda desk: desk.structure() + b"\0", "sign_structure"),
    "cut off": (lambda desk: desk.structure()[:-1], "sign_structure"),
    "signature of a COSE_Sign": (lambda desk: cose.to_be_signed(b"", *split_structure(desk.structure())), "sign_structure"),
    "long form": (lambda desk: long_form(desk.structure()), "sign_structure"),
    "too large": (lambda desk: cose.to_be_signed1(b"\xa0", bytes(MAX_BYTES)), "sign_structure"),
    "header is no CBOR": (lambda desk: cose.to_be_signed1(b"\xff", b"\xa0"), "sign_structure"),
    "empty header": (lambda desk: cose.to_be_signed1(b"", split_structure(desk.structure())[1]), "sign_structure"),
    "dispensing": (lambda desk: desk.structure(header={cose.TYP: "dpr-dispensing"}), "sign_kind"),
    "credential for somebody": (lambda desk: desk.structure(header={cose.TYP: "dpr-credential", cose.KCWT: ...}), "sign_kind"),
    "no typ": (lambda desk: desk.structure(header={cose.TYP: ...}), "sign_kind"),
    "kid of somebody else": (lambda desk: desk.structure(header={cose.KID: b"abcd"}), "sign_credential_other"),
    "kid alone of somebody else": (
        lambda desk: desk.structure(header={cose.KID: b"abcd", cose.KCWT: ...}),
        "sign_credential_other",
    ),
    "credential of somebody else": (
        lambda desk: desk.structure(header={cose.KCWT: cbor.decode(FOREIGN)}),
        "sign_credential_other",
    ),
    "another algorithm": (lambda desk: desk.structure(header={cose.ALG: -8}), "sign_credential_other"),
    "one label more": (lambda desk: desk.structure(header={cose.CONTENT_TYPE: "text/plain"}), "sign_credential_other"),
    "crit": (lambda desk: desk.structure(header={cose.CRIT: [1]}), "sign_credential_other"),
}


@pytest.mark.parametrize("what", STRUCTURES)
def test_nothing_else_is_signed(desk: Desk, what: str) -> None:
    make, code = STRUCTURES[what]
    assert desk.refused(make(desk)).code == code
    assert desk.signer.used == 0


#: Path in the claims, what stands there, and the code.
CLAIMS: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "no map": ((), [1], "field_type"),
    "unknown field": ((99,), 1, "field_unknown"),
    "id missing": ((7,), ..., "field_missing"),
    "id short": ((7,), b"1", "field_length"),
    "written yesterday": ((6,), NOW - DAY, "sign_time"),
    "written an hour ahead": ((6,), NOW + 3600, "sign_time"),
}


@pytest.mark.parametrize("what", CLAIMS)
def test_claims_that_are_no_prescription_written_now_are_not_signed(desk: Desk, what: str) -> None:
    path, value, code = CLAIMS[what]
    claims = changed(desk.claims(), path, value) if path else value
    assert desk.refused(desk.structure(claims)).code == code
    assert desk.signer.used == 0


def test_a_rule_that_is_broken_is_named(desk: Desk) -> None:
    claims = changed(desk.claims(), (4,), NOW + 3 * 365 * DAY)
    error = desk.refused(desk.structure(claims))
    assert (error.code, error.detail) == ("prescription_would_be_refused", "validity_not_whole_days")
    assert desk.signer.used == 0


def test_a_kind_outside_the_issuers_scope_is_not_signed(desk: Desk) -> None:
    [care, *others] = desk.world.issuers()
    narrow = msgspec.structs.replace(care, kinds=care.kinds[1:])
    desk.trust = documents.open_trust(desk.world.anchor, desk.world.trust_list(issuers=(narrow, *others)))
    assert desk.refused(desk.structure()).detail == "scope_kind"
    assert desk.signer.used == 0


@pytest.mark.parametrize(("days", "code"), [(-31, "clock_far_behind"), (121, "credential_not_in_force")])
def test_a_credential_that_is_not_in_force_signs_nothing(desk: Desk, days: int, code: str) -> None:
    desk.now = datetime.fromtimestamp(NOW + days * DAY, UTC)
    claims = changed(desk.claims(), (6,), NOW + days * DAY)
    assert desk.refused(desk.structure(claims)).detail == code
    assert desk.signer.used == 0


def test_a_credential_that_could_not_be_renewed_signs_in_its_grace_as_pharmacies_take_it(desk: Desk) -> None:
    desk.now = datetime.fromtimestamp(NOW + 62 * DAY, UTC)
    signed = desk.sign(desk.structure(changed(desk.claims(), (6,), NOW + 62 * DAY)))
    assert "credential_grace" in {check.code for check in signed.verdict.checks}


@pytest.mark.parametrize(
    ("status", "code"), [(Status.REVOKED, "credential_revoked"), (Status.SUSPENDED, "credential_suspended")]
)
def test_a_credential_that_is_revoked_signs_nothing(desk: Desk, status: Status, code: str) -> None:
    desk.trust = desk.world.trust(status={7: status})
    assert desk.refused(desk.structure()).detail == code
    assert desk.signer.used == 0


def test_a_credential_that_is_revoked_from_some_instant_on_signs_nothing_from_then_on(desk: Desk) -> None:
    world = desk.world
    desk.trust = documents.open_trust(
        world.anchor, world.trust_list(), status_lists=[world.status_list()], revocations=[world.revocations({7: NOW})]
    )
    assert desk.refused(desk.structure()).detail == "credential_revoked"
    assert desk.signer.used == 0


def test_a_credential_that_nobody_here_trusts_signs_nothing(desk: Desk) -> None:
    desk.trust = documents.open_trust(desk.world.anchor, desk.world.trust_list(issuers=desk.world.issuers()[1:]))
    assert desk.refused(desk.structure()).code == "chain_issuer_unknown"
    assert desk.signer.used == 0


def test_a_key_that_is_not_the_credentials_signs_nothing(desk: Desk) -> None:
    desk.signer = Watched(signer("another key"))
    assert desk.refused(desk.structure()).code == "signer_not_credential"
    assert desk.signer.used == 0


def test_a_token_that_signs_wrongly_gives_nothing_out(desk: Desk) -> None:
    desk.signer.inner = signer("another key")
    assert desk.refused(desk.structure()).code == "sign_signature_wrong"


def test_what_a_pharmacy_would_refuse_does_not_leave(desk: Desk) -> None:
    """A physician's prescription for an animal: the profession, which the verdict judges."""
    desk.credential = desk.world.credential(VETERINARIAN, idx=3)
    value = desk.world.prescription(authored_at=NOW)
    data = signing.prepare(documents.PRESCRIPTION, value, desk.world.prescriber.key, credential=desk.credential).to_be_signed
    assert desk.refused(data).code == "prescription_would_be_refused"


def test_a_log_that_fails_keeps_the_signature_back(desk: Desk) -> None:
    class Full:
        def append(self, _: Signed) -> None:
            raise DprError("signer_log_failed")

    desk.recorded = Full()  # type: ignore[assignment]
    with pytest.raises(DprError) as caught:
        desk.sign(desk.structure())
    assert caught.value.code == "signer_log_failed"


def test_the_prescription_may_be_addressed_to_any_pharmacy(desk: Desk) -> None:
    value = desk.world.prescription(ONE_ITEM | {"audience": "7350000000016"}, authored_at=NOW)
    data = signing.prepare(documents.PRESCRIPTION, value, desk.world.prescriber.key, credential=desk.credential).to_be_signed
    assert desk.sign(data).verdict.prescription.audience == "7350000000016"
