"""Faults of the signing service itself and of its setup, and what its client meets."""

from __future__ import annotations

from dpr.core.codes.advice import Words

TABLE: dict[str, Words] = {
    "signer_config_invalid": Words(
        "Inställningarna för underskriftstjänsten (signer.toml) har fel.",
        "The settings of the signing service (signer.toml) have faults.",
        "Rätta det som anges; docs/signing-service.md beskriver varje inställning.",
        "Correct what is named; docs/signing-service.md describes every setting.",
    ),
    "signer_user_cannot_read": Words(
        "Filen skrevs, men tjänstens användare kan inte läsa den, så ändringen gäller inte.",
        "The file was written, but the service's user cannot read it, so the change does not count.",
        "Ändra ägaren på filen till tjänstens användare, eller kör kommandot som den användaren.",
        "Make the service's user the owner of the file, or run the command as that user.",
    ),
    "signer_people_invalid": Words(
        "Filen med förskrivarna (people.json) är skadad.",
        "The file of prescribers (people.json) is damaged.",
        "Lägg tillbaka den från säkerhetskopian. Nycklarna finns kvar i nyckelskåpet.",
        "Restore it from the backup. The keys are still in the HSM.",
    ),
    "signer_log_failed": Words(
        "Loggen över underskrifter kan inte skrivas, så inget skrivs under.",
        "The log of signatures cannot be written, so nothing is signed.",
        "Gör plats på disken och starta om tjänsten om felet kvarstår.",
        "Make room on the disk, and restart the service if it goes on.",
    ),
    "signer_log_moved": Words(
        "Loggfilen har flyttats eller bytts ut medan tjänsten kör, eller så saknas loggen som fanns.",
        "The log's file was moved or replaced while the service runs, or the log that was there is missing.",
        "Inget skrivs under. Lägg tillbaka den senaste filen och starta om tjänsten; flytta bara äldre filer.",
        "Nothing is signed. Put the latest file back and start the service again; move older files only.",
    ),
    "signer_log_begins_late": Words(
        "Loggens första rader finns inte här.",
        "The first lines of the log are not here.",
        "Har de arkiverats: ange --from med numret på raden som loggen börjar med. Annars: utred.",
        "If they are archived, give --from with the number of the line that the log begins with. Otherwise investigate.",
    ),
    "signer_log_broken": Words(
        "Loggen över underskrifter är inte hel: en rad saknas eller är ändrad. Var anges.",
        "The log of signatures is not whole: a line is missing or altered. Where is given.",
        "Spara loggen som den är och anmäl det som en säkerhetshändelse.",
        "Keep the log as it is and report a security incident.",
    ),
    "signer_log_missing": Words(
        "Det finns ingen logg över underskrifter i katalogen.",
        "There is no log of signatures in the folder.",
        "Kontrollera katalogen (log i signer.toml).",
        "Check the folder (log in signer.toml).",
    ),
    "signer_running": Words(
        "Underskriftstjänsten körs redan med samma logg.",
        "The signing service runs already with the same log.",
        "Stoppa den andra först.",
        "Stop the other one first.",
    ),
    "signer_address": Words(
        "Underskriftstjänsten kan inte lyssna på adressen.",
        "The signing service cannot listen on the address.",
        "Kontrollera host och port i signer.toml, och att inget annat använder porten.",
        "Check host and port in signer.toml, and that nothing else uses the port.",
    ),
    "trust_list_kept": Words(
        "En lista i platsens mapp saknas, är trasig eller är äldre än den som redan lästs in.",
        "A list in the site's folder is missing, torn, or older than the one that was read before.",
        "Den tidigare listan gäller tills vidare. Hämta listorna på nytt: dpr trust fetch.",
        "The list from before stays in force. Fetch the lists again: dpr trust fetch.",
    ),
    "crl_invalid": Words(
        "Spärrlistan för certifikat (crl) går inte att läsa, eller är inte utfärdad av någon i client_ca.",
        "The list of revoked certificates (crl) cannot be read, or no issuer in client_ca made it.",
        "Hämta listan på nytt från utfärdaren. En som lästs in tidigare gäller tills vidare.",
        "Fetch the list from the issuer again. One that was read before stays in force.",
    ),
    "crl_expired": Words(
        "Spärrlistan för certifikat (crl) är för gammal. Den används ändå tills en ny kommer.",
        "The list of revoked certificates (crl) is past its end. It is used all the same until a new one comes.",
        "Hämta en ny lista från utfärdaren.",
        "Fetch a new list from the issuer.",
    ),
    "signer_tls": Words(
        "Certifikat eller nyckel för TLS går inte att använda.",
        "A certificate or key for TLS cannot be used.",
        "Kontrollera sökvägar, rättigheter och att nyckeln hör till certifikatet och är okrypterad.",
        "Check paths and rights, and that the key belongs to the certificate and is not encrypted.",
    ),
    "jwks_invalid": Words(
        "Inloggningstjänstens nycklar (jwks) går inte att läsa.",
        "The identity provider's keys (jwks) cannot be read.",
        "Hämta filen på nytt från inloggningstjänsten.",
        "Fetch the file from the identity provider again.",
    ),
    "enrolment_user": Words(
        "Användaren saknas, är för lång eller står på två rader.",
        "The user is missing, too long, or stands on two lines.",
        "Skriv det som inloggningstjänsten kallar personen, en rad för var och en.",
        "Write what the identity provider calls the person, one line for each.",
    ),
    "enrolment_role": Words(
        "Bara förskrivare kan ha nycklar i underskriftstjänsten.",
        "Only prescribers can have keys in the signing service.",
        "Skriv prescriber i kolumnen role, eller ta bort raden.",
        "Write prescriber in the column role, or remove the line.",
    ),
    "signer_not_installed": Words(
        "Det som behövs för underskriftstjänsten är inte installerat.",
        "What the signing service needs is not installed.",
        'Installera med: pip install "dpr[signer]".',
        'Install it: pip install "dpr[signer]".',
    ),
    "enrolment_unknown": Words(
        "Ingen sådan förskrivare är inlagd.",
        "No such prescriber is enrolled.",
        "Se vilka som finns med dpr signer list.",
        "See who there is with dpr signer list.",
    ),
    "enrolment_key_unknown": Words(
        "Behörighetsbeviset hör till en nyckel som inte finns i den här tjänsten.",
        "The credential belongs to a key that this service does not have.",
        "Kontrollera att beviset är utfärdat på begäran från dpr signer enrol.",
        "Check that the credential was issued on a request of dpr signer enrol.",
    ),
    "enrolment_holder_differs": Words(
        "Behörighetsbeviset beskriver någon annan än den som lades in med nyckeln.",
        "The credential describes somebody else than who was enrolled with the key.",
        "Låt utfärdaren rätta raden, eller lägg in personen på nytt med rätta uppgifter.",
        "Have the issuer correct the line, or enrol the person again with what is right.",
    ),
    "signer_address_unsafe": Words(
        "Adressen till underskriftstjänsten duger inte: https, eller http på samma dator.",
        "The address of the signing service will not do: https, or http on the same computer.",
        "Skriv adressen som https://namn:port/.",
        "Write the address as https://name:port/.",
    ),
    "signer_token_file": Words(
        "Filen med inloggningen (DPR_TOKEN_FILE) går inte att använda.",
        "The file with the log-in (DPR_TOKEN_FILE) cannot be used.",
        "Kontrollera sökvägen, och att filen innehåller en enda token.",
        "Check the path, and that the file holds one token alone.",
    ),
    "signer_token_not_set": Words(
        "Underskriftstjänsten vill veta vem du är, men ingen fil med inloggning är angiven.",
        "The signing service asks who you are, but no file with a log-in is given.",
        "Sätt DPR_TOKEN_FILE till filen där journalsystemet lägger din token.",
        "Set DPR_TOKEN_FILE to the file in which the record system puts your token.",
    ),
    "signer_unreachable": Words(
        "Underskriftstjänsten svarar inte, eller något annat svarar i dess ställe.",
        "The signing service does not answer, or something else answers in its place.",
        "Kontrollera adress och nät. Receptet är inte underskrivet.",
        "Check the address and network. The prescription is not signed.",
    ),
    "signer_refused": Words(
        "Underskriftstjänsten skrev inte under. Skälet anges.",
        "The signing service did not sign. The reason is given.",
        "Gör det som skälet säger och försök igen.",
        "Do what the reason says and try again.",
    ),
}
