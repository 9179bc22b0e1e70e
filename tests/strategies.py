"""Hypothesis strategies: any prescription that follows the rules, and the parts of one; any root, snapshot and revocations.

Rules: identity numbers have birth years 1800 to 1849, so that none was ever a person's (personnummer began in 1947);
children's identities are birth dates. What a strategy makes is valid by construction; tests break it afterwards.

Example: `@given(prescriptions())`
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from unicodedata import normalize

from hypothesis import strategies as st

from dpr.core import days, identifiers, text
from dpr.core.keys import PublicKey
from dpr.core.prescription import (
    Animal,
    Content,
    Dose,
    FormatReason,
    Item,
    Owner,
    Patient,
    Prescription,
    PrescriptionKind,
    Protection,
    Reservnummer,
    Substitution,
    Unlisted,
)
from dpr.core.products import ControlClass
from dpr.core.revocation import Reason, Revocation, RevocationContent, Revocations
from dpr.core.root import Quorum, Root, RootContent
from dpr.core.snapshot import Snapshot, SnapshotContent
from dpr.core.trust_list import Environment
from tests.world import signer

_SIGNS = st.one_of(
    st.sampled_from("abcdefghijklmnopqrstuvwxyzåäöÅÄÖ 0123456789.,-/()%µ½×"),
    st.characters(exclude_categories=("C", "Z")),
)
_MEDICINES = (PrescriptionKind.PRESCRIPTION, PrescriptionKind.ANIMAL)


def texts(limit: int) -> st.SearchStrategy[str]:
    """Any safe text of at most `limit` characters, mostly short, sometimes as long as it may be."""
    made = st.text(_SIGNS, min_size=1, max_size=min(limit, 12)).map(lambda raw: normalize("NFC", raw).strip(" "))
    short = made.filter(lambda one: text.fault(one) is None and len(one) <= limit)
    return st.one_of(short, st.sampled_from("åx9%").map(lambda sign: sign * limit))


def digits(length: int) -> st.SearchStrategy[str]:
    """Exactly `length` digits, leading zeros as likely as others."""
    return st.text("0123456789", min_size=length, max_size=length)


def with_luhn(number: str) -> str:
    """`number` (12 digits with century, the last one left out) with its check digit."""
    return next(number + last for last in "0123456789" if identifiers.luhn_ok(number[2:] + last))


def with_gs1(number: str) -> str:
    """`number` (12 digits) with its GS1 check digit."""
    return next(number + last for last in "0123456789" if identifiers.gs1_ok(number + last))


_never_a_person = st.dates(date(1800, 1, 1), date(1849, 12, 31))
personnummers = st.builds(lambda born, rest: with_luhn(f"{born:%Y%m%d}{rest}"), _never_a_person, digits(3))
samordningsnummers = st.builds(lambda born, rest: with_luhn(f"{born:%Y%m}{born.day + 60}{rest}"), _never_a_person, digits(3))
glns = digits(12).map(with_gs1)
organisation_numbers = digits(9).map(lambda nine: with_luhn("00" + nine)[2:])
reservnummers = st.one_of(
    st.builds(lambda rest: Reservnummer(oid="1.2.752.97.3.1.3", number="99" + rest), digits(10)),
    st.builds(
        lambda born, rest: Reservnummer(oid="1.2.752.113.11.0.2.1.1.1", number=f"{born:%Y%m%d}{rest}"),
        _never_a_person,
        st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=4, max_size=4),
    ),
    st.builds(lambda arc, rest: Reservnummer(oid=f"1.2.752.{arc}.1", number=rest), st.integers(200, 9999), digits(12)),
)
_identities = st.one_of(
    st.builds(lambda number: {"personnummer": number}, personnummers),
    st.builds(lambda number: {"samordningsnummer": number}, samordningsnummers),
    st.builds(lambda number: {"reservnummer": number}, reservnummers),
)


def _maybe(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), inner)


@st.composite
def patients(draw: st.DrawFn, kind: PrescriptionKind, authored: date) -> Patient:
    """A patient who may have a prescription of this kind, written on that day."""
    if kind is PrescriptionKind.FOOD or draw(st.booleans()):
        born = draw(st.dates(authored - timedelta(days=15 * 365), authored))
        if born.year >= 1800:
            return Patient(birth_date=f"{born:%Y%m%d}", name=draw(texts(80)))
    protected = draw(st.sampled_from(Protection))
    name = None if protected is not Protection.NONE else draw(_maybe(texts(80)))
    return Patient(name=name, protected=protected, **draw(_identities))


@st.composite
def items(draw: st.DrawFn, kind: PrescriptionKind, *, dose_dispensing: bool = True) -> Item:
    """An item that a prescription of this kind may have."""
    people = kind is not PrescriptionKind.ANIMAL
    codes: dict[str, Any] = {"varunummer": draw(digits(6))}
    if kind in _MEDICINES:
        codes = {
            "varunummer": draw(_maybe(digits(6))),
            "npl_pack_id": draw(_maybe(digits(14))),
            "npl_id": draw(_maybe(digits(14))),
            "atc": draw(_maybe(st.sampled_from(["N02BE01", "C09AA02", "QM01AC06", "N", "A10"]))),
            "unlisted": draw(_maybe(st.sampled_from(Unlisted))),
            "control_class": draw(st.sampled_from(ControlClass)),
        }
        if any(codes[name] for name in ("varunummer", "npl_pack_id", "npl_id")):
            codes["unlisted"] = None
        if not any(codes[name] for name in ("varunummer", "npl_pack_id", "npl_id", "unlisted")):
            codes["npl_pack_id"] = draw(digits(14))
    benefit = draw(st.booleans()) if people else None
    refused = st.builds(lambda reason: Substitution(allowed=False, reason=reason), texts(120))
    substitution = st.one_of(st.just(Substitution(allowed=True)), refused)
    dispensings = draw(st.integers(1, 99))
    return Item(
        **codes,
        name=draw(texts(100)),
        form=draw(_maybe(texts(60))),
        strength=draw(_maybe(texts(40))),
        pack=draw(_maybe(texts(60))),
        packages=draw(st.integers(1, 999)),
        dispensings=dispensings,
        interval_days=draw(_maybe(st.integers(1, 365))) if dispensings > 1 else None,
        dosage=draw(texts(250)),
        dose=draw(_maybe(doses)),
        purpose=draw(_maybe(texts(120))),
        reason=draw(_maybe(st.integers(100_000, 10**18 - 1).map(str))),
        benefit=benefit,
        benefit_conditions=draw(st.booleans()) if benefit else None,
        substitution=draw(substitution if kind in _MEDICINES else _maybe(substitution)),
        first_pack=draw(st.booleans()),
        dose_dispensing=draw(st.booleans()) and dose_dispensing,
        infection_act=draw(st.booleans()) and people,
        max_dose_exceeded=draw(st.booleans()),
    )


doses = st.builds(
    Dose,
    amount_thousandths=st.integers(1, 100_000_000),
    unit=texts(20),
    times=st.integers(1, 96),
    period_days=st.integers(1, 365),
)
owners = st.one_of(
    st.builds(Owner, personnummer=personnummers, name=texts(80)),
    st.builds(Owner, organisation_number=organisation_numbers, name=texts(80)),
)
animals = st.builds(Animal, species=texts(40), owner=owners, withdrawal_days=_maybe(st.integers(0, 3650)))


@st.composite
def prescriptions(draw: st.DrawFn, *, max_items: int = 3, first: int = days.EARLIEST) -> Prescription:
    """Any prescription that follows every rule, written at any instant from `first` to the year 2099."""
    authored_at = draw(st.integers(first, 4_102_440_000))
    authored = days.day_of(authored_at)
    kind = draw(st.sampled_from(PrescriptionKind))
    telephone = draw(st.booleans())
    latest = authored + timedelta(days=14) if telephone else days.same_day_next_year(authored)
    patient = None if kind is PrescriptionKind.ANIMAL else draw(patients(kind, authored))
    by_birth_date = patient is not None and patient.birth_date is not None
    number = draw(st.integers(1, max_items))
    return Prescription(
        id=draw(st.binary(min_size=16, max_size=16)),
        authored_at=authored_at,
        expires_at=days.end_of(draw(st.dates(authored, latest))),
        audience=draw(glns if by_birth_date else _maybe(glns)),
        content=Content(
            kind=kind,
            reason=draw(st.sampled_from(FormatReason)) if kind is PrescriptionKind.PRESCRIPTION else None,
            patient=patient,
            animal=draw(animals) if kind is PrescriptionKind.ANIMAL else None,
            telephone=telephone,
            items=tuple(draw(items(kind, dose_dispensing=not by_birth_date)) for _ in range(number)),
        ),
    )


# --- what the authority and issuers sign ------------------------------------------------------------------------------------

instants = st.integers(days.EARLIEST, days.LATEST)
versions = st.integers(1, 2**40)


@st.composite
def roots(draw: st.DrawFn) -> Root:
    """Any root that its own quorums can sign."""
    labels = draw(st.lists(st.integers(0, 30), min_size=3, max_size=12, unique=True))
    keys = [signer(f"strategy {number}", draw(st.sampled_from(("ES256", "EdDSA")))).key for number in labels]
    online = draw(st.integers(1, len(keys) - 1))
    return Root(
        authority=draw(texts(64)),
        issued_at=draw(instants),
        content=RootContent(
            version=draw(versions),
            environment=draw(st.sampled_from(Environment)),
            root=draw(quorums(keys[online:])),
            lists=draw(quorums(keys[online:])),
            snapshot=draw(quorums(keys[:online])),
        ),
    )


@st.composite
def quorums(draw: st.DrawFn, keys: list[PublicKey]) -> Quorum:
    """Some of `keys`, and a threshold that they can meet."""
    chosen = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=16, unique=True))
    return Quorum(threshold=draw(st.integers(1, len(chosen))), keys=tuple(chosen))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Any snapshot."""
    issued_at = draw(st.integers(days.EARLIEST, days.LATEST - 1))
    names = st.from_regex(re.compile(r"[a-z0-9-]{1,30}(/[a-z0-9-]{1,30})?"), fullmatch=True)
    return Snapshot(
        authority=draw(texts(64)),
        issued_at=issued_at,
        content=SnapshotContent(
            version=draw(versions),
            environment=draw(st.sampled_from(Environment)),
            next_update=draw(st.integers(issued_at + 1, days.LATEST)),
            minimums=draw(st.dictionaries(names, versions, min_size=1, max_size=8)),
        ),
    )


@st.composite
def revocations(draw: st.DrawFn) -> Revocations:
    """Any revocations, in their order."""
    indexes = sorted(draw(st.sets(st.integers(0, 2**31 - 1), min_size=1, max_size=8)))
    entries = [Revocation(idx=idx, revoked_from=draw(instants), reason=draw(st.sampled_from(Reason))) for idx in indexes]
    return Revocations(uri=draw(texts(200)), issued_at=draw(instants), content=RevocationContent(entries=tuple(entries)))


#: Any JSON value, as a Python value.
json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(10**4200, 10**4299),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(["prescription", "191212121212", "2026-11-21", "7350000000009", "", " ", "\u202e", "\ud800"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)),
    max_leaves=12,
)
