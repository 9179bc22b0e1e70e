"""A site's folder with as many issuers, status entries and credentials as a whole country has, for benchmarks.trust.

Rules: the same bytes each time; what the prescription measured rests on is the same at every size (its issuer is the largest
region). A few issuers are large: 21 regions hold two thirds of the entries; 20 pharmacy companies have 70 pharmacies each. Of
the entries 0.1 % are revoked, and every tenth issuer (and every region) says since when. The snapshot names every list.

Example: `write(folder, Scale(issuers=3000, entries=10_000_000, credentials=100_000))`
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from dpr.adapters.key_files import KeyFile
from dpr.adapters.trust_credentials import slot
from dpr.core import documents, snapshot
from dpr.core.identifiers import gs1_ok
from dpr.core.revocation import Reason, Revocation, RevocationContent, Revocations
from dpr.core.status import Entries, Status, StatusList
from dpr.core.trust_list import Issuer
from tests.world import DAY, PHYSICIAN, World, signer, status_uri

REGIONS, COMPANIES, PHARMACIES_EACH = 21, 20, 70
REVOKED_SHARE, DATED_EVERY = 0.001, 10
#: Indexes below are kept for the people of tests.world, whom nobody revokes.
FIRST_INDEX = 100
#: Beside the site's own files: hints of the credentials that are looked up, a line each.
KIDS = "kids.txt"


class Scale(NamedTuple):
    """How much a site holds: issuers, status entries of all of them together, credentials in its folder."""

    issuers: int
    entries: int
    credentials: int


SMALL = Scale(issuers=3, entries=3000, credentials=1)
LARGE = Scale(issuers=3000, entries=10_000_000, credentials=100_000)


def keys(issuer: Issuer, world: World) -> KeyFile:
    """The key that an issuer signs with."""
    own = {key.key: key for key in (world.care, world.pharmacies, world.vets)}
    return own.get(issuer.keys[0]) or signer(issuer.id)


def issuers(world: World, scale: Scale) -> tuple[Issuer, ...]:
    """`scale.issuers` of them, the world's own first."""
    found = list(world.issuers())
    (care, company, _), companies = found, range(len(found), len(found) + COMPANIES)
    for number in range(len(found), scale.issuers):
        organisation = f"SE99{number:08}"  # no organisation's number begins with 99
        changes: dict[str, Any] = {
            "id": f"{organisation}-T{number:04}",
            "name": f"Vårdgivaren nummer {number} AB",
            "keys": (signer(f"{organisation}-T{number:04}").key,),
        }
        if number in companies:
            changes |= {"glns": tuple(_gln(number * PHARMACIES_EACH + one) for one in range(PHARMACIES_EACH))}
            found.append(msgspec.structs.replace(company, **changes))
        else:
            found.append(msgspec.structs.replace(care, **changes, organisations=(organisation,)))
    return tuple(found[: scale.issuers])


def _gln(number: int) -> str:
    digits = f"735000{number:06}"
    return next(digits + str(check) for check in range(10) if gs1_ok(digits + str(check)))


def entries_of(issuer: int, scale: Scale) -> int:
    """How many entries the list of issuer number `issuer` has."""
    if scale.issuers <= REGIONS:
        return scale.entries // scale.issuers
    regions = scale.entries * 2 // 3 // REGIONS
    # The world's care provider is issuer 0, and so a region.
    return regions if issuer < REGIONS else (scale.entries - regions * REGIONS) // (scale.issuers - REGIONS)


def status_and_revocations(issuer: Issuer, number: int, world: World, scale: Scale) -> Iterator[tuple[str, bytes]]:
    """The name and bytes of an issuer's status list, and of its revocations where it says since when."""
    size, uri, key = entries_of(number, scale), status_uri(issuer.id), keys(issuer, world)
    picked = random.Random(issuer.id)
    revoked = sorted(picked.sample(range(FIRST_INDEX, size), round(size * REVOKED_SHARE)))
    entries = Entries.build(dict.fromkeys(revoked, Status.REVOKED), size=size, bits=2)
    value = StatusList(uri=uri, issued_at=world.now - 600, entries=entries)
    yield snapshot.status_name(issuer.id, uri), documents.sign(documents.STATUS_LIST, value, key)
    if revoked and (number < REGIONS or number % DATED_EVERY == 0):
        since = world.now - picked.randrange(365 * DAY)
        dated = tuple(Revocation(idx=index, revoked_from=since, reason=Reason.EMPLOYMENT_ENDED) for index in revoked)
        said = Revocations(uri=uri, issued_at=world.now - 600, content=RevocationContent(entries=dated))
        yield snapshot.revocations_name(issuer.id, uri), documents.sign(documents.REVOCATION, said, key)


def credentials(world: World, count: int) -> Iterator[tuple[bytes, bytes]]:
    """The prescriber's credential with its key's hint, then those of `count` - 1 others of the same issuer."""
    yield world.prescriber.key.kid, world.credential()
    for number in range(1, count):
        key = KeyFile(ec.derive_private_key((1 << 200) + number, ec.SECP256R1()))
        yield key.key.kid, world.credential(PHYSICIAN, key, FIRST_INDEX + number)


def write(folder: Path, scale: Scale) -> dict[str, int]:
    """Makes a site's folder; returns `trust_list_bytes`, `published_bytes` and `published_files` (without credentials)."""
    world = World()
    everyone = issuers(world, scale)
    lists = {snapshot.TRUST_LIST_NAME: world.trust_list(issuers=everyone)}
    for number, issuer in enumerate(everyone):
        lists |= dict(status_and_revocations(issuer, number, world, scale))
    minimums = {name: 1 if name == snapshot.TRUST_LIST_NAME else world.now - 600 for name in lists}
    lists["snapshot"] = world.snapshot({snapshot.ROOT_NAME: 1, **minimums})
    lists["root"] = lists["roots/1"] = world.root_document()
    for name, document in lists.items():
        _write(folder / f"{name}.cbor", document)
    held: Counter[bytes] = Counter()
    for kid, document in credentials(world, scale.credentials):
        _write(folder / slot(kid, held[kid]), document)
        held[kid] += 1
    asked = [kid.hex() for kid in held][: max(1, len(held) // 100)]
    (folder / KIDS).write_text("\n".join(asked), "utf-8")
    published = [document for name, document in lists.items() if name != "roots/1"]
    return {
        "trust_list_bytes": len(lists[snapshot.TRUST_LIST_NAME]),
        "published_bytes": sum(map(len, published)),
        "published_files": len(published),
    }


def _write(path: Path, document: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(document)
