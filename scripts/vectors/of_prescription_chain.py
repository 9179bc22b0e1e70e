"""tests/vectors/prescription_chain.json and _site.json: well signed, by somebody who may not, or not here and now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpr.core import cbor, cose
from dpr.core.credential import Profession
from dpr.core.prescription import PrescriptionKind
from dpr.core.status import Entries, Status, StatusList
from dpr.core.trust_list import IssuerRole
from tests.world import CARE, DAY, GLN, NOW, OTHER_GLN, PHYSICIAN, VETERINARIAN, VETS, World, status_uri
from vectors.making import (
    OTHER,
    Vector,
    W,
    credential,
    file,
    flipped,
    of_profession,
    prescription,
    time,
)
from vectors.of_credential import RELAY, issuers
from vectors.of_keys import LOW_ORDER
from vectors.of_prescription import OWNER, draft, for_animal, item
from vectors.of_prescription_bytes import GOOD, PAYLOAD, refused
from vectors.of_status_list import status_list
from vectors.of_trust_list import trust_list


def _chain() -> Iterator[Vector]:
    by = {"key": W.pharmacist, "kcwt": W.pharmacist_credential()}
    pharmacy = {"key": W.pharmacy, "kcwt": W.pharmacy_credential()}
    yield refused("kid-only-not-held", prescription(kcwt=None), "chain_credential_unknown", "only a hint, and nothing held")
    held = {"credentials": [W.pharmacist_credential()]}
    other = prescription(key=W.pharmacist, kcwt=None)
    yield refused("kid-only-of-a-pharmacist", other, "chain_role", trust=held)
    yield from _of_two_issuers()
    yield refused("by-a-pharmacist", prescription(**by), "chain_role", "who dispenses does not prescribe")
    yield refused("by-a-pharmacy", prescription(**pharmacy), "chain_role")
    yield refused("by-an-issuer", prescription(key=W.care), "signature_invalid", "an issuer vouches, it does not prescribe")
    stranger = credential(issuer=OTHER)
    yield refused("issuer-unknown", prescription(kcwt=stranger), "chain_issuer_unknown", "by a key that no trust list has")
    itself = credential(issuer=W.prescriber)
    yield refused("credential-of-itself", prescription(kcwt=itself), "chain_issuer_unknown", "signed by its own key")
    yield refused("credential-changed", prescription(kcwt=flipped(credential(), -1)), "signature_invalid", "one bit of it")
    yield refused("iss-of-another", prescription(kcwt=credential(PHYSICIAN, ("issuer", VETS))), "chain_issuer_differs")
    yield refused("kcwt-a-prescription", prescription(kcwt=GOOD), "document_kind", "where a credential belongs")
    yield refused("kcwt-a-status-list", prescription(kcwt=W.status_list()), "document_kind")
    yield refused("kcwt-as-bytes", prescription(header={13: credential()}), "cose_tag", "wrapped in a byte string")
    yield refused("kcwt-as-null", prescription(header={13: None}), "cose_tag")
    yield refused("kcwt-of-weak-key", _forged(), "key_weak", "no private key was needed for this signature")
    vet = credential(VETERINARIAN, ("issuer", CARE), issuer=W.care)
    yield refused("veterinarian-by-care-provider", prescription(kcwt=vet), "scope_role")
    by_vets = credential(PHYSICIAN, ("issuer", VETS), issuer=W.vets)
    yield refused("physician-by-veterinary-issuer", prescription(kcwt=by_vets), "scope_role")
    relay = {"key": W.pharmacy, "kcwt": credential(RELAY, ("issuer", CARE), key=W.pharmacy, issuer=W.care)}
    operated = {"trust_list": issuers(0, role=IssuerRole.RELAY_OPERATOR, professions=(), kinds=())}
    yield refused("by-a-relay", prescription(**relay), "chain_role", "who carries does not prescribe", trust=operated)
    placed = credential(PHYSICIAN, ("holder.workplace.hsa_id", "SE5560000001-A1B2"))
    yield refused("organisation-of-another", prescription(kcwt=placed), "scope_organisation")
    unknown = {"trust_list": trust_list(("content.issuers.0.role", 5))}
    comment = "its issuer's role is of a later version"
    yield refused("issuer-left-out", GOOD, "chain_issuer_unknown", comment, trust=unknown)
    phone = credential(PHYSICIAN, ("holder.phone", ...))
    yield refused("credential-without-phone", prescription(kcwt=phone), "holder_phone", "not well formed, but well signed")


def _of_two_issuers() -> Iterator[Vector]:
    """Two issuers vouch for one key, each under another name, and the document names neither."""
    code, by_vets = "chain_credential_ambiguous", {"key": W.prescriber, "issuer": W.vets}
    for name, comment, changes, others in (
        ("in-force", "both in force when it was signed", (), (("valid_from", NOW - DAY),)),
        (
            "ended",
            "neither in force when it was signed",
            (("valid_until", NOW - 2 * DAY),),
            (("valid_until", NOW - DAY),),
        ),
    ):
        held = [credential(PHYSICIAN, *changes), credential(VETERINARIAN, *others, **by_vets)]
        yield refused(f"kid-only-of-two-issuers-{name}", prescription(kcwt=None), code, comment, trust={"credentials": held})


def _forged() -> bytes:
    weak = credential(PHYSICIAN, ("key", LOW_ORDER["order-1"]))
    header = cbor.encode({1: -8, 4: bytes(4), 13: cbor.decode(weak), 16: "dpr-prescription"})
    return cose.assemble1(header, PAYLOAD, bytes([1]) + bytes(63))


def _in_force() -> Iterator[Vector]:
    differs = "credential_not_in_force"
    for name, changes, comment in (
        ("credential-ended", (("valid_until", NOW - 601),), "before it was signed, and before the status list was made"),
        ("credential-not-begun", (("valid_from", NOW - 59),), "one second after it was signed"),
    ):
        yield refused(name, prescription(kcwt=credential(PHYSICIAN, *changes)), differs, comment)
    ended = {"trust_list": issuers(0, valid_until=NOW - 3600)}
    yield refused("issuer-ended", GOOD, "issuer_not_in_force", "in the second in which the list was made", trust=ended)
    begun = {"trust_list": issuers(0, valid_from=NOW - 59)}
    yield refused("issuer-not-begun", GOOD, "issuer_not_in_force", "one second after it was signed", trust=begun)


def _status() -> Iterator[Vector]:
    for name, document, code, comment in (
        ("revoked", W.status_list({7: Status.REVOKED}), "credential_revoked", ""),
        ("suspended", W.status_list({7: Status.SUSPENDED}), "credential_suspended", ""),
        ("status-of-applications", status_list(value=_entries(b"\x00\xc0")), "credential_revoked", "3: counts as revoked"),
        ("status-beyond-list", status_list(value=_entries(b"\x00")), "status_unknown", "entry 7 of a list of four"),
        (
            "revoked-long-ago",
            W.status_list({7: Status.REVOKED}, issued_at=NOW - 300 * DAY),
            "credential_revoked",
            "age is no excuse",
        ),
    ):
        yield refused(name, GOOD, code, comment, trust={"status_lists": [document]})
    ahead = [W.status_list({7: Status.REVOKED}, issued_at=NOW + DAY)]
    yield refused(
        "revoked-in-the-future", GOOD, "credential_revoked", "the issuer's clock is wrong", trust={"status_lists": ahead}
    )
    lists = [W.status_list({7: Status.REVOKED}, issued_at=NOW - 60), W.status_list(issued_at=NOW - 3600)]
    yield refused(
        "revoked-in-the-newest", GOOD, "credential_revoked", "the older list says valid", trust={"status_lists": lists}
    )


def _entries(lst: bytes) -> StatusList:
    return StatusList(uri=status_uri(CARE), issued_at=NOW - 600, entries=Entries(bits=2, lst=lst))


def _authority() -> Iterator[Vector]:
    animal = {"species": "Hund", "owner": OWNER}
    written = draft(for_animal(), kind="animal", reason=..., patient=..., animal=animal)
    every = tuple(PrescriptionKind)
    wide = {"trust_list": issuers(0, kinds=every)}
    comment = "an issuer that may vouch for it all, a physician who may not"
    yield refused("physician-for-animal", prescription(written=written), "authority_animals", comment, trust=wide)
    wide = {"trust_list": issuers(2, kinds=every)}
    vet = prescription(kcwt=credential(VETERINARIAN))
    yield refused("veterinarian-for-people", vet, "authority_animals", trust=wide)
    narrow = {"trust_list": issuers(0, kinds=(PrescriptionKind.FOOD,))}
    yield refused("kind-beyond-scope", GOOD, "scope_kind", "an issuer for food only", trust=narrow)
    none = {"trust_list": issuers(0, kinds=())}
    yield refused("scope-empty", GOOD, "scope_kind", "an empty scope vouches for nothing", trust=none)
    for profession in (Profession.SJ, Profession.BM, Profession.TH, Profession.OP):
        narcotic = prescription(written=NARCOTIC, kcwt=credential(of_profession(profession)))
        yield refused(f"narcotic-by-{profession.name.lower()}", narcotic, "authority_narcotics", profession.en)


NARCOTIC = draft(item(control_class="narcotic_iv", atc="N05BA01"))


# --- time, place, site ------------------------------------------------------------------------------------------------------


def _site() -> Iterator[Vector]:
    expires = W.prescription().expires_at
    yield refused("authored-ahead", prescription(("authored_at", NOW + 301)), "authored_in_future", "a second beyond the skew")
    fresh = World(now=expires)
    lists = {"trust_list": fresh.trust_list(), "status_lists": [fresh.status_list()]}
    yield refused("expired", GOOD, "expired", "at the midnight in which it ended", now=time(expires), trust=lists)
    telephone = prescription(written=draft(telephone=True))
    after = World(now=NOW + 15 * DAY)
    lists = {"trust_list": after.trust_list(), "status_lists": [after.status_list()]}
    yield refused("telephone-expired", telephone, "expired", "15 days later", now=time(after.now), trust=lists)
    for_other = prescription(("audience", OTHER_GLN))
    yield refused("addressed-to-another", for_other, "audience_other", "another pharmacy's GLN")
    ours = prescription(("audience", GLN))
    yield refused(
        "site-without-gln", ours, "audience_site_unknown", "addressed, and we do not know who we are", policy={"gln": ""}
    )
    yield refused("bearer", GOOD, "audience_bearer_refused", "addressed to nobody", policy={"accept_bearer": False})
    production = {"environment": "production"}
    yield refused("environment", GOOD, "environment_differs", "a test list at a production site", policy=production)
    special = prescription(written=NARCOTIC)
    code, old = "special_needs_fresh_status", [W.status_list(issued_at=NOW - 25 * 3600)]
    yield refused("special-status-stale", special, code, "a narcotic, and 25 hours", trust={"status_lists": old})
    yield refused("special-status-missing", special, code, "a narcotic, and no list", trust={"status_lists": []})
    ahead = [W.status_list(issued_at=NOW + 301)]
    comment = "issued later than now: fresh for as long as somebody pleases"
    yield refused("special-status-from-the-future", special, code, comment, trust={"status_lists": ahead})
    strict = {"special_status_hours": 0}
    yield refused("special-strict-policy", special, code, "ten minutes are too old here", policy=strict)
    for name, key, value in (
        ("policy-skew-beyond", "clock_skew_seconds", 3601),
        ("policy-list-hours-beyond", "trust_list_red_hours", 8785),
        ("policy-fresh-hours-beyond", "status_fresh_hours", 8785),
        ("policy-red-hours-beyond", "status_red_hours", 8785),
        ("policy-special-hours-beyond", "special_status_hours", 8785),
        ("policy-clock-hours-beyond", "clock_behind_stop_hours", 8785),
        ("policy-snapshot-hours-beyond", "snapshot_red_hours", 8785),
        ("policy-special-list-hours-beyond", "special_trust_list_hours", 8785),
        ("policy-grace-hours-beyond", "credential_grace_hours", 8785),
        ("policy-grace-red-hours-beyond", "credential_grace_red_hours", 8785),
        ("policy-class-hours-beyond", "class_status_hours", {"narcotic_ii": 8785}),
        ("policy-class-unknown", "class_status_hours", {"narcotic_i": 1}),
        ("policy-class-none", "class_status_hours", {"none": 1}),
        ("policy-class-as-number", "class_status_hours", 24),
        ("policy-hours-negative", "status_fresh_hours", -1),
        ("policy-gln-check-digit", "gln", "7350000000000"),
        ("policy-gln-short", "gln", "735000000000"),
        ("policy-gln-of-another-type", "gln", 7350000000009),
        ("policy-flag-of-another-type", "accept_bearer", "true"),
        ("policy-environment-unknown", "environment", "staging"),
    ):
        yield refused(name, GOOD, "policy_invalid", f"{key} is {value!r}", policy={key: value})
    other = prescription(written=draft(item(control_class="other_special")))
    yield refused("other-special-status-stale", other, code, "not only narcotics", trust={"status_lists": old})


def made() -> dict[str, dict[str, Any]]:
    """The files, by name."""
    of_chain = [*_chain(), *_in_force(), *_status(), *_authority()]
    return {
        "prescription_chain": file("Well-signed prescriptions by somebody who may not: chain, status, authority.", of_chain),
        "prescription_site": file("Good prescriptions at the wrong time or place.", _site()),
    }
