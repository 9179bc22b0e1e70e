"""Targets: what comes to a ceremony on a stick (drafts, signatures, requests for keys), and the authority's own records.

A draft may come from a coordinator whose machine was taken over: a custodian must be shown everything that would be signed.
"""

from __future__ import annotations

from typing import Any

from dpr.apps import key_requests
from dpr.apps.ceremony_words import said
from dpr.apps.editions import Editions
from dpr.core import cbor, ceremony, documents, text
from dpr.core.ceremony import Draft
from dpr.core.errors import DocumentError, SetupError, StorageError
from dpr.core.kinds import ROOT, SNAPSHOT, TRUST_LIST
from tests.fuzz.mutate import cbor_tree, json_tree
from tests.fuzz.of_files import folder, written
from tests.fuzz.site import SITE
from tests.fuzz.target import outcome, target, vectors
from tests.world import signer

CUSTODIAN = signer("authority root 1")


def _contents() -> list[Draft]:
    documents_ = [SITE.world.root_document(), SITE.trust_list, *vectors("root"), *vectors("trust_list"), *vectors("snapshot")]
    found = [outcome(lambda data=data: ceremony.content_of(data), DocumentError) for data in documents_]
    return [one for one in found if one is not None]


def _payloads() -> list[bytes]:
    return list(dict.fromkeys(one.payload for one in _contents()))


@target(seeds=_payloads, mutate=cbor_tree, runs=600)
def ceremony_draft(data: bytes) -> None:
    """A payload as a draft of each kind ends in a DocumentError, or is a draft of which nothing was left out when it was read,
    and is shown, alone and beside another, as text that a terminal takes for nothing else."""
    for kind in (ROOT, TRUST_LIST, SNAPSHOT):
        whole = cbor.encode([kind.typ, data])
        draft = outcome(lambda whole=whole: ceremony.read_draft(whole), DocumentError)
        if draft is None:
            continue
        assert draft.encode() == whole and kind.claims.to_cbor(draft.value) == cbor.decode(data, signed_list=True)
        for against in (None, *_contents()[:3]):
            for language in ("sv", "en"):
                shown = [one.text for one in said(draft, language, against=against)]  # type: ignore[arg-type]
                assert shown and not [one for one in shown if text.fault(one)], shown


@target(seeds=lambda: [one.encode() for one in _contents()][:12], mutate=cbor_tree, runs=600)
def ceremony_file(data: bytes) -> None:
    """A file that says it is a draft is one that is written again as it was, or ends in a DocumentError; what a document says
    is shown or ends in a DocumentError."""
    draft = outcome(lambda: ceremony.read_draft(data), DocumentError)
    assert draft is None or draft.encode() == data
    outcome(lambda: ceremony.content_of(data), DocumentError)


def _signatures() -> list[bytes]:
    return [ceremony.sign(one, CUSTODIAN).encode() for one in _contents()[:3]]


@target(seeds=_signatures, mutate=cbor_tree, runs=1000)
def ceremony_signature(data: bytes) -> None:
    """A file that says it is a signature ends in a DocumentError, or is written again as it was (but for the form of the key's
    point, decision 0006) and counts only for the draft and the key that made it."""
    found = outcome(lambda: ceremony.read_signature(data), DocumentError)
    if found is None:
        return
    assert [found.digest, found.typ, found.signature] == [cbor.decode(data)[place] for place in (0, 1, 3)]
    held = documents.open_root(SITE.world.root_document(), None)

    def taken(draft: Draft) -> Any:
        return ceremony.collect(draft, [found], held_root=held, others=[found.key])

    for draft in _contents()[:3]:
        if outcome(lambda draft=draft: taken(draft), DocumentError) is not None:
            assert found.key == CUSTODIAN.key and found.digest.hex() == draft.fingerprint


@target(seeds=lambda: [b'{"root": [1, 2, "ab"]}', b'{"trust-list": [7, 1795262400, "00"], "snapshot": [9, 1795262401, "01"]}'])
def authority_editions(data: bytes) -> None:
    """The record of what was published is read as editions with whole numbers, or ends in a named error: never as empty."""
    written("editions.json", data)
    found = outcome(lambda: Editions(folder()).last("trust-list"), SetupError)
    assert found is None or (type(found.version), type(found.issued_at), type(found.fingerprint)) == (int, int, str)


@target(seeds=lambda: [SITE.request, SITE.request + b"\n", b"", b"x" * 10_001], runs=400)
def key_request_file(data: bytes) -> None:
    """A file that says it is a request for a key ends in a SetupError that names the file, or is the request of whoever has the
    key, which may then be called by the file's name."""
    path = written("request.cbor", data)
    found = outcome(lambda: key_requests.read(path), SetupError, StorageError)
    if found is not None:
        assert found == SITE.key.key


@target(seeds=lambda: [b'{"ab": "anna.request"}', b"{}", b'{"a": 1}', b"", b"[]"], mutate=json_tree, runs=150)
def key_names(data: bytes) -> None:
    """The names of keys are texts, none where the file is torn; a name that is remembered stands beside those that were read,
    and is read again."""
    names = key_requests.KeyNames(folder())
    written("key-names.json", data)
    before = names.held()
    names.remember({SITE.key.key: "anna.request"})
    assert names.held() == before | {SITE.key.key.thumbprint.hex(): "anna.request"}
