"""Targets: files of SDK, as a message service or somebody in its place hands them over, and a gateway's settings.

Seeds are whole files, so that a change lands in an envelope, a message, a receipt or the XML around them.
"""

from __future__ import annotations

from dpr.adapters.sdk import content, envelope, kvittens
from dpr.adapters.sdk.envelope import Envelope, Kind, write_envelope
from dpr.adapters.sdk.kvittens import Fault, Kvittens
from dpr.adapters.sdk.reasons import answer_of, fault_of
from dpr.apps.sdk.settings import load
from dpr.core import text
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError, SetupError
from dpr.core.trust_list import Environment
from tests.fuzz.of_files import written
from tests.fuzz.target import outcome, target
from tests.sdk import samples
from tests.sdk.gateway_site import SETTINGS


def _files() -> list[bytes]:
    rejected = samples.receipt(fault_of("signature_invalid"), Fault("SV", "", "text", "/a"))
    return [
        samples.message_file(samples.message(b"%PDF-1.7")),
        samples.message_file(samples.message(attachments=(), refers_to=samples.KVITTENS_ID)),
        samples.receipt_file(samples.receipt()),
        samples.receipt_file(rejected),
        b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
    ]


@target(seeds=_files, max_bytes=16_384, runs=800)
def sdk_file(data: bytes) -> None:
    """A file is a message or a receipt that is written and read again the same, or it is named why not; what a receipt says
    becomes an answer without a word from outside."""
    found: Envelope | None = outcome(lambda: envelope.read(data), DocumentError)
    if found is None:
        return
    if found.kind is Kind.MESSAGE:
        message = outcome(lambda: content.read(found), DocumentError)
        if message is not None:
            _same(found, content.payload_of(message))
        return
    receipt: Kvittens | None = outcome(lambda: kvittens.read(found), DocumentError)
    if receipt is not None:
        _same(found, kvittens.payload_of(receipt))
        answer = answer_of(receipt)
        assert answer.code in CODES and text.fault(answer.detail) is None and len(answer.detail) <= 250


def _same(found: Envelope, payload: object) -> None:
    again = envelope.read(write_envelope(found._replace(payload=payload)))  # type: ignore[arg-type]
    read = content.read if found.kind is Kind.MESSAGE else kvittens.read
    assert again._replace(payload=found.payload) == found
    assert read(again) == read(found)


@target(seeds=lambda: [SETTINGS.encode(), b""], runs=300)
def sdk_settings(data: bytes) -> None:
    """Settings are complete, or it is named what is wrong with them; none lets test data into production."""
    path = written("sdk.toml", data)
    for environment in Environment:
        found = outcome(lambda where=environment: load(path, environment=where), SetupError)  # type: ignore[misc]
        assert found is None or (found.federation == envelope.FEDERATION) is (environment is Environment.PRODUCTION)
