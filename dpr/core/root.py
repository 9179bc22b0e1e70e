"""The authority's root: which keys, and how many of them, may sign what (`dpr-root`).

Rules: a site is installed with one root, whose fingerprint a person compares; from then on each root names the next, version
by version, signed by enough keys of both, so that neither a single stolen key nor a replayed old root changes whom a site
believes. The keys that sign snapshots lie on a machine that is online: they may sign nothing else.

Example: `documents.open_root(data, held=root).lists.threshold`
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from dpr.core.fields import Enumeration, Field, Integer, Record, Text, Understood, instant
from dpr.core.key_field import KeyType
from dpr.core.keys import DOCUMENT_ALGORITHMS, PublicKey
from dpr.core.trust import Anchor
from dpr.core.trust_list import Environment


class Quorum(msgspec.Struct, frozen=True, kw_only=True):
    """`threshold` of `keys` must sign."""

    threshold: int
    keys: tuple[PublicKey, ...]


class RootContent(msgspec.Struct, frozen=True, kw_only=True):
    """The map under claim -65537. `root` signs the next root, `lists` the trust list, `snapshot` the snapshots."""

    version: int
    environment: Environment
    root: Quorum
    lists: Quorum
    snapshot: Quorum


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """A root's claims. `issued_at`: instant in seconds."""

    authority: str
    issued_at: int
    content: RootContent

    @property
    def anchor(self) -> Anchor:
        """What judges trust lists."""
        content = self.content
        return Anchor(
            authority=self.authority,
            environment=content.environment,
            threshold=content.lists.threshold,
            keys=content.lists.keys,
        )


QUORUM = Record(
    Quorum,
    Field(0, "threshold", Integer(1, 16)),
    Field(1, "keys", Understood(KeyType(), 1, 16, later="key_unsupported", at_least_one=True)),
    extensible=True,
)
ROOT_CONTENT = Record(
    RootContent,
    Field(0, "version", Integer(1, 2**40)),
    Field(1, "environment", Enumeration(Environment)),
    Field(2, "root", QUORUM),
    Field(3, "lists", QUORUM),
    Field(4, "snapshot", QUORUM),
    extensible=True,
)
#: The claims of a `dpr-root`.
ROOT = Record(
    Root,
    Field(1, "authority", Text(64)),
    Field(6, "issued_at", instant),
    Field(-65537, "content", ROOT_CONTENT),
)


def root_faults(value: Root) -> Iterable[str]:
    """Codes of what spans fields."""
    content = value.content
    for quorum in (content.root, content.lists, content.snapshot):
        if len(set(quorum.keys)) != len(quorum.keys):
            yield "root_key_twice"
        if quorum.threshold > sum(key.alg in DOCUMENT_ALGORITHMS for key in set(quorum.keys)):
            yield "root_threshold"
    if set(content.snapshot.keys) & {*content.root.keys, *content.lists.keys}:
        yield "root_online_key"
