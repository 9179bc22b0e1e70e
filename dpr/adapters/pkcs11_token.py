"""Keys in a PKCS #11 token (an HSM, a smart card, SoftHSM): they are made there and never leave it.

Rules: a key is made sensitive and not extractable, and is given back only when the token says that it is so. ES256 is raw
ECDSA over a SHA-256 digest made here (r ‖ s comes out); EdDSA where the token has it. The token is read through once, when
the first key is asked for: after that a key is found without asking the token (which looks through all it holds). One session,
one operation at a time; it is opened again after a fork, when the token has closed it, and when the token was gone for a while.

Example: `with Token.open(uri, lambda: PIN.get(str(uri))) as token: token.signer("pharmacy").sign(data)`
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from typing import Self, TypeVar

from pkcs11 import Attribute, Mechanism, MechanismFlag
from pkcs11 import exceptions as low

from dpr.adapters import pkcs11_module
from dpr.adapters.pkcs11_errors import NOT_BEGUN, SESSION_LOST, named_errors
from dpr.adapters.pkcs11_login import login
from dpr.adapters.pkcs11_points import ALGORITHMS, Algorithm, public_key
from dpr.adapters.pkcs11_session import Held, Session
from dpr.adapters.pkcs11_uri import Pkcs11Uri
from dpr.core.errors import DprError, SetupError, StorageError
from dpr.core.keys import PublicKey

_MOST_LABEL = 64
_T = TypeVar("_T")


class TokenSigner:
    """A `Signer` whose key stays in its token."""

    def __init__(self, token: Token, label: str, id: bytes, key: PublicKey) -> None:
        self._token, self._label, self._id = token, label, id
        self.key = key

    def sign(self, data: bytes) -> bytes:
        """r ‖ s for ES256, Ed25519's 64 bytes for EdDSA. SetupError, StorageError `token_…`."""
        return self._token._sign(self._label, self._id, data)


class Token:
    """A `KeyStore`; safe to use from several threads. A context manager: close it."""

    def __init__(self, uri: Pkcs11Uri, pin: Callable[[], bytes], module: str) -> None:
        """Use `open`."""
        self._uri, self._pin, self._module = uri, pin, module
        self._lock = pkcs11_module.lock(module)
        self._open: Session | None = None
        self._was_open = False

    @classmethod
    def open(cls, uri: Pkcs11Uri, pin: Callable[[], bytes], *, module: str | None = None) -> Token:
        """The token that `uri` names, logged in to with `pin`, which is asked for once (and again where the session is lost).

        `module`: the path of the PKCS #11 library, where the URI has none. SetupError `token_module_missing`,
        `token_module`, `token_missing`, `token_ambiguous`, `token_pin…`; StorageError `token_busy`, `token_failed`.
        """
        path = uri.module_path or module
        if not path:
            raise SetupError("token_module_missing", str(uri))
        token = cls(uri, pin, path)
        with token._lock, named_errors(str(uri)):
            token._session()
        return token

    def labels(self) -> Sequence[str]:
        """The labels of every key that can sign, sorted; the token is read through again."""

        def again(session: Session) -> Sequence[str]:
            session.read_all()
            return sorted(session.keys)

        return self._do(again)

    def signer(self, label: str) -> TokenSigner:
        """The key with this label. SetupError `token_key_missing`, `token_key_ambiguous`, `token_key_unsupported`."""
        return self._do(lambda session: self._signer(session, label, None))

    def signer_of(self, uri: Pkcs11Uri) -> TokenSigner:
        """The key that the URI's `object` and `id` name; the only one where it names none. As `signer`."""

        def find(session: Session) -> TokenSigner:
            if uri.object is not None:
                return self._signer(session, uri.object, uri.id)
            named = [(label, key) for label, keys in session.keys.items() for key in keys if uri.id in (None, key.id)]
            if len(named) != 1:
                raise SetupError("token_key_ambiguous" if named else "token_key_missing", str(uri))
            return self._signer(session, named[0][0], named[0][1].id)

        return self._do(find)

    def create(self, label: str, *, algorithm: str = "ES256") -> TokenSigner:
        """A new key that cannot leave the token. SetupError `token_key_exists`, `token_label_invalid`, `token_cannot`,
        `token_read_only`; StorageError `token_full`, `token_key_extractable` (the token would give the key away).

        A token takes several keys of one label: what another program has made since this one read it through is not seen, so
        one program at a time makes keys.
        """
        if not (1 <= len(label) <= _MOST_LABEL and label.isprintable()):
            raise SetupError("token_label_invalid", f"1-{_MOST_LABEL}")
        return self._do(lambda session: self._create(session, label, ALGORITHMS[algorithm]), lost=NOT_BEGUN)

    def close(self) -> None:
        """Closes the session."""
        with self._lock:
            held, self._open = self._open, None
            if held is not None and held.generation == pkcs11_module.generation(self._module):
                held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Token({self._uri})"

    # --- with the session -----------------------------------------------------------------------------------------------

    def _do(self, action: Callable[[Session], _T], *, lost: tuple[type[Exception], ...] = SESSION_LOST) -> _T:
        """`action` with the session; where that is `lost`, once more with a new one, then with the library started anew."""
        with self._lock, named_errors(str(self._uri)):
            for _ in range(2):
                try:
                    return action(self._session())
                except lost:
                    self.close()
                except SESSION_LOST:  # not to be done twice, but the next one begins anew
                    self.close()
                    raise
            pkcs11_module.start_again(self._module)  # where that was done just now: what it says then is how it is
            return action(self._session())

    def _session(self) -> Session:
        """The open session; a new one where there is none, where this process was forked from the one that opened it, or where
        the library was started again. A token that was open before and has gone is looked for by a library started anew."""
        held = self._open
        if held is not None and held.pid == os.getpid() and held.generation == pkcs11_module.generation(self._module):
            return held
        self._open = None
        try:
            opened = self._opened()
        except (low.PKCS11Error, DprError) as error:
            gone = isinstance(error, SESSION_LOST) or getattr(error, "code", "") in ("token_missing", "token_module")
            if not (gone and self._was_open):
                raise
            if not pkcs11_module.start_again(self._module):
                raise SetupError("token_missing", str(self._uri)) from None
            opened = self._opened()
        self._open, self._was_open = opened, True
        return opened

    def _opened(self) -> Session:
        generation = pkcs11_module.generation(self._module)
        token = pkcs11_module.token(pkcs11_module.library(self._module), self._uri)
        return Session(login(token, self._pin(), str(self._uri)), generation)

    def _held(self, session: Session, label: str, id: bytes | None) -> Held:
        """The key; the token is asked only where it has not been seen. A key without an id is found by its label."""
        if label not in session.keys:
            for algorithm in ALGORITHMS.values():
                session.read(algorithm, {Attribute.LABEL: label})
        found = [held for held in session.keys.get(label, ()) if id in (None, held.id)]
        if len(found) != 1:
            raise SetupError("token_key_ambiguous" if found else "token_key_missing", f"{self._uri}; {label}")
        return found[0]

    def _signer(self, session: Session, label: str, id: bytes | None) -> TokenSigner:
        held = self._held(session, label, id)
        if held.id not in session.points:  # its public key may have another label, or none
            session.read(held.algorithm, {Attribute.ID: held.id})
        key = public_key(session.points.get(held.id), held.algorithm)
        if key is None:
            raise SetupError("token_key_unsupported", f"{self._uri}; {label}")
        return TokenSigner(self, label, held.id, key)

    def _create(self, session: Session, label: str, algorithm: Algorithm) -> TokenSigner:
        if label in session.keys:
            raise SetupError("token_key_exists", f"{self._uri}; {label}")
        parameters = session.session.create_domain_parameters(
            algorithm.key_type, {Attribute.EC_PARAMS: algorithm.parameters}, local=True
        )
        public, private = parameters.generate_keypair(
            store=True,
            label=label,
            id=os.urandom(16),
            mechanism=algorithm.generate,
            capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
            private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )
        if private[Attribute.EXTRACTABLE] or not private[Attribute.SENSITIVE]:
            private.destroy()
            public.destroy()
            raise StorageError("token_key_extractable", str(self._uri))
        id = bytes(private[Attribute.ID])
        session.take_point(public)
        session.keys[label] = [Held(private, algorithm, id)]
        return self._signer(session, label, id)

    def _sign(self, label: str, id: bytes, data: bytes) -> bytes:
        def sign(session: Session) -> bytes:
            held = self._held(session, label, id)
            if held.algorithm.mechanism is Mechanism.ECDSA:
                return bytes(held.handle.sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA))
            return bytes(held.handle.sign(data, mechanism=held.algorithm.mechanism))

        return self._do(sign)
