"""How a site's trust data stands, as one JSON value: what is held, how old it is, what that means, and when it becomes worse.

Rules: computed by dpr.core.outlook, which reads the verdict's own limits ahead; instants are ISO 8601 in UTC. What cannot be
loaded is said (`error`), with whatever can be said all the same.

Example: `status_of(site, every_issuer=False, acting=None)["classes"]`
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dpr.adapters import time_floor
from dpr.adapters.trust_files import TrustFiles
from dpr.apps.compose import SiteFolder, read_credential
from dpr.core import days, documents
from dpr.core.behind import Behind
from dpr.core.credential import Credential, Role
from dpr.core.errors import DocumentError, DprError
from dpr.core.freshness import Standing, of_address_book
from dpr.core.limits import Limit, Permission
from dpr.core.outlook import Answer, OfIssuer, Outlook, Own, outlook
from dpr.core.root import Root
from dpr.core.trust import Trust

#: Of the issuers, so many of the worst are listed.
WORST = 10


def status_of(site: SiteFolder, *, every_issuer: bool = False, acting: Path | None = None) -> dict[str, Any]:
    """All of it. `acting`: the credential file of the pharmacist at work. SetupError `trust_not_set_up` without a root."""
    store, now = site.existing().trust_files, int(site.now().timestamp())
    root = store.root()
    try:
        trust, error = store.load(), None
    except DprError as fault:
        trust, error = Trust(root.anchor, root_version=root.content.version), fault
    given = [*_credentials(site, acting, trust)] if trust.trust_list is not None else []
    found = outlook(trust, site.policy, now, [own for own, _ in given])
    return {
        "error": error.code if error else None,
        "error_detail": error.detail if error else None,
        "now": _instant(now),
        "clock": _clock(site, trust, found),
        "root": _root(root, documents.fingerprint(store.root_document())),
        "trust_list": _trust_list(trust, found),
        "snapshot": _snapshot(trust, found),
        "address_book": _address_book(store, found.judged_at),
        "classes": [
            {
                "class": one.control.name.lower(),
                **_answer(Answer(one.permission, one.codes, one.next)),
                "issuers": dict(zip((each.name.lower() for each in Permission), one.issuers, strict=True)),
                "next_issuers": one.next_issuers,
            }
            for one in found.classes
        ],
        "issuers": _issuers(found.issuers, every_issuer) | {"left_out": found.left_out},
        "pharmacies": _issuers(found.pharmacies, every_issuer),
        "status_lists": len(trust.status_lists),
        "revocations": len(trust.revocations),
        "behind": [_behind(one) for one in found.behind],
        "own": [_own(*one, answer) for one, answer in zip(given, found.own, strict=True)],
        "files_left_out": [{"file": name, "code": code} for name, code in dict.fromkeys(store.skipped)],
    }


def _instant(instant: int | None) -> str | None:
    return None if instant is None else days.at(instant).isoformat()


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "age_seconds": standing.age_seconds,
        "grade": standing.grade.name.lower(),
        "worse_at": _instant(standing.worse_at),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {"permission": answer.permission.name.lower(), "codes": list(answer.codes), "next": _limit(answer.next)}


def _limit(limit: Limit | None) -> dict[str, Any] | None:
    if limit is None:
        return None
    return {"at": _instant(limit.since), "permission": limit.permission.name.lower(), "code": limit.code}


def _clock(site: SiteFolder, trust: Trust, found: Outlook) -> dict[str, Any]:
    return {
        "floor": _instant(trust.floor) if trust.floor else None,
        "by": time_floor.or_none(site.folder).by,
        "behind_seconds": found.clock_behind_seconds,
        "ahead_seconds": found.clock_ahead_seconds,
        "permission": found.clock.name.lower(),
    }


def _root(root: Root, fingerprint: str) -> dict[str, Any]:
    return {
        "authority": root.authority,
        "environment": root.content.environment.name.lower(),
        "version": root.content.version,
        "issued_at": _instant(root.issued_at),
        "fingerprint": fingerprint,
    }


def _trust_list(trust: Trust, found: Outlook) -> dict[str, Any] | None:
    if trust.trust_list is None or found.trust_list is None:
        return None
    content = trust.trust_list.content
    return {
        "version": content.version,
        "issued_at": _instant(trust.trust_list.issued_at),
        "next_update": _instant(content.next_update),
        "issuers": len(content.issuers),
        **_standing(found.trust_list),
    }


def _snapshot(trust: Trust, found: Outlook) -> dict[str, Any] | None:
    if trust.snapshot is None or found.snapshot is None:
        return None
    content = trust.snapshot.content
    return {
        "version": content.version,
        "issued_at": _instant(trust.snapshot.issued_at),
        "next_update": _instant(content.next_update),
        **_standing(found.snapshot),
    }


def _address_book(store: TrustFiles, at: int) -> dict[str, Any] | None:
    """None where there is none, or none that can be used: a file that is there is then among those left out."""
    try:
        book = store.address_book()
    except DprError:
        return None
    return {
        "version": book.content.version,
        "issued_at": _instant(book.issued_at),
        "next_update": _instant(book.content.next_update),
        "entries": len(book.content.entries),
        **_standing(of_address_book(book, at)),
    }


def _issuers(rows: Sequence[OfIssuer], every: bool) -> dict[str, Any]:
    return {
        "count": len(rows),
        "not_in_force": sum(not one.in_force for one in rows),
        "listed": [_issuer(one) for one in (rows if every else rows[:WORST])],
    }


def _issuer(one: OfIssuer) -> dict[str, Any]:
    return {
        "id": one.issuer.id,
        "name": one.issuer.name,
        "valid_until": _instant(one.issuer.valid_until),
        "issued_at": _instant(one.issued_at),
        **(_standing(one.standing) if one.standing else {"age_seconds": None, "grade": None, "worse_at": None}),
        "behind_snapshot": one.behind_snapshot,
        "in_force": one.in_force,
        "ordinary": _answer(one.ordinary),
        "special": _answer(one.special),
    }


def _behind(one: Behind) -> dict[str, Any]:
    """Versions of root and trust list; instants of issuers' lists. The online key can ask for what no list can have."""
    if "/" not in one.name:
        return one._asdict()
    return {
        "name": one.name,
        "held": _instant(one.held) if one.held else None,
        "minimum": _instant(min(one.minimum, days.LATEST)),
    }


def _credentials(site: SiteFolder, acting: Path | None, trust: Trust) -> Iterator[tuple[Own, Credential]]:
    """The pharmacy's own, where there is one that can be read, and the pharmacist's where one is named."""
    for role, path in ((Role.PHARMACY, site.folder / "keys" / "pharmacy.cbor"), (Role.PHARMACIST, acting)):
        if path is None or (role is Role.PHARMACY and not path.exists()):
            continue
        document = read_credential(path)
        written = documents.read_claims(documents.CREDENTIAL_KIND, documents.split(document)[1])
        try:
            yield Own(role, documents.open_credential(document, trust)), written
        except DocumentError as error:
            code = "own_issuer_unknown" if error.code == "chain_issuer_unknown" else error.code
            yield Own(role, None, code), written


def _own(own: Own, credential: Credential, answer: Answer) -> dict[str, Any]:
    return {
        "role": own.role.name.lower(),
        "id": credential.id,
        "valid_until": _instant(credential.valid_until),
        **_answer(answer),
    }
