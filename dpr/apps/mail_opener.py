"""A site's mail keys for a program that runs for long: dpr.ports.Opener.

Rules: a message to a key that is not held makes the key file be read again, where that has changed: a key that was rotated is
published at once, and the service must open what is sealed to it. A file that cannot be read just now leaves the message where
it is. A passphrase is asked for once.

Example: `FreshOpener(site).open(sealing.read(data))`
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from dpr.adapters.opening_keys import OpeningKeys
from dpr.adapters.secrets import PASSPHRASE
from dpr.apps.compose import SiteFolder
from dpr.apps.mail_trust import changed
from dpr.core.errors import DocumentError
from dpr.core.mail.mail_key import SealingKey
from dpr.core.mail.sealing import Sealed


class FreshOpener:
    """Opens what was sealed to one of the site's keys, as the file has them by then. SetupError as `SiteFolder.opener`."""

    def __init__(self, site: SiteFolder) -> None:
        self._path = site.mail_key_path()
        self._passphrase = cache(lambda: PASSPHRASE.get(str(self._path)))
        self._stamp = changed(self._path)
        self._held = OpeningKeys.load(self._path, self._passphrase)

    @property
    def keys(self) -> Sequence[SealingKey]:
        """The public halves, the one to publish first."""
        return self._held.keys

    def open(self, sealed: Sealed) -> bytes:
        """As `OpeningKeys.open`; SetupError where the file has changed and cannot be read."""
        try:
            return self._held.open(sealed)
        except DocumentError as error:
            stamp = changed(self._path)
            if error.code != "mail_key_unknown" or stamp == self._stamp:
                raise
        self._held = OpeningKeys.load(self._path, self._passphrase)
        self._stamp = stamp
        return self._held.open(sealed)
