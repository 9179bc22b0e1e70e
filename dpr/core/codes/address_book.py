"""What can be wrong with the address book that a site holds, with a recipient in it, and with what was sealed to us."""

from __future__ import annotations

from dpr.core.codes.advice import Words

_NEW_KEY = (
    "Hämta en nyare adressbok. Hjälper det inte: ring mottagaren, som behöver publicera en ny nyckel. Receptet går att "
    "skriva ut så länge.",
    "Fetch a newer address book. If that fails, call the recipient, who has to publish a new key. The prescription can be "
    "printed meanwhile.",
)
_WRONG_KEY = (
    "Skicka inte dit. Hämta en nyare adressbok, och anmäl till den som ger ut den om felet står kvar.",
    "Do not send there. Fetch a newer address book, and tell whoever publishes it if the fault remains.",
)
_CLOCK = (
    "Kontrollera klockan på båda sidor.",
    "Check the clock on both sides.",
)
_SENDER_AGAIN = (
    "Avsändaren behöver hämta den senaste adressboken och skicka på nytt.",
    "The sender has to fetch the latest address book and send anew.",
)

TABLE: dict[str, Words] = {
    "mail_key_not_verified": Words(
        "Mottagarens nyckel är inte underskriven av någon som går att lita på.",
        "The recipient's key is not signed by anybody who can be trusted.",
        *_WRONG_KEY,
    ),
    "mail_key_environment": Words(
        "Mottagarens nyckel hör till en annan miljö (test eller drift).",
        "The recipient's key is for another environment (test or production).",
        *_WRONG_KEY,
    ),
    "mail_key_queue": Words(
        "Nyckeln som står hos mottagaren hör till någon annan.",
        "The key that stands with the recipient belongs to somebody else.",
        *_WRONG_KEY,
    ),
    "mail_key_signer": Words(
        "Mottagarens nyckel är underskriven av någon som inte får läsa den brevlådan.",
        "The recipient's key is signed by somebody who may not read that queue.",
        *_WRONG_KEY,
    ),
    "mail_key_early": Words("Mottagarens nyckel är gjord i framtiden.", "The recipient's key was made in the future.", *_CLOCK),
    "mail_key_expired": Words("Mottagarens nyckel har gått ut.", "The recipient's key has expired.", *_NEW_KEY),
    "mail_key_signer_not_in_force": Words(
        "Behörighetsbeviset bakom mottagarens nyckel gäller inte längre, eller inte än.",
        "The credential behind the recipient's key is no longer in force, or not yet.",
        *_NEW_KEY,
    ),
    "mail_key_signer_revoked": Words(
        "Behörighetsbeviset bakom mottagarens nyckel är spärrat.",
        "The credential behind the recipient's key is revoked.",
        *_WRONG_KEY,
    ),
    "mail_key_name": Words(
        "Nyckeln som står hos mottagaren hör till någon med ett annat namn.",
        "The key that stands with the recipient belongs to somebody of another name.",
        "Skicka inte dit. Är det en brygga till SDK som ni litar på: skriv dess brevlåda i mail_gateways i policy.toml. "
        "Annars: anmäl till den som ger ut adressboken.",
        "Do not send there. If it is a gateway to SDK that you trust, name its queue in mail_gateways in policy.toml. "
        "Else tell whoever publishes the address book.",
    ),
    "mail_key_ending": Words(
        "Er publicerade nyckel för meddelanden går snart ut; sedan kan ingen skicka hit.",
        "Your published key for messages ends soon; after that nobody can send here.",
        "Gör en ny: dpr mail-key rotate, och lämna keys/mail-key.cbor till den som ger ut adressboken.",
        "Make a new one: dpr mail-key rotate, and give keys/mail-key.cbor to whoever publishes the address book.",
    ),
    "mail_key_not_in_book": Words(
        "Adressboken har inte er senaste nyckel för meddelanden.",
        "The address book does not have your latest key for messages.",
        "Hämta en nyare adressbok (dpr trust fetch). Står det kvar: lämna keys/mail-key.cbor till den som ger ut den.",
        "Fetch a newer address book (dpr trust fetch). If it remains, give keys/mail-key.cbor to whoever publishes it.",
    ),
    "address_book_no_entry": Words(
        "Mottagaren står inte i adressboken.",
        "The recipient is not in the address book.",
        "Kontrollera GLN, eller sök på namn och ort (dpr book search).",
        "Check the GLN, or search by name and place (dpr book search).",
    ),
    "address_book_older": Words(
        "Adressboken är inte nyare än den som redan finns.",
        "The address book is no newer than the one already held.",
        "Inget behöver göras: den nyare gäller. Kommer det tillbaka gång på gång: hämta från en annan plats.",
        "Nothing needs doing: the newer one is in force. If it comes back time and again, fetch from another place.",
    ),
    "address_book_missing": Words(
        "Det finns ingen adressbok här.",
        "There is no address book here.",
        "Hämta den med listorna: dpr trust fetch (trust_mirrors i policy.toml), eller läs in den från USB: dpr trust add.",
        "Fetch it with the lists: dpr trust fetch (trust_mirrors in policy.toml), or bring it in from USB: dpr trust add.",
    ),
    "mail_key_unknown": Words(
        "Meddelandet är förseglat till en nyckel som inte finns här.",
        "The message is sealed to a key that is not held here.",
        *_SENDER_AGAIN,
    ),
    "mail_not_opened": Words(
        "Meddelandet går inte att öppna: det är ändrat eller skadat på vägen.",
        "The message cannot be opened: it was changed or damaged on its way.",
        *_SENDER_AGAIN,
    ),
}
