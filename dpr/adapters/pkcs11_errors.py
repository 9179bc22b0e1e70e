"""What a PKCS #11 module says, as errors of ours.

Rules: every exception of python-pkcs11 becomes a named one, and no other text of the module's is shown. A token that is not
there or cannot be used is a SetupError; one that fails while it works is a StorageError.

Example: `with named_errors(str(uri)): session.generate_key(…)`
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pkcs11 import exceptions as low

from dpr.core.errors import DprError, SetupError, StorageError

#: What the module says → ours. What is not here is `token_failed`, with the module's name for it.
_NAMED: dict[type[low.PKCS11Error], DprError] = {
    low.NoSuchToken: SetupError("token_missing"),
    low.TokenNotPresent: SetupError("token_missing"),
    low.TokenNotRecognised: SetupError("token_missing"),
    low.DeviceRemoved: SetupError("token_missing"),
    low.SlotIDInvalid: SetupError("token_missing"),
    low.MultipleTokensReturned: SetupError("token_ambiguous"),
    low.PinIncorrect: SetupError("token_pin"),
    low.PinInvalid: SetupError("token_pin"),
    low.PinLenRange: SetupError("token_pin"),
    low.PinLocked: SetupError("token_pin_locked"),
    low.PinExpired: SetupError("token_pin_not_set"),
    low.UserPinNotInitialized: SetupError("token_pin_not_set"),
    low.TokenWriteProtected: SetupError("token_read_only"),
    low.SessionReadOnly: SetupError("token_read_only"),
    low.MechanismInvalid: SetupError("token_cannot"),
    low.MechanismParamInvalid: SetupError("token_cannot"),
    low.FunctionNotSupported: SetupError("token_cannot"),
    low.DomainParamsInvalid: SetupError("token_cannot"),
    low.AttributeValueInvalid: SetupError("token_cannot"),
    low.TemplateInconsistent: SetupError("token_cannot"),
    low.NoSuchKey: SetupError("token_key_missing"),
    low.DeviceMemory: StorageError("token_full"),
    low.SessionCount: StorageError("token_busy"),
    low.OperationActive: StorageError("token_busy"),
    low.AnotherUserAlreadyLoggedIn: StorageError("token_busy"),
    low.HostMemory: StorageError("token_busy"),
}
#: The session is gone (the token was restarted, a network HSM closed it), and nothing was begun in it.
NOT_BEGUN = (low.SessionHandleInvalid, low.SessionClosed, low.UserNotLoggedIn, low.TokenNotPresent)
#: The same, or something was begun and may be done: for what can be done twice without harm.
SESSION_LOST = (
    *(*NOT_BEGUN, low.DeviceRemoved, low.DeviceError, low.KeyHandleInvalid, low.ObjectHandleInvalid),
    *(low.GeneralError, low.FunctionFailed),  # what a module says when it has lost its token, for want of better
)


def named(error: low.PKCS11Error, what: str) -> DprError:
    """The error of ours for one of the module's; `what` says where."""
    found = _NAMED.get(type(error))
    if found is None:
        return StorageError("token_failed", f"{what}: {type(error).__name__}")
    return type(found)(found.code, what)


@contextmanager
def named_errors(what: str) -> Iterator[None]:
    """The module's errors as ours."""
    try:
        yield
    except low.PKCS11Error as error:
        raise named(error, what) from None
