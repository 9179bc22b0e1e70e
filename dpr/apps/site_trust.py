"""A site's trust data: bringing lists in, by file or stick, and saying what is held.

Rules: only what verifies is kept, and nothing older than what is held; the anchor is brought in once.

Example: `for path in in_order(paths): add(site, [path])`
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from dpr.adapters import files, trust_files
from dpr.apps.compose import SiteFolder
from dpr.core import days
from dpr.core.errors import SetupError
from dpr.core.policy import VERDICT_KEYS
from dpr.core.trust import Trust

_LIMIT = 16_000_000


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Trust data in the order in which it can be brought in: anchor, trust list, then what rests on them."""

    def rank(path: Path) -> int:
        if path.suffix == ".json":
            return 0
        try:
            with path.open("rb") as file:
                return 1 if file.read(2) == b"\xd8\x62" else 2
        except OSError:
            return 3  # named when it is read

    return sorted(paths, key=rank)


def add(site: SiteFolder, paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Brings trust data into a site: the anchor once, then whatever verifies."""
    done = []
    for path in paths:
        data = files.read(path, limit=_LIMIT)
        if path.suffix == ".json":
            anchor = trust_files.read_anchor(data)
            if anchor.environment is not site.policy.environment:
                raise SetupError("anchor_environment", f"{anchor.environment.name.lower()}: {path}")
            held = site.folder / "anchor.json"
            if held.exists() and files.read(held, limit=_LIMIT) != data:
                raise SetupError("anchor_exists", str(held))
            files.replace(held, data)
            done.append((path, "anchor"))
        else:
            skew, now = site.policy.clock_skew_seconds, int(site.now().timestamp())
            done.append((path, site.trust_files.bring_in(data, now=now, skew_seconds=skew)))
    return done


def exported(site: SiteFolder) -> dict[str, Any]:
    """What a verdict of this site rests on, in the form of the test vectors: `trust` (documents in hexadecimal; only what
    verifies) and `policy` (the keys that a verdict uses)."""
    site.trust()
    folder, left_out = site.trust_files.folder, {name for name, _ in site.trust_files.skipped}

    def documents(name: str) -> list[str]:
        paths = sorted((folder / name).glob("*.cbor"))
        return [files.read(path, limit=_LIMIT).hex() for path in paths if f"{name}/{path.name}" not in left_out]

    trust = {
        "anchor": trust_files.anchor_members(site.trust_files.anchor()),
        "trust_list": files.read(folder / "trust-list.cbor", limit=_LIMIT).hex(),
        "status_lists": documents("status"),
        "credentials": documents("credentials"),
    }
    policy = {key: getattr(site.policy, key) for key in VERDICT_KEYS}
    return {"trust": trust, "policy": policy | {"environment": site.policy.environment.name.lower()}}


def held(site: SiteFolder, now: int) -> list[dict[str, Any]]:
    """What a site holds: kind, name, age in seconds and the day when the next is due of each part, and what was left out."""
    trust: Trust = site.trust()
    rows: list[dict[str, Any]] = []

    def row(kind: str, name: str, age_seconds: int | None = None, due: str | None = None) -> None:
        rows.append({"kind": kind, "name": name, "age_seconds": age_seconds, "due": due})

    if trust.trust_list is not None:
        content = trust.trust_list.content
        name = f"{trust.trust_list.authority}, version {content.version}, {content.environment.name.lower()}"
        due = days.day_of(content.next_update).isoformat()
        row("trust_list", name, max(now - trust.trust_list.issued_at, 0), due)
        for one in content.issuers:
            row("issuer", f"{one.id} {one.name}")
    for (issuer, _), status in trust.status_lists.items():
        row("status_list", issuer, max(now - status.issued_at, 0))
    for signer in site.trust_files.credentials:
        row("credential", signer.credential.id)
    for file, code in site.trust_files.skipped:
        row("left_out", f"{file}: {code}")
    return rows
