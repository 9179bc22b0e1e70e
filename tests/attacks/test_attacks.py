"""Every attack of the table, by every way that it can arrive; nothing is skipped, and nothing that is known is left out.

Rules: what must hold after an attack stands in tests/attacks/table.py. A row that arrives by mirror is fetched over HTTP from a
server that behaves as the row says.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dpr.adapters.trust_files import TrustFiles
from dpr.core.errors import DprError
from dpr.core.verify import PASS, STOP, WARN, Accepted, Refused
from tests.attacks.every_row import TABLE
from tests.attacks.stage import REVOKED, REVOKED_BY_STATUS, Stage
from tests.attacks.table import MIRROR, STICK, Attack


def rows(path: str) -> list[object]:
    return [pytest.param(row, id=row.id) for row in TABLE if path in row.paths]


@pytest.mark.parametrize("row", rows(STICK))
def test_an_attack_by_stick_is_answered_as_the_table_says(row: Attack, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    row.act(stage)
    assert set(stage.by_stick()) == row.told
    after_an_attack(stage, row, row.graded)
    stage.recover(row.needs)
    assert stage.by_stick() == []
    after_the_honest_publication(stage)


@pytest.mark.parametrize("row", rows(MIRROR))
async def test_an_attack_by_a_mirror_is_answered_as_the_table_says(row: Attack, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    row.act(stage)
    assert set(await stage.by_mirror()) == row.told_by_mirror
    after_an_attack(stage, row, row.graded_by_mirror)
    if stage.second_mirror is not None:
        assert {name: stage.in_force().get(name) for name in stage.news} == stage.news
    stage.recover(row.needs)
    assert await stage.by_mirror() == []
    after_the_honest_publication(stage)


@pytest.mark.parametrize("row", rows("verdict"))
def test_an_attack_at_the_counter_is_refused_as_the_table_says(row: Attack, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    row.act(stage)
    verdict = stage.verdict(stage.document)
    assert isinstance(verdict, Refused)
    assert {check.code for check in verdict.checks if check.outcome is STOP} == row.told


@pytest.mark.parametrize("row", rows("install"))
def test_a_false_first_root_is_not_installed(row: Attack, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    row.act(stage)
    new = tmp_path / "new"
    assert set(stage.installed_in(new)) == row.told
    assert {code_of(TrustFiles(new).load)} == {"trust_not_set_up"}
    assert not [*new.rglob("*.cbor")]


@pytest.mark.parametrize("row", rows("reinstall"))
def test_another_first_root_does_not_replace_the_one_in_force(row: Attack, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    row.act(stage)
    assert {code_of(lambda: stage.trust_files.install(stage.first_root, fingerprint=None))} == row.told
    assert stage.in_force() == stage.held


@pytest.mark.parametrize("row", rows("empty"))
def test_a_site_without_a_root_believes_nothing(row: Attack, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    row.act(stage)
    empty = TrustFiles(tmp_path / "empty")
    empty.folder.mkdir()
    assert {code_of(lambda: empty.bring_in(stage.served.values(), now=stage.now))} == row.told
    assert {code_of(empty.load)} == row.told


# --- what holds after every attack --------------------------------------------------------------------------------------


def after_an_attack(stage: Stage, row: Attack, graded: frozenset[str]) -> None:
    """Only what was held or published is in force, and the verdict says what is wrong."""
    for name, content in stage.in_force().items():
        genuine = [one.get(name) for one in (stage.first, stage.held, stage.news)]
        genuine += [data for one, data in stage.news.items() if name == "root" and one.startswith("roots/")]
        if content not in genuine:
            assert name in row.reaches or (name not in stage.news and "others" in row.reaches), name
    assert row.reaches <= {"others", *stage.in_force()}
    for index in (REVOKED, REVOKED_BY_STATUS):
        revoked = stage.verdict(stage.prescription(index))
        assert isinstance(revoked, Refused) and revoked.code == "credential_revoked"
    honest = stage.verdict()
    assert isinstance(honest, Accepted), honest
    assert {check.code for check in honest.checks if check.outcome is WARN} == graded


def after_the_honest_publication(stage: Stage) -> None:
    """All of it is in force, byte for byte, and nothing is graded any more."""
    in_force = stage.in_force()
    assert {name: in_force.get(name) for name in stage.news} == stage.news
    honest = stage.verdict()
    assert isinstance(honest, Accepted) and all(check.outcome is PASS for check in honest.checks)


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(DprError) as caught:
        work()
    return caught.value.code
