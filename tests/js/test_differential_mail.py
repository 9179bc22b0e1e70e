"""What travels between nodes, odd and well signed, to both implementations: claims, outer headers, bodies, chains, states.

The claims are those of the vectors, with values, keys and types exchanged, signed by the key that the vector was signed with.
"""

import random
from collections import Counter
from typing import Any

import cbor2

from dpr.adapters.key_files import KeyFile
from dpr.core import cose
from dpr.core.byte_strings import byte_string, byte_string_at
from tests.js.both import differences, needs_node, vectors
from tests.js.signed import encode
from tests.js.test_differential_signed import changed
from tests.mail_world import MailWorld

COUNT = 1800
WORLD = MailWorld()
KEYS = {key.key.kid: key for key in (WORLD.node, WORLD.pharmacy, WORLD.relay, WORLD.other_relay, WORLD.online)}
SIGNED = ("message", "mail_key", "token", "receipt")
#: What a mutation may put in: names of queues, origins, digests, instants at the edges.
MORE: list[Any] = [
    "gln:7350000000009", "gln:7350000000016", "gln:7350000000008", "key:" + "0a" * 16, "key:" + "0A" * 16, "sdk:x",
    "https://relay-a.test", "https://relay-b.test", "https://relay-a.test/", "http://relay-a.test", "https://[::1]:1",
    bytes(16), bytes(32), b"\x01" * 32, bytes(1216), bytes(1215), *range(11), 2**40, 2**40 + 1,
    *(1_795_262_400 + delta for delta in (-361, -300, -61, -60, 0, 59, 60, 61, 300, 301, 1_209_600, 1_209_601)),
]  # fmt: skip

Named = tuple[str, dict[str, Any]]


def bases(layer: str) -> list[Named]:
    """Requests of the vectors of a layer that can be taken apart."""
    found = []
    for name, request in vectors():
        if request["layer"] != layer:
            continue
        try:
            message = cbor2.loads(bytes.fromhex(request["input"]))
            message = message.value if layer in (*SIGNED, "address_book") else message
            if layer in (*SIGNED, "address_book") and not isinstance(cbor2.loads(message[2]), dict):
                continue
        except Exception:  # many vectors are broken on purpose
            continue
        found.append((name, request))
    return found


def signed(request: dict[str, Any], choose: random.Random) -> bytes | None:
    """A document of one signer with its claims changed, signed properly."""
    protected, _, payload, _ = cbor2.loads(bytes.fromhex(request["input"])).value
    header = cbor2.loads(protected)
    key = KEYS.get(header.get(4)) if isinstance(header, dict) else None
    if not isinstance(key, KeyFile):
        return None
    new = encode(changed(cbor2.loads(payload), choose, MORE))
    return cose.assemble1(protected, new, key.sign(cose.to_be_signed1(protected, new)))


def book(request: dict[str, Any], choose: random.Random) -> bytes:
    """An address book with its claims changed, signed by the online key."""
    body, _, payload, _ = cbor2.loads(bytes.fromhex(request["input"])).value
    new = encode(changed(cbor2.loads(payload), choose, MORE))
    header = cose.protected_header(WORLD.online.key, {})
    return cose.assemble(body, new, [(header, WORLD.online.sign(cose.to_be_signed(body, header, new)))])


def sealed(request: dict[str, Any], choose: random.Random) -> bytes:
    """A sealed message with another outer header, around the same ciphertext."""
    data = bytes.fromhex(request["input"])
    protected, at = byte_string_at(data, 2)
    new = encode(changed(cbor2.loads(protected), choose, MORE))
    return data[:2] + byte_string(new) + data[at:]


def body(request: dict[str, Any], choose: random.Random) -> bytes:
    return encode(changed(cbor2.loads(bytes.fromhex(request["input"])), choose, [b"", [], [b""], [bytes(32)], [b""] * 101]))


def odd(choose: random.Random) -> list[Named]:
    makers = {**dict.fromkeys(SIGNED, signed), "address_book": book, "sealed": sealed, "body": body}
    held = {layer: [one for one in bases(layer) if makers[layer] is not sealed or _has_header(one[1])] for layer in makers}
    made: list[Named] = []
    while len(made) < COUNT:
        layer = choose.choice([*makers])
        name, request = choose.choice(held[layer])
        data = makers[layer](request, choose)
        if data is not None:
            made.append((f"odd {name}", request | {"input": data.hex()}))
    return made


def _has_header(request: dict[str, Any]) -> bool:
    protected, at = byte_string_at(bytes.fromhex(request["input"]), 2)
    try:
        return (
            request["input"].startswith("d083") and at < len(request["input"]) // 2 and isinstance(cbor2.loads(protected), dict)
        )
    except Exception:  # a vector that is cut off
        return False


def shown(choose: random.Random) -> list[Named]:
    """Receipts of the vectors, mixed: chains in any order from any place, states of any set."""
    made: list[Named] = []
    for layer in ("chain", "carriage"):
        requests = [one for one in vectors() if one[1]["layer"] == layer]
        pool = [receipt for _, request in requests for receipt in request["input"]]
        for _ in range(COUNT // 6):
            name, request = choose.choice(requests)
            given = list(request["input"])
            for _ in range(choose.choice([1, 1, 2, 3])):
                given.insert(choose.randrange(len(given) + 1), choose.choice(pool))
                if choose.random() < 0.4:
                    del given[choose.randrange(len(given))]
            made.append((f"mixed {name}", request | {"input": given}))
    return made


@needs_node
def test_both_judge_odd_mail_alike() -> None:
    different, answers = differences(odd(random.Random(20261127)))
    assert not different, f"{len(different)}\n" + "\n".join(different[:20])
    codes = Counter(answer.get("code") for answer in answers)
    reached = {"mail_queue", "mail_times", "mail_origin", "receipt_fields", "later_version", "mail_header", "mail_algorithm"}
    assert codes.keys() > reached, reached - codes.keys()
    assert codes[None] > 100, "and leave some accepted"


@needs_node
def test_both_follow_mixed_receipts_alike() -> None:
    different, answers = differences(shown(random.Random(20261128)))
    assert not different, f"{len(different)}\n" + "\n".join(different[:20])
    codes = Counter(answer.get("code") for answer in answers)
    assert codes.keys() > {"relay_gap", "relay_forked", "receipt_digest"} and codes[None] > 50
    assert len({answer.get("state") for answer in answers}) > 6
