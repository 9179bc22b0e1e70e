"""5,000 prescribers: enrolled, started and signed for, without anything that grows with their number at each signature.

The 5,000 keys are in memory; 200 are in SoftHSM, whose own figures with 5,000 keys are in docs/signing-service.md.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from dpr.adapters.pkcs11_token import Token
from dpr.adapters.pkcs11_uri import Pkcs11Uri
from tests.adapters.softhsm import SoftHsm, needs_softhsm
from tests.signer.rig import Rig, token

COUNT = 5_000


def users(count: int) -> tuple[str, ...]:
    return tuple(f"SE2321000016-{number:05d}" for number in range(count))


async def test_five_thousand_prescribers_sign_with_their_own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(tmp_path, users=users(COUNT))
    began = time.perf_counter()
    asked: list[str] = []
    real = rig.store.signer
    monkeypatch.setattr(rig.store, "signer", lambda label: (asked.append(label), real(label))[1])
    scans: list[int] = []
    labels = rig.store.labels
    monkeypatch.setattr(rig.store, "labels", lambda: (scans.append(1), labels())[1])
    async with rig:
        assert time.perf_counter() - began < 5
        assert not asked and not scans, "starting asks the token for nobody"
        some = users(COUNT)[:: COUNT // 25]
        held = rig.people.read()
        prepared = {user: rig.prepared(user, person=held[user]) for user in some}
        del asked[:]
        for _ in range(2):
            answers = await asyncio.gather(
                *[rig.sign(prepared[user].to_be_signed, auth=f"Bearer {token(user)}") for user in some]
            )
            for user, answer in zip(some, answers, strict=True):
                assert answer.status == 200, answer
                assert real(held[user].label).key.verify(answer.body, prepared[user].to_be_signed)
        assert sorted(asked) == sorted(held[user].label for user in some), "a key is asked for once"
        assert not scans
        state = (await rig.call("GET", "/readyz")).json
        assert state["prescribers"]["in_force"] == COUNT
    assert len({line["credential"] for line in rig.lines() if line["event"] == "signed"}) == len(some)


@needs_softhsm
async def test_two_hundred_prescribers_sign_at_once_with_keys_in_softhsm(tmp_path: Path, soft_hsm: SoftHsm) -> None:
    made = soft_hsm.token()
    with Token.open(Pkcs11Uri.parse(made.uri()), lambda: made.pin) as store:
        async with Rig(tmp_path, store=store, users=users(200)) as rig:
            held = rig.people.read()
            prepared = {user: rig.prepared(user, person=held[user]) for user in users(200)}
            answers = await asyncio.gather(
                *[rig.sign(one.to_be_signed, auth=f"Bearer {token(user)}") for user, one in prepared.items()]
            )
            for (user, one), answer in zip(prepared.items(), answers, strict=True):
                assert answer.status == 200, answer
                assert store.signer(held[user].label).key.verify(answer.body, one.to_be_signed)
            assert (await rig.call("GET", "/readyz")).json["ready"]
