"""Demo keys are known to everybody: production refuses them wherever a key can stand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from dpr.adapters.key_files import KeyFile
from dpr.core import documents
from dpr.core.errors import DocumentError
from dpr.core.trust import Anchor
from dpr.core.trust_list import Environment
from dpr.core.verify import Accepted, Refused, verify
from tests.world import World

KEYS = Path(__file__).parents[2] / "keys"


def demo(name: str) -> KeyFile:
    return KeyFile.load(KEYS / f"demo-{name}.pem")


def production(world: World) -> tuple[Anchor, bytes]:
    anchor = msgspec.structs.replace(world.anchor, environment=Environment.PRODUCTION)
    return anchor, world.trust_list(environment=Environment.PRODUCTION)


def test_an_issuer_with_a_demo_key_is_refused_in_production() -> None:
    world = World(care=demo("care-provider"))
    documents.open_trust_list(world.trust_list(), world.anchor)
    anchor, trust_list = production(world)
    with pytest.raises(DocumentError, match="demo_key_in_production"):
        documents.open_trust_list(trust_list, anchor)


@pytest.mark.parametrize("embedded", [True, False])
def test_a_prescriber_with_a_demo_key_is_refused_in_production(embedded: bool) -> None:
    world = World(prescriber=demo("prescriber"))
    anchor, trust_list = production(world)
    held = [] if embedded else [world.credential()]
    if not embedded:
        with pytest.raises(DocumentError, match="demo_key_in_production"):
            documents.open_trust(anchor, trust_list, credentials=held)
        return
    trust = documents.open_trust(anchor, trust_list, status_lists=[world.status_list()])
    policy = msgspec.structs.replace(world.policy, environment=Environment.PRODUCTION)
    now = datetime.fromtimestamp(world.now, UTC)
    refused = verify(world.prescription_document(), trust, now, policy=policy)
    assert isinstance(refused, Refused)
    assert refused.code == "demo_key_in_production"
    assert isinstance(verify(World().prescription_document(), trust, now, policy=policy), Accepted)


def test_the_thumbprints_are_those_of_the_files() -> None:
    from dpr.core.demo_keys import THUMBPRINTS

    assert {KeyFile.load(path).key.thumbprint for path in KEYS.glob("*.pem")} == THUMBPRINTS
