"""Well signed documents with odd claims, to both implementations: what no change of a signed document's bytes can reach.

The claims are those of the vectors, with values, keys and types exchanged, under sites whose lists have every age and status.
"""

import copy
import itertools
import random
import unicodedata
from collections import Counter
from typing import Any

import cbor2

from tests.js import signed
from tests.js.both import differences, needs_node, vectors
from tests.js.mutations import damage
from tests.js.signed import DAY, NOW, Raw

COUNT = 2500
COUNT_OF_AUTHORITY = 700
KEYS: list[Any] = [key.cose for key in (signed.AUTHORITY, signed.ONLINE, signed.HOLDER, *signed.ROOTS)]
KEYS += [{1: 7, 3: -48, -1: b"later"}, {1: 2, -1: 9, -2: b"later"}, {1: 4}, {1: 1, -1: 6, -2: bytes(32)}, {1: 2, -1: 1}]
QUORUMS = [signed.quorum(threshold, keys) for threshold, keys in ((1, [signed.ONLINE]), (1, signed.ROOTS), (4, signed.ROOTS))]
QUORUMS += [{0: 1, 1: keys, -5: "later"} for keys in (KEYS, KEYS[-1:], [*KEYS[:2], {1: 7}])]
UPDATES: list[Any] = [NOW - 1801, NOW - 1800, NOW - 1799, {"a/b/c": 1}, {"root": 0}, {"A": 1}, {5: 1}, {"x" * 65: 1}]
NUMBERS = [-1, 0, 1, 2, 3, 5, 9, 15, 99, 100, 366, 999, 10**6, 10**12, 2**53 - 1, 2**53, 2**63, 2**64 - 1, -(2**64)]
INSTANTS = [946684799, 946684800, 7258118399, 7258118400, 1826838000, 1826841600, NOW, NOW + 301]
DIGITS = [191212121212, 191212721212, 195012121212, 202611220000, 20101121, 20101122, 20261122, 5560000001, 5560160680]
TEXTS = [
    "", " ", " a", "a ", "a\u00a0b", "o\u0308", "a\u200bb", "a\u0590", "🙂", "a\u034f", "\ufeff", "a\nb", "\ue000", "\u212b",
    "x" * 41, "å" * 80, "🙂" * 81, "y" * 251, "C09AA02", "N02AA01", "QC09AA02", "N05BA", "c09", "7350000000009",
    "1.2.752.97.3.1.3", "991212121212", "123456", "0123456", "08-1", "+46 8 465 004 12", "se-test",
    "\u1100\u1161", "a\u0301\u0323", "\u0344",
]  # fmt: skip
ODD: list[Any] = [None, True, False, b"", b"\x00" * 16, [], {}, [[]], {0: 1}, {"status_list": 0}, {1: {}}, 1.5]
ODD += [Raw(b"\xf7"), Raw(b"\xf0"), Raw(b"\x18\x01")]


def text(choose: random.Random) -> str:
    """A text that is odd, or one of characters that both know."""
    if choose.random() < 0.7:
        return choose.choice(TEXTS)
    characters = [chr(choose.randrange(0xD800)), chr(choose.randrange(0xE000, 0x110000)), chr(choose.randrange(0x3000))]
    return "".join(character for character in characters if unicodedata.category(character) != "Cn")


def value(choose: random.Random) -> Any:
    pool: list[Any] = choose.choice([NUMBERS, INSTANTS, DIGITS, TEXTS, ODD])
    return text(choose) if pool is TEXTS else copy.deepcopy(choose.choice(pool))


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a tree."""
    if not isinstance(tree, dict | list):
        return []
    keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    return [(tree, key) for key in keys] + [place for key in keys for place in places(tree[key])]


def change(tree: Any, choose: random.Random, more: list[Any] | None = None) -> None:
    """One thing in it exchanged, left out, added, or taken from elsewhere in it, or from more."""
    found = places(tree)
    container, key = choose.choice(found)
    kind = choose.randrange(8)
    if more and choose.random() < 0.3:
        container[key] = copy.deepcopy(choose.choice(more))
    elif kind == 0:
        del container[key]
    elif kind == 1 and isinstance(container, dict):
        container[choose.choice([*range(26), "x", -1])] = value(choose)
    elif kind == 2:
        other, at = choose.choice(found)
        container[key] = copy.deepcopy(other[at])
    elif kind == 3 and isinstance(container[key], list) and container[key]:
        container[key] = container[key] * choose.choice([2, 21])
    elif kind == 4 and isinstance(container[key], int):
        container[key] = min(max(container[key] + choose.choice([-DAY, -3600, -1, 1, 3600, DAY]), -(2**64)), 2**64 - 1)
    else:
        container[key] = value(choose)


def changed(tree: Any, choose: random.Random, more: list[Any] | None = None) -> Any:
    """A changed copy; sometimes its encoding is damaged instead, without characters that only one of the two may know."""
    copied = copy.deepcopy(tree)
    if choose.random() < 0.08:
        data = damage(signed.encode(copied), choose)
        unassigned = any(unicodedata.category(character) == "Cn" for character in data.decode("utf-8", "ignore"))
        return copied if unassigned else Raw(data)
    for _ in range(choose.choice([0, 1, 1, 1, 2, 3])):
        if places(copied):
            change(copied, choose, more)
    return copied


def bases(layer: str) -> list[dict[Any, Any]]:
    """The claims of a layer's vectors that can be decoded."""
    found = []
    for _, request in vectors():
        if request["layer"] == layer and len(request["input"]) < 9000:
            try:
                claims = dict(cbor2.loads(cbor2.loads(bytes.fromhex(request["input"])).value[2]))
                found.append(claims if signed.encode(claims) else {})
            except Exception:  # many vectors are broken on purpose
                continue
    return found


def sites() -> list[dict[str, Any]]:
    """Lists of every age and status; the last of them hold no status list."""
    healthy = b"\x00" * 8
    lists = [[signed.status_list(healthy, issued_at=NOW - age)] for age in (600, DAY, DAY + 1, 8 * DAY, -300, -301)]
    lists += [[signed.status_list(bytes([0, number << 2]))] for number in (1, 2, 3)] + [[signed.status_list(b"\x00")], []]
    old = [signed.trust_list(issued_at=NOW - age * DAY, next_update=NOW - DAY) for age in (30, 31)]
    made = [signed.site(signed.trust_list(), held) for held in lists]
    return made + [signed.site(listed, lists[0]) for listed in [*old, signed.trust_list(issued_at=NOW + 301)]]


def request(layer: str, data: bytes, trust: dict[str, Any], choose: random.Random) -> tuple[str, dict[str, Any]]:
    policy = {
        "environment": "test",
        "gln": choose.choice(["7350000000009", "", "7350000000016"]),
        "accept_bearer": choose.random() < 0.9,
    }
    now = choose.choice(["2026-11-21T12:00:00Z"] * 4 + ["2026-11-21T11:50:00Z", "2027-11-21T23:00:00Z"])
    return f"signed {layer}", {"layer": layer, "input": data.hex(), "now": now, "policy": policy, "trust": trust}


def odd_documents(choose: random.Random) -> list[tuple[str, dict[str, Any]]]:
    held, prescriptions, dispensings = sites(), bases("prescription"), bases("dispensing")
    statuses, credentials = bases("status_list"), [signed.credential(), signed.credential(3)]
    made = []
    for _ in range(COUNT):
        kind = choose.choice(["prescription"] * 6 + ["holder", "credential", "status_list", "dispensing"])
        trust = choose.choice(held)
        if kind in ("prescription", "holder"):
            claims = changed(choose.choice(prescriptions), choose) if kind == "prescription" else prescriptions[0]
            holder = (
                signed.credential(choose.randrange(6))
                if kind == "prescription"
                else changed(choose.choice(credentials), choose)
            )
            made.append(request("prescription", signed.prescription(claims, holder), trust, choose))
        elif kind == "dispensing":
            made.append(request(kind, signed.dispensing(changed(choose.choice(dispensings), choose)), trust, choose))
        else:
            claims = choose.choice(credentials if kind == "credential" else statuses)
            typ = "dpr-credential" if kind == "credential" else "application/statuslist+cwt"
            made.append(request(kind, signed.issuer_signed(typ, changed(claims, choose)), trust, choose))
    return made


def held_alike() -> list[tuple[str, dict[str, Any]]]:
    """Prescriptions without their credential, where the site holds several of one key: ended, renewed, a pharmacist's."""
    current = signed.credential()
    ended, later = current | {4: NOW - DAY, 5: NOW - 200 * DAY}, current | {4: NOW + 200 * DAY, 5: NOW + DAY}
    renewed = current | {4: NOW + 300 * DAY, 5: NOW - 50 * DAY, 65535: {"status_list": {"idx": 6, "uri": signed.URI}}}
    other = current | {8: {1: signed.PHARMACY.cose}}
    pharmacist = current | {1: "APOTEK", -65537: {0: 1, 1: "Leila Haddad", 3: 7}}
    documents = [signed.issuer_signed("dpr-credential", claims) for claims in (current, ended, later, renewed, other)]
    documents.append(signed.issuer_signed("dpr-credential", pharmacist, signed.PHARMACIES))
    document = signed.unaccompanied(bases("prescription")[0])
    lists = [signed.status_list(b"\x00\x10")]
    sites = [signed.site(signed.trust_list(), lists, list(held)) for held in itertools.permutations(documents, 2)]
    sites += [signed.site(signed.trust_list(), lists, held) for held in ([], documents, documents[::-1])]
    return [request("prescription", document, trust, random.Random(1)) for trust in sites]


def odd_authorities(choose: random.Random) -> list[tuple[str, dict[str, Any]]]:
    """Roots, snapshots, trust lists and revocations with odd claims, by enough keys or by some."""
    roots, first = signed.ROOTS, signed.sign_several("dpr-root", signed.root(), signed.ROOTS)
    site = signed.site(signed.trust_list(), [])
    minimums = {"root": 1, "trust-list": 41, signed.LISTS.format("status"): NOW, "later/x": 3}
    made = []
    for _ in range(COUNT_OF_AUTHORITY):
        kind = choose.choice(["root", "root", "snapshot", "trust_list", "revocation"])
        trust = site
        keys = choose.choice([roots] * 3 + [roots[:2], roots[:1], [signed.ONLINE], [signed.AUTHORITY], [*roots, signed.HOLDER]])
        typ = choose.choice(["dpr-" + kind.replace("_", "-")] * 12 + ["dpr-credential", "x", 1])
        if kind == "root":
            claims = signed.root(choose.choice([1, 2, 2, 2, 3]), choose.choice([1, 2, 3]), choose.sample(roots, 3))
            document = signed.sign_several(typ, changed(claims, choose, KEYS + QUORUMS), keys)
            trust = {"root": choose.choice([first.hex(), first.hex(), None])}
        elif kind == "snapshot":
            keys = choose.choice([[signed.ONLINE]] * 4 + [keys])
            document = signed.sign_several(typ, changed(signed.snapshot(minimums), choose, UPDATES), keys)
            trust = {"root": first.hex()}
        elif kind == "trust_list":
            document = signed.sign_several(typ, changed(signed.trust_list(), choose, KEYS), [signed.AUTHORITY])
        else:
            claims = signed.revocations({5: NOW, 6: NOW - DAY, 300: NOW})
            document = signed.issuer_signed(typ, changed(claims, choose))
        made.append(request(kind, document, trust, choose))
    return made


@needs_node
def test_both_judge_odd_claims_of_the_authority_alike() -> None:
    different, answers = differences(odd_authorities(random.Random(20261124)))
    assert not different, f"{len(different)}\n" + "\n".join(different[:20])
    codes = Counter(answer.get("code") for answer in answers)
    reached = {"later_version", "root_threshold_not_met", "root_version", "root_key_twice", "root_threshold", "root_online_key"}
    assert codes.keys() > reached | {"snapshot_threshold", "snapshot_name", "snapshot_times", "revocation_order"}
    assert codes[None] > 100, "and leave some accepted"


@needs_node
def test_both_choose_alike_among_held_credentials() -> None:
    different, answers = differences(held_alike())
    assert not different, "\n".join(different[:20])
    codes = {answer.get("code") for answer in answers}
    assert codes >= {None, "credential_not_in_force", "chain_role", "chain_credential_unknown"}


@needs_node
def test_both_judge_odd_claims_alike() -> None:
    different, answers = differences(odd_documents(random.Random(20261122)))
    assert not different, f"{len(different)}\n" + "\n".join(different[:20])
    codes = Counter(answer.get("code") for answer in answers)
    assert len(codes) > 60, "the changes reach many rules"
    assert codes[None] > 150, "and leave some accepted"
