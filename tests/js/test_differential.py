"""Damaged vectors, to both implementations: the same verdict, the same code, and for what is accepted the same reading."""

import random
from collections import Counter
from typing import Any

from tests.js.both import differences, needs_node, vectors
from tests.js.mutations import damage, damage_text

COUNT = 1500
COUNT_OF_TRUST = 400
HELD = ("snapshot", "status_lists", "revocations", "credentials", "root", "trust_list")


def damaged(choose: random.Random) -> list[tuple[str, dict[str, Any]]]:
    small = [named for named in vectors() if len(str(named[1]["input"])) < 20_000]
    layers = sorted({request["layer"] for _, request in small})
    made = []
    for _ in range(COUNT):
        layer = choose.choice(layers)
        name, request = choose.choice([named for named in small if named[1]["layer"] == layer])
        made.append((name, request | {"input": damage_input(layer, request["input"], choose)}))
    return made


def damage_input(layer: str, given: Any, choose: random.Random) -> Any:
    if layer == "parts":
        texts = choose.sample(given, len(given))
        at = choose.randrange(len(texts))
        return [*texts[:at], damage_text(texts[at], choose), *texts[at + 1 :]]
    if layer == "qr":
        return damage_text(given, choose)
    if isinstance(given, list):
        at = choose.randrange(len(given)) if given else 0
        return [*given[:at], *(damage(bytes.fromhex(one), choose).hex() for one in given[at : at + 1]), *given[at + 1 :]]
    return damage(bytes.fromhex(given), choose).hex()


def damaged_trust(choose: random.Random) -> list[tuple[str, dict[str, Any]]]:
    """Vectors of the verdict, where one thing that the site holds is damaged: what does not verify is not taken up."""
    named = [named for named in vectors() if named[1]["layer"] == "prescription" and ":policy-" not in named[0]]
    holding = [[each for each in named if each[1]["trust"].get(part)] for part in HELD]
    made = []
    for _ in range(COUNT_OF_TRUST):
        at = choose.randrange(len(HELD))
        name, request = choose.choice(holding[at])
        made.append((f"{name} {HELD[at]}", request | {"trust": damage_part(request["trust"], HELD[at], choose)}))
    return made


def damage_part(trust: dict[str, Any], part: str, choose: random.Random) -> dict[str, Any]:
    held = trust[part]
    if isinstance(held, str):
        return trust | {part: damage(bytes.fromhex(held), choose).hex()}
    at = choose.randrange(len(held))
    return trust | {part: [*held[:at], damage(bytes.fromhex(held[at]), choose).hex(), *held[at + 1 :]]}


@needs_node
def test_both_judge_alike_under_damaged_trust() -> None:
    different, answers = differences(damaged_trust(random.Random(20261126)))
    assert not different, "\n".join(different)
    codes = {check["code"] for answer in answers for check in answer.get("checks", [])}
    assert codes >= {"snapshot_missing", "status_missing", "chain_credential_unknown"}


@needs_node
def test_both_judge_damaged_vectors_alike() -> None:
    different, answers = differences(damaged(random.Random(20261121)))
    assert not different, "\n".join(different)
    codes = Counter(answer.get("code") for answer in answers)
    assert len(codes) > 30, "the damage reaches many rules"
    assert codes[None] > 20, "and leaves some unharmed"
