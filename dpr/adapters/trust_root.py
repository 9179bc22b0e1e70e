"""The root that a site holds: root.cbor, with every root that led there in roots/<version>.cbor.

Rules: it was verified when it came in. A torn one is taken from its twin in roots/; where that is torn too, nothing here is
trusted until the root is installed anew, by its fingerprint. Another root never replaces one that can be read.

Example: `held(folder).root.anchor`
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from dpr.adapters import file_change, files
from dpr.core import documents
from dpr.core.errors import DocumentError, DprError, SetupError, StorageError
from dpr.core.root import Root
from dpr.core.snapshot import ROOT_NAME

ROOT, ROOTS, LOCK = f"{ROOT_NAME}.cbor", "roots", ".trust.lock"
DOCUMENT_LIMIT = documents.MAX_DOCUMENT_BYTES
#: More digits than a version has.
_DIGITS = 14


class HeldRoot(NamedTuple):
    """The root in force and its bytes; `torn`: the code, where root.cbor could not be used."""

    root: Root
    document: bytes
    torn: str = ""


def torn(name: str, error: DprError) -> DprError:
    """The error for a file of the site that is not what was written there; what is no fault of the file stays as it is."""
    if error.code == "later_version" or (isinstance(error, StorageError) and error.code != "file_too_large"):
        return error
    return DocumentError("trust_file_torn", f"{name} ({error.code})")


def held(folder: Path) -> HeldRoot:
    """The root in force. SetupError `trust_not_set_up`; DocumentError `trust_file_torn`, `later_version`; StorageError."""
    try:
        data = file_change.read(folder, ROOT, limit=DOCUMENT_LIMIT)
        return HeldRoot(documents.open_root(data, None), data)
    except SetupError:
        raise SetupError("trust_not_set_up", f"no {ROOT} in {folder}") from None
    except DprError as error:
        twin = _highest(folder)
        if twin is None:
            raise torn(ROOT, error) from None
        return twin._replace(torn=error.code)


def _highest(folder: Path) -> HeldRoot | None:
    stems = [name[len(ROOTS) + 1 : -5] for name in file_change.names(folder, ROOTS)]
    numbers = [int(one) for one in stems if one.isascii() and one.isdigit() and len(one) < _DIGITS]
    for number in sorted(numbers, reverse=True):
        try:
            data = file_change.read(folder, f"{ROOTS}/{number}.cbor", limit=DOCUMENT_LIMIT)
            root = documents.open_root(data, None)
        except DprError:
            continue
        if root.content.version == number:
            return HeldRoot(root, data)
    return None


def fingerprints(folder: Path) -> frozenset[str]:
    """Of every root in roots/, and of root.cbor; what is torn has none."""
    found = set()
    for name in (ROOT, *file_change.names(folder, ROOTS)):
        try:
            found.add(documents.fingerprint(file_change.read(folder, name, limit=DOCUMENT_LIMIT)))
        except DprError:
            continue
    return frozenset(found)


def none_in_force(folder: Path) -> bool:
    """Is none installed, or is it torn beyond help? DocumentError `later_version`, StorageError."""
    try:
        held(folder)
    except DprError as error:
        if error.code in ("trust_not_set_up", "trust_file_torn"):
            return True
        raise
    return False


def install(folder: Path, data: bytes, *, fingerprint: str | None) -> Root:
    """Installs the first root. `fingerprint`: what a person has from the authority over another way (64 hexadecimal digits,
    spaces and case do not matter), None where nobody compares it.

    The same root again changes nothing. SetupError `root_exists`, `root_fingerprint_differs`; DocumentError; StorageError.
    """
    root = documents.open_root(data, None)
    if fingerprint is not None and "".join(fingerprint.split()).lower() != documents.fingerprint(data):
        raise SetupError("root_fingerprint_differs", f"version {root.content.version}")
    with files.alone(folder / LOCK):
        if none_in_force(folder):
            file_change.commit(folder, {ROOT: data, f"{ROOTS}/{root.content.version}.cbor": data})
        elif documents.fingerprint(held(folder).document) != documents.fingerprint(data):
            raise SetupError("root_exists", str(folder / ROOT))
    return root
