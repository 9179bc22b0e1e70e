"""What can be wrong with a message, its seal, its receipts or the token that a node shows (docs/protocol.md)."""

from __future__ import annotations

from dpr.core.codes.advice import FETCH, SUPPORT, Words

_SENDER = (
    "Avsändaren behöver skicka på nytt. Anmäl till den som sköter avsändarens system om det återkommer.",
    "The sender has to send anew. Tell whoever looks after the sender's system if it comes again.",
)
_CLOCK = (
    "Kontrollera klockan på båda sidor.",
    "Check the clock on both sides.",
)
_RELAY = (
    "Använd en annan förmedlare och anmäl till den som driver den här. Spara kvittenserna: de är bevis.",
    "Use another relay and tell whoever runs this one. Keep the receipts: they are evidence.",
)
_BOOK = (
    "Behåll den adressbok som finns och hämta igen, från en annan plats.",
    "Keep the address book that is held and fetch again, from another place.",
)

TABLE: dict[str, Words] = {
    "mail_queue": Words("Brevlådans namn är inte skrivet rätt.", "The queue's name is not well formed.", *SUPPORT),
    "mail_times": Words(
        "Tiderna går inte ihop, eller spänner över för lång tid.", "The times do not fit, or span too long.", *_CLOCK
    ),
    "mail_origin": Words(
        "Adressen till förmedlaren är inte skriven rätt.",
        "The relay's address is not well formed.",
        "Skriv den som https://namn eller https://namn:port, utan något efter.",
        "Write it as https://name or https://name:port, with nothing after it.",
    ),
    "mail_too_large": Words(
        "Meddelandet är för stort.",
        "The message is too large.",
        "Skicka färre dokument åt gången.",
        "Send fewer documents at a time.",
    ),
    "mail_malformed": Words("Det är inget förseglat meddelande.", "It is no sealed message.", *_SENDER),
    "mail_header": Words(
        "Meddelandets yttre uppgifter är inte skrivna rätt.", "The message's outer header is not well formed.", *_SENDER
    ),
    "mail_algorithm": Words(
        "Meddelandet är förseglat på ett sätt som inte stöds.",
        "The message is sealed in a way that is not supported.",
        *_SENDER,
    ),
    "mail_size": Words(
        "Meddelandet har inte någon av de storlekar som ett meddelande har.",
        "The message has none of the sizes that messages have.",
        *_SENDER,
    ),
    "mail_padding": Words(
        "Det förseglade innehållet är inte utfyllt rätt.", "What was sealed is not padded as it must be.", *_SENDER
    ),
    "mail_header_differs": Words(
        "Det yttre säger något annat än det inre.", "The outer header says something else than what is inside.", *_SENDER
    ),
    "mail_key_malformed": Words(
        "Nyckeln att försegla till går inte att använda.",
        "The key to seal to cannot be used.",
        "Mottagaren behöver publicera en ny nyckel.",
        "The recipient has to publish a new key.",
    ),
    "token_audience": Words(
        "Legitimationen är gjord för en annan förmedlare.",
        "The token was made for another relay.",
        "Kontrollera förmedlarens adress i inställningarna.",
        "Check the relay's address in the settings.",
    ),
    "token_early": Words("Legitimationen är gjord i framtiden.", "The token was made in the future.", *_CLOCK),
    "token_expired": Words("Legitimationen har gått ut.", "The token has expired.", *_CLOCK),
    "receipt_fields": Words(
        "Kvittensen har inte de uppgifter som dess slag har.", "The receipt lacks what its type has, or has more.", *SUPPORT
    ),
    "receipt_signer": Words(
        "Kvittensen är underskriven av någon som inte får säga detta.",
        "The receipt is signed by somebody who may not say this.",
        *_RELAY,
    ),
    "receipt_queue": Words("Kvittensen gäller en annan brevlåda.", "The receipt is for another queue.", *_RELAY),
    "receipt_relay": Words(
        "Kvittenserna är flera förmedlares, eller gäller flera brevlådor.",
        "The receipts are several relays', or for several queues.",
        *_RELAY,
    ),
    "receipt_message": Words("Kvittensen gäller ett annat meddelande.", "The receipt is for another message.", *_RELAY),
    "receipt_digest": Words(
        "Kvittensen gäller ett annat innehåll än det som skickades.", "The receipt is for other content than was sent.", *_RELAY
    ),
    "relay_gap": Words("Förmedlaren har hoppat över ett meddelande.", "The relay has left a message out.", *_RELAY),
    "relay_forked": Words(
        "Förmedlaren har visat olika saker för olika parter.",
        "The relay has shown different things to different parties.",
        *_RELAY,
    ),
    "relay_rolled_back": Words(
        "Förmedlaren har glömt meddelanden som den har kvitterat.",
        "The relay has forgotten messages that it had receipted.",
        *_RELAY,
    ),
    "address_book_times": Words("Adressbokens tider går inte ihop.", "The address book's times do not fit.", *_BOOK),
    "address_book_queue_twice": Words(
        "Samma brevlåda står två gånger i adressboken.", "One queue stands twice in the address book.", *_BOOK
    ),
    "address_book_threshold": Words(
        "Adressboken är inte underskriven av myndigheten.", "The address book is not signed by the authority.", *_BOOK
    ),
    "address_book_environment": Words(
        "Adressboken hör till en annan miljö (test eller drift).",
        "The address book is for another environment (test or production).",
        *FETCH,
    ),
    "address_book_authority": Words("Adressboken är en annan myndighets.", "The address book is another authority's.", *_BOOK),
}
