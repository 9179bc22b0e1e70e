"""Keys may be exchanged as tuf-conformance says they may, for the root and for what the root's other keys sign."""

from __future__ import annotations

from pathlib import Path

import pytest

from dpr.adapters.trust_files import TrustFiles
from tests.attacks.rotation import OTHERS, ROOTS, Step, labels
from tests.attacks.simulator import Quorum, Simulator


def _root_as(authority: Simulator, step: Step) -> None:
    authority.root_quorum = Quorum(step.threshold, labels("root", step.keys))


def _installed(folder: Path, authority: Simulator) -> TrustFiles:
    site = TrustFiles(folder)
    site.install(authority.files["roots/1"], fingerprint=None)
    assert not site.bring_in(authority.files.values(), now=authority.now).of("refused")
    return site


@pytest.mark.parametrize("steps", ROOTS.values(), ids=ROOTS)
def test_a_root_follows_on_a_root_when_enough_keys_of_both_have_signed_it(steps: tuple[Step, ...], tmp_path: Path) -> None:
    first, *following = steps
    authority = Simulator()
    _root_as(authority, first)
    authority.publish("root", "trust-list", "status", "revocations", by=labels("root", first.by))
    site = _installed(tmp_path, authority)
    for step in following:
        _root_as(authority, step)
        authority.publish_root(labels("root", step.by))
    taken = site.bring_in(authority.files.values(), now=authority.now)
    last = following[-1]
    assert {one.code for one in taken.of("refused")} == (set() if last.accepted else {"root_threshold_not_met"})
    in_force = len(steps) if last.accepted else len(steps) - 1
    assert (tmp_path / "root.cbor").read_bytes() == authority.files[f"roots/{in_force}"]
    assert site.load().trust_list is not None


@pytest.mark.parametrize("role", ["lists", "snapshot"])
@pytest.mark.parametrize("step", OTHERS.values(), ids=OTHERS)
def test_a_list_is_taken_when_enough_of_the_keys_that_the_root_names_have_signed_it(
    step: Step, role: str, tmp_path: Path
) -> None:
    authority = Simulator().install()
    site = _installed(tmp_path, authority)
    before = {name: (tmp_path / f"{name}.cbor").read_bytes() for name in ("trust-list", "snapshot")}
    setattr(authority, f"{role}_quorum", Quorum(step.threshold, labels(role, step.keys)))
    authority.publish("root", "trust-list", "status", "revocations")
    name, code, sign = {
        "lists": ("trust-list", "trust_list_threshold", authority.trust_list),
        "snapshot": ("snapshot", "snapshot_threshold", authority.snapshot),
    }[role]
    authority.files[name] = sign(by=labels(role, step.by))
    taken = site.bring_in(authority.files.values(), now=authority.now)
    refused = {one.code for one in taken.of("refused")}
    in_force = (tmp_path / f"{name}.cbor").read_bytes()
    if step.accepted:
        assert refused == set() and in_force == authority.files[name]
    else:
        assert code in refused and in_force == before[name]
