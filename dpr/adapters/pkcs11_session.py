"""An open session with a token, and an index of the keys in it.

Rules: everything is read through once, when it is opened; a key without a usable public half stands in the index all the same
and is named when it is used. What one object lacks does not hide the others.

Example: `Session(login(token, pin, what)).keys["pharmacy"]`
"""

from __future__ import annotations

import contextlib
import os
from typing import Any, NamedTuple

from pkcs11 import Attribute, ObjectClass
from pkcs11 import exceptions as low

from dpr.adapters.pkcs11_points import ALGORITHMS, Algorithm

_BATCH = 200


class Held(NamedTuple):
    """A private key in the token. `handle`: a private key of python-pkcs11."""

    handle: Any
    algorithm: Algorithm
    id: bytes


class Session:
    """`keys`: private keys by label; `points`: (CKA_EC_PARAMS, CKA_EC_POINT) of public keys by id; `pid`: of the process that
    opened it; `generation`: of the library. Raises PKCS11Error."""

    def __init__(self, session: Any, generation: int = 0) -> None:  # of python-pkcs11, whose types lack what is used here
        self.session = session
        self.generation = generation
        self.pid = os.getpid()
        self.keys: dict[str, list[Held]] = {}
        self.points: dict[bytes, tuple[bytes, bytes]] = {}
        self.read_all()

    def read_all(self) -> None:
        """Takes in every key anew: what is gone from the token is gone from here."""
        self.keys, self.points = {}, {}
        for algorithm in ALGORITHMS.values():
            self.read(algorithm)

    def read(self, algorithm: Algorithm, only: dict[Attribute, Any] | None = None) -> None:
        """Takes in the keys of an algorithm that the token holds, or `only` those with these attributes."""
        with contextlib.suppress(low.RandomNoRNG, low.FunctionNotSupported):
            self.session.generate_random(64)  # a session that is gone says so; a search would complain on standard error too
        what = {Attribute.KEY_TYPE: algorithm.key_type, **(only or {})}
        for key in self.session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY, **what}, batch_size=_BATCH):
            self.take_point(key)
        private = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.SIGN: True, **what}
        for key in self.session.get_objects(private, batch_size=_BATCH):
            said = key.get_attributes((Attribute.ID, Attribute.LABEL))
            held = Held(key, algorithm, bytes(said.get(Attribute.ID, b"")))
            others = self.keys.setdefault(said.get(Attribute.LABEL, ""), [])
            if held.id not in [other.id for other in others]:
                others.append(held)

    def take_point(self, key: Any) -> None:
        """Remembers a public key's point, where the token gives it."""
        wanted = (Attribute.ID, Attribute.EC_PARAMS, Attribute.EC_POINT)
        said = key.get_attributes(wanted)
        if all(name in said for name in wanted):
            id, parameters, point = (bytes(said[name]) for name in wanted)
            self.points[id] = parameters, point

    def close(self) -> None:
        """Closes it, where this process opened it."""
        if self.pid == os.getpid():
            with contextlib.suppress(low.PKCS11Error):  # it was gone
                self.session.close()
