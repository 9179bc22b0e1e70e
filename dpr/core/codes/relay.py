"""What a relay refuses, and what can be wrong with its setup (docs/protocol.md, docs/howto-relay.md)."""

from __future__ import annotations

from dpr.core.codes.advice import Words

_LATER = (
    "Inget behöver göras: den som skickar försöker igen av sig själv.",
    "Nothing needs doing: whoever sends tries again by itself.",
)
_SYSTEM = (
    "Anmäl till den som sköter systemet som anropar.",
    "Tell whoever looks after the system that calls.",
)
_OWN = (
    "Kontrollera nodens nyckel och behörighetsbevis i inställningarna.",
    "Check the node's key and credential in its settings.",
)
_ISSUER = (
    "Be den som utfärdar behörighetsbevis om ett som gäller.",
    "Ask whoever issues credentials for one that is in force.",
)
_OPERATOR = (
    "Den som driver förmedlaren behöver se till den.",
    "Whoever runs the relay has to see to it.",
)
_RECIPIENT = (
    "Mottagaren hämtar inte. Ring mottagaren; avsändarens system försöker igen under tiden.",
    "The recipient does not fetch. Call the recipient; meanwhile the sender's system tries again.",
)
_SETTINGS = (
    "Rätta det som anges i relay.toml; docs/howto-relay.md beskriver varje inställning.",
    "Correct what is named in relay.toml; docs/howto-relay.md describes every setting.",
)

TABLE: dict[str, Words] = {
    "relay_request_malformed": Words("Anropet är ingen HTTP.", "The request is no HTTP.", *_SYSTEM),
    "relay_request_too_large": Words("Det som skickades är för stort.", "What was sent is too large.", *_SYSTEM),
    "relay_request_type": Words(
        "Det som skickades har fel innehållstyp, eller är komprimerat.",
        "What was sent has the wrong content type, or is compressed.",
        *_SYSTEM,
    ),
    "relay_request_slow": Words("Det tog för lång tid att skicka.", "Sending took too long.", *_LATER),
    "relay_query": Words(
        "En parameter i anropet är okänd eller felaktig.", "A parameter of the request is unknown or wrong.", *_SYSTEM
    ),
    "relay_route_unknown": Words("Förmedlaren har ingen sådan adress.", "The relay has no such address.", *_SYSTEM),
    "relay_method": Words("Adressen används på annat sätt.", "That address is used in another way.", *_SYSTEM),
    "relay_rate": Words("Noden frågar för ofta.", "The node asks too often.", *_LATER),
    "relay_busy": Words("Förmedlaren har för mycket att göra just nu.", "The relay has too much to do just now.", *_LATER),
    "relay_draining": Words("Förmedlaren håller på att stanna.", "The relay is stopping.", *_LATER),
    "relay_store_silent": Words("Förmedlarens lager svarar inte.", "The relay's store does not answer.", *_OPERATOR),
    "node_needed": Words(
        "Noden har inte sagt vem den är.",
        "The node has not said who it is.",
        *_OWN,
    ),
    "node_text": Words(
        "Nodens legitimation eller bevis är inte skrivet rätt.", "The node's token or credential is not well formed.", *_SYSTEM
    ),
    "certificate_key_differs": Words(
        "Klientcertifikatet har en annan nyckel än behörighetsbeviset.",
        "The client certificate has another key than the credential.",
        *_OWN,
    ),
    "node_revoked": Words("Nodens behörighetsbevis är spärrat.", "The node's credential is revoked.", *_ISSUER),
    "node_suspended": Words("Nodens behörighetsbevis är tillfälligt spärrat.", "The node's credential is suspended.", *_ISSUER),
    "node_not_in_force": Words(
        "Nodens behörighetsbevis gäller inte nu.", "The node's credential is not in force now.", *_ISSUER
    ),
    "queue_of_another": Words("Brevlådan är en annan nods.", "The queue is another node's.", *_OWN),
    "queue_elsewhere": Words(
        "Den här noden tar bara emot till sina egna brevlådor.",
        "This node takes messages for its own queues only.",
        "Hämta en ny adressbok: adressen kan ha ändrats.",
        "Fetch the address book again: the address may have changed.",
    ),
    "mail_environment": Words(
        "Meddelandet hör till en annan miljö (test eller drift).",
        "The message is for another environment (test or production).",
        "Kontrollera miljön (environment) i avsändarens inställningar. Test och drift blandas aldrig.",
        "Check the environment in the sender's settings. Test and production never mix.",
    ),
    "mail_early": Words(
        "Meddelandet är gjort i framtiden.",
        "The message was made in the future.",
        "Kontrollera klockan på båda sidor.",
        "Check the clock on both sides.",
    ),
    "mail_id_taken": Words(
        "Ett annat meddelande med samma id finns redan.",
        "Another message with the same id is there already.",
        *_SYSTEM,
    ),
    "mail_expired": Words(
        "Meddelandets tid har gått ut.",
        "The message's time is over.",
        "Skicka på nytt som ett nytt meddelande, om det fortfarande behövs.",
        "Send it anew as a new message, if it is still needed.",
    ),
    "queue_full": Words("Mottagarens brevlåda är full.", "The recipient's queue is full.", *_RECIPIENT),
    "queue_share_full": Words(
        "Mottagarens brevlåda har redan så mycket som den här avsändaren får lägga där.",
        "The recipient's queue holds as much already as this sender may put there.",
        *_RECIPIENT,
    ),
    "sender_full": Words(
        "Förmedlaren håller redan så mycket som den här avsändaren får lägga där.",
        "The relay holds as much already as this sender may put there.",
        *_RECIPIENT,
    ),
    "message_unknown": Words(
        "Förmedlaren har inget sådant meddelande från den här noden.",
        "The relay has no such message from this node.",
        *_SYSTEM,
    ),
    "list_unknown": Words("Förmedlaren har ingen sådan lista.", "The relay has no such list.", *_OPERATOR),
    "relay_config_invalid": Words(
        "Inställningarna för förmedlaren (relay.toml) har fel.", "The relay's settings (relay.toml) have faults.", *_SETTINGS
    ),
    "relay_config_exists": Words(
        "Det finns redan en relay.toml där.",
        "There is a relay.toml there already.",
        "Välj en annan katalog, eller ändra den som finns.",
        "Choose another folder, or change the one that is there.",
    ),
    "relay_already_running": Words(
        "En annan förmedlare kör mot samma databasfil.",
        "Another relay runs on the same database file.",
        "Stäng den andra. Flera processer delar en PostgreSQL, aldrig en SQLite-fil (docs/howto-relay.md).",
        "Stop the other one. Several processes share a PostgreSQL, never a SQLite file (docs/howto-relay.md).",
    ),
    "relay_tls_ended": Words(
        "Förmedlarens TLS-certifikat har gått ut: noderna kopplar inte upp sig.",
        "The relay's TLS certificate has ended: nodes do not connect.",
        "Lägg ett förnyat certifikat på samma plats; det tas i bruk utan omstart.",
        "Put a renewed certificate in the same place; it is taken into use without a restart.",
    ),
    "relay_tls_ends": Words(
        "Förmedlarens TLS-certifikat går ut inom 14 dagar.",
        "The relay's TLS certificate ends within 14 days.",
        "Förnya det; det nya tas i bruk utan omstart.",
        "Renew it; the renewed one is taken into use without a restart.",
    ),
    "relay_credential_ends": Words(
        "Förmedlarens behörighetsbevis går ut inom 14 dagar, eller har gått ut.",
        "The relay's credential ends within 14 days, or has ended.",
        "Begär ett nytt bevis med samma namn av den som utfärdar, byt filen och starta om förmedlaren.",
        "Ask the issuer for another credential with the same name, replace the file and restart the relay.",
    ),
    "relay_tls_name": Words(
        "Certifikatet är inte för det namn som noderna använder (origins i relay.toml).",
        "The certificate is not for the name that nodes dial (origins in relay.toml).",
        "Skaffa ett certifikat för namnet, eller rätta origins.",
        "Get a certificate for that name, or correct origins.",
    ),
    "relay_not_installed": Words(
        "Det som förmedlaren behöver är inte installerat.",
        "What the relay needs is not installed.",
        'Installera: pip install "dpr[relay]".',
        'Install it: pip install "dpr[relay]".',
    ),
    "relay_address": Words(
        "Det går inte att lyssna på adressen i relay.toml.", "The address in relay.toml cannot be listened on.", *_SETTINGS
    ),
    "relay_tls": Words(
        "Certifikaten i relay.toml går inte att använda.", "The certificates in relay.toml cannot be used.", *_SETTINGS
    ),
    "relay_key_differs": Words(
        "Förmedlarens nyckel är inte den som behörighetsbeviset gäller.",
        "The relay's key is not the one that its credential is for.",
        *_SETTINGS,
    ),
    "relay_role": Words(
        "Behörighetsbeviset är inte en förmedlares eller en nods.",
        "The credential is not that of a relay or a node.",
        *_SETTINGS,
    ),
    "relay_not_trusted": Words(
        "Ingen i förtroendelistan står för förmedlarens behörighetsbevis.",
        "Nobody in the trust list vouches for the relay's credential.",
        "Hämta nya listor till site-katalogen (dpr trust fetch) och kontrollera beviset.",
        "Fetch the lists anew into the site folder (dpr trust fetch) and check the credential.",
    ),
}
