"""Prescriptions under sites of every age, to both implementations: root, snapshot, revocations, floor, grace, settings."""

import random
from collections import Counter
from typing import Any

from tests.js import signed
from tests.js.both import differences, needs_node
from tests.js.signed import DAY, NOW
from tests.js.test_differential_signed import bases

COUNT = 1200
SITES = 120
HOUR = 3600
AGES = [-301, -300, 0, HOUR, 12 * HOUR, 12 * HOUR + 1, DAY, DAY + 1, 7 * DAY, 7 * DAY + 1, 14 * DAY, 14 * DAY + 1, 31 * DAY]
ENDS = [-1, 0, 1, HOUR, 7 * DAY, 7 * DAY + 1, 60 * DAY, 60 * DAY + 1]
WRONG_HOURS: list[Any] = [{"none": 1}, {"narcotic_ii": 8785}, {"narcotic_ii": True}, {"x": 1}, [], 0]
WRONG: list[dict[str, Any]] = [
    *({"class_status_hours": hours} for hours in WRONG_HOURS),
    *({"credential_grace_red_hours": -1}, {"snapshot_red_hours": 1.5}, {"special_trust_list_hours": None}),
]
REACHED = {
    "clock_behind", "clock_far_behind", "root_behind_snapshot", "trust_list_behind_snapshot", "trust_list_stale",
    "trust_list_red", "snapshot_ok", "snapshot_stale", "snapshot_red", "snapshot_missing", "issuer_grace", "issuer_grace_red",
    "issuer_not_in_force", "credential_grace", "credential_grace_red", "credential_not_in_force", "credential_revoked",
    "credential_revoked_later", "credential_suspended", "status_behind_snapshot", "status_missing", "status_unknown",
    "status_ok", "status_red", "special_ok", "special_needs_clock", "special_needs_fresh_status",
    "special_needs_fresh_trust_list", "special_no_grace",
}  # fmt: skip
ROOT_DOCUMENTS = [signed.sign_several("dpr-root", signed.root(version), signed.ROOTS) for version in (1, 3)]


def rarely(choose: random.Random, usual: Any, *others: Any) -> Any:
    return usual if choose.random() < 0.7 else choose.choice(others)


def status_lists(choose: random.Random) -> list[Any]:
    """None, one or two of the one name, sometimes of the same second."""
    entries = [bytes(8), bytes([0, 1 << 2]), bytes([0, 2 << 2]), bytes([0, 3 << 2]), b"\x00"]
    ages = [NOW - choose.choice([600] * 6 + AGES) for _ in range(rarely(choose, 1, 0, 2, 2))]
    return [signed.status_list(rarely(choose, *entries), issued_at=issued_at) for issued_at in ages]


def revocations(choose: random.Random) -> list[Any]:
    count = rarely(choose, 0, 1, 1, 2)
    made = []
    for _ in range(count):
        from_instant = NOW + choose.choice([-2 * DAY, -60, -HOUR, 0, 1, DAY])
        made.append(signed.revocations({rarely(choose, 5, 4, 6): from_instant, 9: NOW}, NOW - choose.choice(AGES)))
    return made


def snapshot(choose: random.Random) -> bytes:
    kinds = {"root": [1, 2], "trust-list": [1, 2], "later": [9]}
    kinds |= {signed.LISTS.format(name): [1, NOW - DAY, NOW - 600] for name in ("status", "revocations")}
    minimums = {name: choose.choice(values) for name, values in kinds.items() if choose.random() < 0.4}
    issued_at = NOW - choose.choice(AGES)
    claims = signed.snapshot(minimums, issued_at, max(issued_at + 1, NOW + rarely(choose, DAY, 0, -HOUR)))
    key = rarely(choose, signed.ONLINE, signed.ONLINE, signed.AUTHORITY)
    return signed.sign_several("dpr-snapshot", claims, [key])


def site(choose: random.Random) -> dict[str, Any]:
    issued_at = NOW - choose.choice(AGES)
    listed = signed.trust_list(issued_at=issued_at, next_update=max(issued_at + 1, NOW + choose.choice([DAY, 0, -HOUR])))
    if choose.random() < 0.4:
        listed[-65537][3][0][8] = NOW - 60 - choose.choice(ENDS)
    more: dict[str, Any] = {}
    if choose.random() < 0.7:
        more["root"] = choose.choice(ROOT_DOCUMENTS)
    if choose.random() < 0.7:
        more["snapshot"] = snapshot(choose)
    if choose.random() < 0.3:
        more["floor"] = NOW + choose.choice([-DAY, 0, 300, 301, DAY, DAY + 1, 400 * DAY])
    return signed.site(listed, status_lists(choose), revocations=revocations(choose), **more)


def policy(choose: random.Random) -> dict[str, Any]:
    made: dict[str, Any] = {"environment": "test", "gln": "7350000000009"}
    if choose.random() < 0.4:
        classes = ["narcotic_ii", "narcotic_iii", "other_special"]
        made["class_status_hours"] = {name: choose.choice([0, 12, 8784, 8784]) for name in choose.sample(classes, 2)}
    for name in ("clock_behind_stop_hours", "snapshot_red_hours", "special_trust_list_hours", "credential_grace_hours"):
        if choose.random() < 0.1:
            made[name] = choose.choice([0, 1, 24, 8784])
    return made | (choose.choice(WRONG) if choose.random() < 0.02 else {})


def judged(choose: random.Random) -> list[tuple[str, dict[str, Any]]]:
    sites, prescriptions = [site(choose) for _ in range(SITES)], bases("prescription")
    special = [claims for claims in prescriptions if any(each.get(5) for each in items(claims))]
    made = []
    for _ in range(COUNT):
        holder = signed.credential(0, NOW + rarely(choose, 100 * DAY, *(-60 - end for end in ENDS)))
        claims = choose.choice(special if choose.random() < 0.5 else prescriptions)
        request: dict[str, Any] = {
            "layer": "prescription",
            "input": signed.prescription(claims, holder).hex(),
            "trust": choose.choice(sites),
        }
        request["now"] = rarely(choose, "2026-11-21T12:00:00Z", "2026-11-21T11:00:00Z", "2026-11-20T11:59:59Z")
        if choose.random() < 0.3:
            request["known_since"] = NOW + choose.choice([-3 * DAY, -HOUR, -HOUR - 1, -60, -61, 0, 1])
        made.append(("trust", request | {"policy": policy(choose)}))
    return made


def items(claims: dict[Any, Any]) -> list[Any]:
    content = claims.get(-65537)
    found = content.get(5) if isinstance(content, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


@needs_node
def test_both_judge_alike_whatever_a_site_holds() -> None:
    different, answers = differences(judged(random.Random(20261125)))
    assert not different, f"{len(different)}\n" + "\n".join(different[:20])
    codes = {check["code"] for answer in answers for check in answer.get("checks", [])}
    assert codes >= REACHED, REACHED - codes
    assert Counter(answer.get("code") for answer in answers)["policy_invalid"] > 5
