"""An issuer exchanges its key, in two steps: the next key waits until the authority's published list has it, then it is taken
into use.

Rules: issuer.json has the keys that the authority has admitted, and only they sign: lists and credentials by a key that nobody
trusts yet would replace good ones. The next description, issuer.next.json, goes to the authority; its key is key.next.pem, or
lies elsewhere. The keys before stay in it, so that both count for a while, unless they were stolen. The file of the key before
is kept beside, never overwritten. Each step can be run again after a crash.

Example: `prepare(folder, signer=None, passphrase=passphrase, stolen=False)`, later `take_into_use(folder, trust_list)`
"""

from __future__ import annotations

import json
from pathlib import Path

from dpr.adapters import files
from dpr.adapters.key_files import KeyFile
from dpr.apps.issuer_folder import IssuerFolder, described
from dpr.apps.issuer_proofs import MEMBER, proof, proofs_in
from dpr.core import cbor, cose, drafts
from dpr.core.errors import DocumentError, SetupError, StorageError
from dpr.core.key_field import KeyType
from dpr.core.keys import PublicKey
from dpr.core.kinds import TRUST_LIST, read_claims
from dpr.core.trust_list import ISSUER, Issuer, TrustList
from dpr.ports import Signer

_MOST_KEYS = 8
NEXT = "issuer.next.json"


def prepare(folder: IssuerFolder, *, signer: Signer | None, passphrase: bytes | None, stolen: bool) -> PublicKey:
    """The next key: `signer`'s where there is one, else one made in key.next.pem. `stolen`: the keys before are not in the
    next description.

    SetupError `issuer_key_waiting` (one waits already), `issuer_key_held` (it is the issuer's already), StorageError
    `key_file_write`, `file_not_written`; InputError `issuer_invalid`.
    """
    if (folder.folder / NEXT).exists():
        raise SetupError("issuer_key_waiting", str(folder.folder / NEXT))
    before, made = folder.issuer.keys, folder.folder / "key.next.pem"
    made.unlink(missing_ok=True)  # of an exchange that was broken off: nobody knows of it
    following = signer or KeyFile.create(made, passphrase=passphrase)
    key = following.key
    if key in before:
        raise SetupError("issuer_key_held", key.kid.hex())
    members = ISSUER.to_json(folder.issuer)
    del members["valid_from"], members["valid_until"]
    keys = (key,) if stolen else (key, *before)[:_MOST_KEYS]
    members["keys"] = [KeyType().to_json(one) for one in keys]
    before_it = proofs_in(drafts.parse(files.read(folder.folder / "issuer.json", limit=cbor.MAX_SIGNED_BYTES)))
    members[MEMBER] = [proof(following, folder.issuer.id), *before_it][: len(keys)]
    files.replace(folder.folder / NEXT, (json.dumps(members, indent=2, ensure_ascii=False) + "\n").encode())
    return key


def take_into_use(folder: IssuerFolder, trust_list: Path) -> PublicKey:
    """The key that waited signs from here on: `trust_list`, as the authority publishes it, has it. It is read, not verified: it
    is to keep from haste, not from deceit.

    SetupError `issuer_key_not_waiting`, `issuer_key_not_admitted`, `authority_list_unreadable`; StorageError `key_file_exists`,
    `file_not_written`; InputError `issuer_invalid`.
    """
    waiting = folder.folder / NEXT
    if not waiting.exists():
        raise SetupError("issuer_key_not_waiting", str(folder.folder))
    following = described(waiting)
    key = following.keys[0]
    if key not in _admitted(following, trust_list):
        raise SetupError("issuer_key_not_admitted", key.kid.hex())
    path, made = folder.folder / "key.pem", folder.folder / "key.next.pem"
    if made.exists() and path.exists():
        _keep(path, path.with_name(f"key-before-{key.kid.hex()}.pem"))
    files.replace(folder.folder / "issuer.json", files.read(waiting, limit=cbor.MAX_SIGNED_BYTES))
    if made.exists():
        made.replace(path)
    waiting.unlink()
    return key


def _admitted(issuer: Issuer, trust_list: Path) -> tuple[PublicKey, ...]:
    """The issuer's keys on the authority's list; none where it is not on it."""
    data = files.read(trust_list, limit=cbor.MAX_SIGNED_BYTES)
    try:
        listed: TrustList = read_claims(TRUST_LIST, cose.verify(data, ()).payload)
    except DocumentError as error:
        raise SetupError("authority_list_unreadable", f"{trust_list}: {error.code}") from None
    return next((one.keys for one in listed.content.issuers if one.id == issuer.id), ())


def _keep(path: Path, kept: Path) -> None:
    content = files.read(path, limit=20_000)
    if not kept.exists():
        files.replace(kept, content, mode=0o600)
    elif files.read(kept, limit=20_000) != content:
        raise StorageError("key_file_exists", str(kept))
