"""tests/vectors/prescription.json: what is accepted, with what it says and every check of the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpr.apps.conformance.asked import ACCEPTED
from dpr.apps.conformance.judges import judged
from dpr.core import documents
from dpr.core.credential import Profession
from dpr.core.status import Status
from tests.world import CARE, DAY, GLN, NOW, ONE_ITEM, VETERINARIAN, World
from vectors.making import (
    ED25519,
    Change,
    Vector,
    W,
    credential,
    file,
    hexed,
    of_profession,
    policy,
    prescription,
    time,
    trust,
    vector,
)
from vectors.of_cose import ORDER
from vectors.of_credential import issuers

LAYER = "prescription"
HOUR = 3600
LEAP_DAY = 1_835_400_000  # 2028-02-29T01:20Z
ITEM: dict[str, Any] = ONE_ITEM["items"][0]
BY_BIRTH_DATE = {"birth_date": "19121212", "name": "Tolvan Tolvansson"}
OWNER = {"personnummer": "191212121212", "name": "Tolvan Tolvansson"}
NO_CODES: dict[str, Any] = {"npl_pack_id": ..., "npl_id": ...}


def item(**changes: Any) -> dict[str, Any]:
    """The one item of tests/world.py with `changes`; `...` removes."""
    return {name: value for name, value in (ITEM | changes).items() if value is not ...}


def draft(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The one prescription of tests/world.py with other items and `changes`; `...` removes."""
    written = ONE_ITEM | ({"items": list(items)} if items else {}) | changes
    return {name: value for name, value in written.items() if value is not ...}


def consumables(**changes: Any) -> dict[str, Any]:
    """An item by varunummer."""
    product = {"varunummer": "012345", "name": "Teststickor", "form": ..., "strength": ..., "pack": "Burk, 50 st", "atc": ...}
    return item(**(NO_CODES | product | {"substitution": ...} | changes))


def for_animal(**changes: Any) -> dict[str, Any]:
    """An item without benefit."""
    return item(benefit=..., benefit_conditions=..., **changes)


def accepted(name: str, document: bytes, comment: str = "", *, warns: tuple[str, ...] | None = None, **more: Any) -> Vector:
    """A vector with the verdict's checks, the claims and the text. `more`: what differs from the file's members (`trust` with
    its documents as bytes, `now` an instant); `warns`: the code of each warning, in their order."""
    if "now" in more:
        more["now"] = time(more["now"])
    if "trust" in more:
        more["trust"] = hexed(more["trust"])
    site = {"policy": {**policy(), **more.get("policy", {})}, "trust": {**trust(), **more.get("trust", {})}}
    asked = vector(name, LAYER, document, "accepted", comment, **more)
    code, said = judged({"now": time(NOW), **asked, **site})
    found = tuple(check["code"] for check in said.get("checks", ()) if check["outcome"] == "warn")
    if code != ACCEPTED or (warns is not None and warns != found):
        raise SystemExit(f"{name}: {code}, {found}")
    return {**asked, "checks": said["checks"], "claims": said["claims"], "text": said["text"]}


def _renewed() -> Iterator[Vector]:
    """Two credentials of one key are held; their status entries tell which was taken: 8 is suspended."""
    lists = [W.status_list({8: Status.SUSPENDED})]
    for name, comment, first, second in (
        ("renewed", "the later of two credentials of one key, both in force", (NOW - 30 * DAY, 8), (NOW - DAY, 7)),
        ("renewed-since", "signed under the credential before the renewed one", (NOW + HOUR, 8), (NOW - 30 * DAY, 7)),
    ):
        held = [
            documents.sign(documents.CREDENTIAL_KIND, W.credential_value(idx=idx, valid_from=begins), W.care)
            for begins, idx in (first, second)
        ]
        yield accepted(name, prescription(kcwt=None), comment, trust={"credentials": held, "status_lists": lists})
    later = credential(VETERINARIAN, ("valid_from", NOW - 59), key=W.prescriber)
    comment = "of two issuers of one key, just one's credential was in force when it was signed"
    yield accepted("kid-only-of-two-issuers", prescription(kcwt=None), comment, trust={"credentials": [later, credential()]})


def _signed() -> Iterator[Vector]:
    document = prescription()
    yield accepted("one-item", document, "the prescriber's credential in the header (kcwt)")
    held = {"credentials": [credential()]}
    yield accepted("kid-only", prescription(kcwt=None), "the credential is held already", trust=held)
    yield from _renewed()
    by_ed25519 = prescription(key=ED25519, kcwt=credential(key=ED25519))
    yield accepted("ed25519", by_ed25519, "EdDSA")
    r, s = document[-64:-32], int.from_bytes(document[-32:], "big")
    twin = document[:-64] + r + (ORDER - s).to_bytes(32, "big")
    yield accepted("twin", twin, "the other signature (r, n - s) of one-item: other bytes, the same id, the same prescription")
    whole = credential(W.credential_value().holder, ("key", W.prescriber.key.to_cose(compressed=False)))
    yield accepted("key-written-out", prescription(kcwt=whole), "y of the prescriber's key not as its sign bit")
    for profession, atc in (("TL", "J01CE02"), ("BM", "G03AA07"), ("SJ", "D07AB01"), ("TH", "A01AA01"), ("OP", "S01HA02")):
        person = of_profession(Profession[profession])
        written = draft(item(atc=atc))
        yield accepted(f"profession-{profession.lower()}", prescription(written=written, kcwt=credential(person)))
    comment = "outside what a dentist usually prescribes: the pharmacist judges"
    yield accepted("authority-limited", prescription(kcwt=credential(of_profession(Profession.TL))), comment)
    unknown = prescription(written=draft(item(atc=...)), kcwt=credential(of_profession(Profession.SJ)))
    yield accepted("authority-unknown-product", unknown, "no ATC to judge a nurse's right by")
    place = credential(W.credential_value().holder, ("holder.workplace.code", ...))
    yield accepted("workplace-code-missing", prescription(kcwt=place), "benefit is claimed: a warning")


#: name → draft, comment
CONTENTS: dict[str, tuple[dict[str, Any], str]] = {
    "addressed": (draft(audience=GLN), "to this pharmacy"),
    "three-items": (draft(item(), item(npl_pack_id="20040131100281", strength="10 mg"), item(dispensings=4)), ""),
    "twenty-items": (draft(*(item(packages=n) for n in range(1, 21))), "as many as there may be"),
    "reason-special-protection": (draft(reason="special_protection"), ""),
    "reason-other": (draft(reason="other"), ""),
    "telephone": (draft(telephone=True), "valid for 14 days"),
    "one-day": (draft(valid_to="2026-11-21"), "to the end of the day it was written"),
    "consumables": (draft(consumables(), kind="consumables", reason=...), "by varunummer"),
    "food": (
        draft(
            consumables(name="Sondnäring"),
            kind="food",
            reason=...,
            patient={"birth_date": "20181124", "name": "Elsa Björk"},
            audience=GLN,
        ),
        "for a child, by birth date",
    ),
    "samordningsnummer": (draft(patient={"samordningsnummer": "202601612381"}), "without a name"),
    "reservnummer": (
        draft(patient={"reservnummer": {"oid": "1.2.752.97.3.1.3", "number": "990012345678"}, "name": "Okänd Kvinna"}),
        "Region Stockholm's form",
    ),
    "reservnummer-other-region": (
        draft(patient={"reservnummer": {"oid": "1.2.752.999.1", "number": "19121212AB"}}),
        "a series whose form is not known",
    ),
    "birth-date": (draft(patient=BY_BIRTH_DATE, audience=GLN), "with a name, to one pharmacy"),
    "sekretessmarkering": (
        draft(patient={"personnummer": "191212121212", "protected": "sekretessmarkering"}),
        "no name in it, and a warning",
    ),
    "skyddad-folkbokforing": (
        draft(patient={"personnummer": "191212121212", "protected": "skyddad_folkbokforing"}),
        "no name in it, and a warning",
    ),
    "without-name": (draft(patient={"personnummer": "191212121212"}), "a number is enough"),
    "npl-id-only": (draft(item(npl_pack_id=...)), ""),
    "varunummer-only": (draft(item(**NO_CODES, varunummer="012345")), "012345: the leading zero comes back"),
    "extempore": (draft(item(**NO_CODES, unlisted="extempore", atc=..., name="Efedrin i lösning APL")), "by text only"),
    "licens": (draft(item(**NO_CODES, unlisted="licens")), ""),
    "unlisted": (draft(item(**NO_CODES, unlisted="unlisted")), ""),
    "narcotic-ii": (draft(item(control_class="narcotic_ii", atc="N02AA05")), "fresh revocation data is held"),
    "narcotic-v": (draft(item(control_class="narcotic_v", atc="N05CF02")), ""),
    "other-special": (draft(item(control_class="other_special", atc="G03BA03")), ""),
    "benefit-refused": (draft(item(benefit=False, benefit_conditions=...)), "an active choice, too"),
    "benefit-conditions-not-met": (draft(item(benefit_conditions=False)), ""),
    "substitution-refused": (draft(item(substitution={"allowed": False, "reason": "Allergi mot hjälpämne"})), ""),
    "structured-dose": (
        draft(item(dose={"amount_thousandths": 500, "unit": "tablett", "times": 2})),
        "half a tablet twice a day; period_days is its default and not written",
    ),
    "dose-of-eight-digits": (
        draft(item(dose={"amount_thousandths": 12345678, "unit": "IE", "times": 1})),
        "shown as 12345,678: a rounded dose is another dose",
    ),
    "dose-per-week": (draft(item(dose={"amount_thousandths": 1000, "unit": "tablett", "times": 1, "period_days": 7})), ""),
    "every-flag": (
        draft(item(first_pack=True, dose_dispensing=True, infection_act=True, max_dose_exceeded=True)),
        "each written as true",
    ),
    "snomed": (draft(item(reason="38341003")), ""),
    "fewest-fields": (
        draft(item(npl_id=..., atc=..., form=..., strength=..., pack=..., interval_days=..., purpose=...)),
        "what may be left out is left out",
    ),
    "longest-texts": (draft(item(dosage="å" * 250, name="Ö" * 100, purpose="ä" * 120)), "counted in characters, not bytes"),
    "signs": (
        draft(item(dosage="½–1 tabl. × 3; max 4,5 g/dygn (≈ 60 mg/kg) – ej >10 d. €²µ漢字")),
        "NFC, and all can be shown",
    ),
}


def _animals() -> Iterator[Vector]:
    veterinarian = credential(VETERINARIAN)
    for name, animal, items in (
        ("animal", {"species": "Hund", "owner": OWNER}, (for_animal(atc="QM01AC06"),)),
        (
            "animal-of-an-organisation",
            {"species": "Nöt", "owner": {"organisation_number": "5555555555", "name": "Norrgården"}, "withdrawal_days": 6},
            (for_animal(),),
        ),
        ("animal-no-withdrawal", {"species": "Häst", "owner": OWNER, "withdrawal_days": 0}, (for_animal(),)),
    ):
        written = draft(*items, kind="animal", reason=..., patient=..., animal=animal)
        yield accepted(name, prescription(written=written, kcwt=veterinarian), "by a veterinarian")


def _times() -> Iterator[Vector]:
    document = prescription()
    expires = W.prescription().expires_at
    yield accepted("clock-ahead", prescription(("authored_at", NOW + 300)), "a signer's clock may be 300 s ahead of ours")
    yield accepted("last-second", document, "the lists are very old by then", now=expires - 1)
    later = World(now=expires - 1)
    fresh = {"trust_list": later.trust_list(), "status_lists": [later.status_list()]}
    comment = "the credential ended long ago, but was in force when it signed"
    yield accepted("last-second-fresh-lists", document, comment, now=expires - 1, trust=fresh)
    leap = W.prescription(authored_at=LEAP_DAY)
    then = World(now=leap.authored_at + 60)
    own = prescription(*_of(leap), kcwt=then.credential())
    lists = {"trust_list": then.trust_list(), "status_lists": [then.status_list()]}
    yield accepted("leap-day", own, "29 February, valid to 28 February", now=then.now, trust=lists)
    yield accepted("issuer-ended-since", document, trust={"trust_list": issuers(0, valid_until=NOW - 59)})


def _of(value: Any) -> tuple[Change, ...]:
    return (("authored_at", value.authored_at), ("expires_at", value.expires_at), ("id", value.id))


def _ages() -> Iterator[Vector]:
    document = prescription()
    age = {"status_lists": [W.status_list(issued_at=NOW - 25 * HOUR)]}
    yield accepted("status-stale", document, "25 hours old: a warning", trust=age)
    age = {"status_lists": [W.status_list(issued_at=NOW - 24 * HOUR)]}
    yield accepted("status-just-fresh", document, "24 hours old, to the second", trust=age)
    age = {"status_lists": [W.status_list(issued_at=NOW - 8 * DAY)]}
    yield accepted("status-red", document, "8 days old: only with a recorded reason", trust=age)
    yield accepted("status-missing", document, "no list: only with a recorded reason", trust={"status_lists": []})
    ahead = {"status_lists": [W.status_list(issued_at=NOW + 301)]}
    comment = "issued later than now, by more than the skew: nobody knows how old it is, so it is as good as none"
    yield accepted("status-from-the-future", document, comment, trust=ahead)
    ahead = {"status_lists": [W.status_list(issued_at=NOW + 300)]}
    yield accepted("status-within-the-skew", document, "an issuer's clock may be 300 s ahead of ours", trust=ahead)
    foreign = documents.sign(documents.STATUS_LIST, _status_value(), W.vets)
    comment = "another issuer's list under this one's name is no answer"
    yield accepted("status-of-another-issuer", document, comment, trust={"status_lists": [foreign]})
    two = [W.status_list({7: Status.SUSPENDED}, issued_at=NOW - 2 * HOUR), W.status_list(issued_at=NOW - HOUR)]
    yield accepted(
        "status-newest-counts", document, "suspended two hours ago, valid again an hour ago", trust={"status_lists": two}
    )
    yield accepted("status-of-others", document, "neighbours in the list are revoked", trust={"status_lists": [_neighbours()]})
    late = {"trust_list": W.trust_list(next_update=NOW)}
    yield accepted("trust-list-stale", document, "past its next update: a warning", trust=late)
    old = {"trust_list": World(now=NOW - 40 * DAY).trust_list(issuers=W.issuers())}
    yield accepted("trust-list-red", document, "40 days old: only with a recorded reason", trust=old)
    yield accepted("looser-policy", document, "a site that lives with old data", policy={"status_fresh_hours": 8784}, trust=age)


def _status_value() -> Any:
    return documents.read_claims(documents.STATUS_LIST, documents.split(W.status_list({7: Status.REVOKED}))[1])


def _neighbours() -> bytes:
    return W.status_list({6: Status.REVOKED, 8: Status.SUSPENDED}, issuer=CARE)


def made() -> dict[str, Any]:
    """The file."""
    contents = (accepted(name, prescription(written=written), comment) for name, (written, comment) in CONTENTS.items())
    description = "Prescriptions that are authentic and currently allowed: what they say, and each check of the verdict."
    return file(description, [*_signed(), *contents, *_animals(), *_times(), *_ages()])
