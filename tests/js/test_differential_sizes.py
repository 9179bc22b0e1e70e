"""Documents at and beyond the caps, to both implementations."""

import random
from typing import Any

from tests.js import signed
from tests.js.both import differences, needs_node
from tests.js.signed import AUTHORITY, HOLDER, ISSUER, NOW, Key, Raw, Tagged, encode

CAP, HEADER_CAP, WHOLE_CAP = 65_536, 8_192, 4_194_304
NOISE = random.Random(1).randbytes(WHOLE_CAP + 10)
SITE = signed.site(signed.trust_list(), [])


def request(layer: str, data: bytes, **more: Any) -> tuple[str, dict[str, Any]]:
    return f"{layer} of {len(data)} bytes", {"layer": layer, "input": data.hex(), **more}


def judged(layer: str, data: bytes) -> tuple[str, dict[str, Any]]:
    return request(layer, data, now="2026-11-21T12:00:00Z", policy={"environment": "test"}, trust=SITE)


def envelope(header: dict[int, Any], unprotected: Any, payload: bytes, signature: bytes = b"s" * 64) -> bytes:
    return encode(Tagged(18, [encode(header), unprotected, payload, signature]))


def documents() -> list[tuple[str, dict[str, Any]]]:
    """Great and greater documents of each kind, whole and with a fault beside their size."""
    lists = [signed.status_list(NOISE[:size]) for size in (60_000, 70_000, WHOLE_CAP)]
    made = [judged("status_list", signed.issuer_signed("application/statuslist+cwt", claims)) for claims in lists]
    great = signed.issuer_signed("application/statuslist+cwt", lists[1])
    made += [judged("status_list", great + b"\0"), judged("status_list", great[:-1]), judged("credential", great)]
    revoked = [signed.revocations(dict.fromkeys(range(count), NOW)) for count in (3_000, 8_000, 100_000, 100_001)]
    made += [judged("revocation", signed.issuer_signed("dpr-revocation", claims)) for claims in revoked]
    for typ in ("dpr-credential", "dpr-prescription", "dpr-revocation", "application/statuslist+cwt", "dpr-root", "other"):
        for kid in (ISSUER.kid, HOLDER.kid):
            greatest = [NOISE[:WHOLE_CAP]] if typ in ("dpr-prescription", "dpr-revocation") and kid == ISSUER.kid else []
            for payload in (NOISE[: CAP - 200], NOISE[:CAP], *greatest):
                made.append(judged("prescription", envelope({1: -7, 4: kid, 16: typ}, {}, payload)))
                made.append(judged("prescription", envelope({1: -7, 4: kid, 16: typ}, {0: 0}, payload)))
        for size in (HEADER_CAP - 60, HEADER_CAP, CAP):
            made.append(judged("prescription", envelope({1: -7, 4: ISSUER.kid, 16: typ, 99: NOISE[:size]}, {}, b"")))
    carried = Raw(envelope({1: -7, 4: ISSUER.kid, 16: "dpr-credential", 99: NOISE[:7000]}, {}, b""))
    made.append(judged("prescription", envelope({1: -7, 4: HOLDER.kid, 13: carried, 16: "dpr-prescription"}, {}, b"")))
    return made


def trust_lists() -> list[tuple[str, dict[str, Any]]]:
    claims = signed.trust_list()
    issuers = [signed.issuer(f"I{number}", Key(str(number)), 0, [0], []) for number in range(700)]
    many = claims | {-65537: claims[-65537] | {3: issuers}}
    made = [judged("trust_list", signed.sign_trust_list(many)), judged("trust_list", signed.sign_trust_list(many) + b"\0")]
    body = encode({16: "dpr-trust-list"})
    for payload in (encode(claims), NOISE[:CAP], NOISE[: WHOLE_CAP - 200], NOISE[:WHOLE_CAP]):
        for beside in (60, 500, HEADER_CAP):
            for count in (1, 16, 33):
                own = encode({1: -7, 4: AUTHORITY.kid})
                parts = [[own, {}, NOISE[:beside]]] * count
                if len(payload) < WHOLE_CAP - 200 or count == 1:
                    made.append(judged("trust_list", encode(Tagged(98, [body, {}, payload, parts]))))
    return made


def of_the_authority() -> list[tuple[str, dict[str, Any]]]:
    """Roots, which are never large, and snapshots with as many names as there may be."""
    first = signed.sign_several("dpr-root", signed.root(), signed.ROOTS)
    made = []
    for size in (CAP - 800, CAP - 600, CAP, WHOLE_CAP):
        claims = signed.root()
        claims[-65537] |= {-1: NOISE[:size]}
        document = signed.sign_several("dpr-root", claims, signed.ROOTS)
        made += [request("root", data, trust={"root": None}) for data in (document, document[:-1], document + b"\0")]
    for count in (2_000, 10_000, 50_000, 50_001):
        claims = signed.snapshot({f"later/{number:05}": 1 for number in range(count)})
        document = signed.sign_several("dpr-snapshot", claims, [signed.ONLINE])
        made += [request("snapshot", data, trust={"root": first.hex()}) for data in (document, document + b"\0")]
    return made


def messages() -> list[tuple[str, dict[str, Any]]]:
    made = []
    protected = encode({1: -7})
    for payload in (b"", NOISE[: CAP - 100], NOISE[:CAP], NOISE[: WHOLE_CAP - 200], NOISE[:WHOLE_CAP]):
        is_great = len(payload) > CAP
        signature = HOLDER.sign(["Signature1", protected, b"", payload])
        for unprotected in ({}, *([] if is_great else [{99: NOISE[: CAP - 100]}]), {99: NOISE[:CAP]}):
            data = encode(Tagged(18, [protected, unprotected, payload, signature]))
            for form in (data, data + b"\0", b"\xd8\x12" + data[1:], b"\xd2\x9f" + data[2:] + b"\xff", b"\xc1" + data):
                if not (is_great and unprotected and form != data):
                    made.append(request("cose", form, key=encode(HOLDER.cose).hex(), external_aad=""))
        made.append(
            request("cose", envelope({1: -7}, {}, payload, NOISE[:CAP]), key=encode(HOLDER.cose).hex(), external_aad="")
        )
    return made


def judge_alike(made: list[tuple[str, dict[str, Any]]]) -> set[str | None]:
    """The codes, where both say the same."""
    different, answers = differences(made)
    assert not different, f"{len(different)}\n" + "\n".join(row[:500] for row in different[:20])
    return {answer.get("code") for answer in answers}


@needs_node
def test_both_judge_great_documents_alike() -> None:
    assert judge_alike(documents()) >= {None, "document_too_large", "document_header", "document_unprotected"}


@needs_node
def test_both_judge_great_trust_lists_alike() -> None:
    assert judge_alike(trust_lists()) >= {None, "document_too_large", "cbor_too_large", "cose_malformed"}


@needs_node
def test_both_judge_great_roots_and_snapshots_alike() -> None:
    assert judge_alike(of_the_authority()) >= {None, "document_too_large", "list_length", "cose_malformed"}


@needs_node
def test_both_judge_great_messages_alike() -> None:
    assert judge_alike(messages()) >= {None, "cbor_too_large", "cbor_tag", "cbor_trailing_bytes"}
