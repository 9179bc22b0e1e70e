"""What a node that sends and fetches messages meets: its own mail file, relays that fail or lie, messages that it refuses."""

from __future__ import annotations

from dpr.core.codes.advice import NOTHING, SUPPORT, Words

_NEXT = (
    "Inget behöver göras: programmet provar igen och går till nästa förmedlare av sig själv.",
    "Nothing needs doing: the program tries again and goes to the next relay by itself.",
)
_SENDER = (
    "Avsändaren får svaret och behöver skicka på nytt.",
    "The sender gets this answer and has to send anew.",
)
_KEPT = (
    "Det som redan är sparat finns kvar. Frigör plats eller rätta behörigheten, och starta tjänsten igen.",
    "What was kept before is still there. Free some space or mend the permission, and start the service again.",
)

TABLE: dict[str, Words] = {
    "relay_unreachable": Words("Förmedlaren går inte att nå.", "The relay cannot be reached.", *_NEXT),
    "relay_slow": Words("Förmedlaren svarade för långsamt.", "The relay answered too slowly.", *_NEXT),
    "relay_answer": Words(
        "Förmedlaren svarade på ett sätt som inte hör till protokollet.",
        "The relay answered in a way that is not in the protocol.",
        *_NEXT,
    ),
    "relay_certificate": Words(
        "Förmedlarens TLS-certifikat är inte utfärdat av någon som vi litar på, eller gäller ett annat namn.",
        "The relay's TLS certificate is not issued by anybody whom we trust, or is for another name.",
        "Kontrollera mail_ca i policy.toml. Stämmer den: anmäl till den som driver förmedlaren.",
        "Check mail_ca in policy.toml. If that is right, tell whoever runs the relay.",
    ),
    "relay_address_unsafe": Words(
        "Förmedlarens adress är inte https. Legitimationen skulle gå i klartext över nätet.",
        "The relay's address is not https. The token would cross the network in the clear.",
        "Den som ger ut adressboken rättar adressen. http går bara till den egna datorn.",
        "Whoever publishes the address book corrects the address. http works to this computer alone.",
    ),
    "relay_token_not_made": Words(
        "Nodens nyckel gick inte att använda, så förmedlaren fick ingen legitimation.",
        "The node's key could not be used, so that the relay got no token.",
        "Kontrollera nyckeln, HSM:en eller signeringstjänsten. Det som ska skickas ligger kvar och skickas när den fungerar.",
        "Check the key, the HSM or the signing service. What is to be sent stays and is sent when it works.",
    ),
    "mailbox_tls": Words(
        "Filerna för TLS mot förmedlare går inte att använda.",
        "The files for TLS with relays cannot be used.",
        "Kontrollera mail_ca, mail_certificate och mail_certificate_key i policy.toml, och att filerna är PEM utan lösenord.",
        "Check mail_ca, mail_certificate and mail_certificate_key in policy.toml, and that they are PEM without a passphrase.",
    ),
    "relay_forgot": Words(
        "Förmedlaren har kvitterat meddelandet men känner inte till det: den är återställd från en gammal kopia, eller ljuger.",
        "The relay has receipted the message but does not know it: it was restored from an old copy, or lies.",
        "Meddelandet lämnas till den igen av sig självt. Anmäl till den som driver förmedlaren.",
        "The message is handed to it again by itself. Tell whoever runs the relay.",
    ),
    "relay_withdrew_unasked": Words(
        "Förmedlaren säger att meddelandet är återtaget, men det har inte begärts härifrån.",
        "The relay says that the message was withdrawn, which nobody here asked for.",
        "Meddelandet går till nästa förmedlare av sig självt. Anmäl till den som driver förmedlaren; kvittensen är bevis.",
        "The message goes to the next relay by itself. Tell whoever runs the relay; its receipt is evidence.",
    ),
    "relay_expired_early": Words(
        "Förmedlaren har tagit bort meddelandet innan dess tid var ute.",
        "The relay has removed the message before its time was up.",
        "Meddelandet går till nästa förmedlare av sig självt. Anmäl till den som driver förmedlaren; kvittensen är bevis.",
        "The message goes to the next relay by itself. Tell whoever runs the relay; its receipt is evidence.",
    ),
    "relay_withholds": Words(
        "Förmedlaren har kvitterat ett meddelande till oss men lämnar inte ut det.",
        "The relay has receipted a message for us but does not hand it out.",
        "Hämtar en annan dator hos er samma brevlåda är det i sin ordning. Annars: anmäl till den som driver förmedlaren.",
        "If another computer of yours fetches the same queue, all is well. Else tell whoever runs the relay.",
    ),
    "relay_head_old": Words(
        "Förmedlarens besked är inte från nu: någons klocka går fel, eller ett gammalt svar visas igen.",
        "What the relay says is not of now: somebody's clock is wrong, or an old answer is shown again.",
        "Kontrollera klockan här. Stämmer den: anmäl till den som driver förmedlaren.",
        "Check the clock here. If it is right, tell whoever runs the relay.",
    ),
    "receipt_documents": Words(
        "Kvittensen nämner andra dokument än de som skickades.",
        "The receipt names other documents than were sent.",
        "Den räknas inte. Ring mottagaren om det återkommer.",
        "It does not count. Call the recipient if it comes again.",
    ),
    "sender_revoked": Words("Avsändarens behörighetsbevis är spärrat.", "The sender's credential is revoked.", *_SENDER),
    "sender_not_in_force": Words(
        "Avsändarens behörighetsbevis gäller inte längre, eller inte än.",
        "The sender's credential is no longer in force, or not yet.",
        *_SENDER,
    ),
    "mail_not_ours": Words(
        "Meddelandet är till en annan brevlåda eller en annan miljö (test eller drift).",
        "The message is for another queue or another environment (test or production).",
        *_SENDER,
    ),
    "mail_id_reused": Words(
        "Avsändaren har redan skickat ett annat meddelande med samma id.",
        "The sender has sent another message with the same id before.",
        *_SENDER,
    ),
    "mail_kind_not_taken": Words(
        "Meddelandet har ett dokument av ett slag som inte tas emot här.",
        "The message holds a document of a kind that is not taken here.",
        *_SENDER,
    ),
    "mail_no_documents": Words(
        "Inget dokument att skicka.", "No document to send.", "Ange minst ett dokument.", "Name at least one document."
    ),
    "mail_too_many_documents": Words(
        "För många dokument i ett meddelande.",
        "Too many documents in one message.",
        "Skicka dem i flera meddelanden, högst 16 i varje.",
        "Send them in several messages, at most 16 in each.",
    ),
    "mail_already_running": Words(
        "Tjänsten som skickar och hämtar är redan igång för den här mappen.",
        "The service that sends and fetches is running for this folder already.",
        *NOTHING,
    ),
    "mail_folder_busy": Words(
        "Något annat kommando skickar eller hämtar för den här mappen.",
        "Another command is sending or fetching for this folder.",
        "Vänta tills det är klart, och försök igen.",
        "Wait until it is done, and try again.",
    ),
    "message_not_in_outbox": Words(
        "Meddelandet finns inte bland de skickade.",
        "The message is not among those sent.",
        "Kontrollera id (dpr mail list). Gamla meddelanden gallras.",
        "Check the id (dpr mail list). Old messages are removed.",
    ),
    "message_not_in_inbox": Words(
        "Meddelandet finns inte bland de mottagna.",
        "The message is not among those received.",
        "Kontrollera id (dpr inbox). Gamla meddelanden gallras.",
        "Check the id (dpr inbox). Old messages are removed.",
    ),
    "mail_file_damaged": Words(
        "Filen med meddelanden (mail.db) är skadad, eller är någon annans.",
        "The file with messages (mail.db) is damaged, or is another program's.",
        "Flytta undan filen (kasta den inte) med dess -wal och -shm, och återställ säkerhetskopian.",
        "Move the file aside (keep it) with its -wal and -shm, and restore the backup.",
    ),
    "mail_file_full": Words(
        "Disken är full: det senaste meddelandet är inte sparat och inte skickat.",
        "The disk is full: the latest message was neither kept nor sent.",
        *_KEPT,
    ),
    "mail_file_not_writable": Words(
        "Filen med meddelanden (mail.db) går inte att skriva: mappen eller behörigheten saknas.",
        "The file with messages (mail.db) cannot be written: the folder or the permission is missing.",
        *_KEPT,
    ),
    "mail_file_locked": Words(
        "Filen med meddelanden (mail.db) är upptagen av ett annat program. Inget har sparats.",
        "The file with messages (mail.db) is held by another program. Nothing was kept.",
        "Försök igen. Händer det flera gånger: se om en säkerhetskopiering har filen öppen.",
        "Try again. If it happens again: see whether a backup holds the file.",
    ),
    "mail_file_row_refused": Words(
        "Uppgifterna går inte att spara bland meddelandena.", "These values cannot be kept among the messages.", *SUPPORT
    ),
    "mail_file_newer_version": Words(
        "Filen med meddelanden (mail.db) är skriven av en nyare version av programmet.",
        "The file with messages (mail.db) was written by a newer version of the program.",
        "Uppdatera programmet. Filen är orörd.",
        "Update the program. The file is untouched.",
    ),
    "mail_file_upgrade_failed": Words(
        "Filen med meddelanden (mail.db) gick inte att uppgradera. Den är kvar som den var.",
        "The file with messages (mail.db) could not be upgraded. It stands as it was.",
        "Använd den förra versionen av programmet så länge och anmäl felet.",
        "Use the earlier version of the program meanwhile and report it.",
    ),
    "mail_file_sqlite_too_old": Words(
        "Datorns SQLite är för gammalt för filen med meddelanden (mail.db).",
        "This computer's SQLite is too old for the file with messages (mail.db).",
        "Installera Python med SQLite 3.37 eller senare.",
        "Install a Python with SQLite 3.37 or later.",
    ),
    "mail_file_unusable": Words(
        "Filen med meddelanden (mail.db) svarar inte som den ska. Det senaste är inte säkert sparat.",
        "The file with messages (mail.db) does not answer as it should. The latest may not have been kept.",
        "Kontrollera disken. Det som inte är kvitterat skickas igen.",
        "Check the disk. What has no receipt is sent again.",
    ),
}
