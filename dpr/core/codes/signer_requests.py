"""What the signing service answers a request with: the document, the login, the form of the request."""

from __future__ import annotations

from dpr.core.codes.advice import Words

TABLE: dict[str, Words] = {
    "sign_structure": Words(
        "Det som skickades är inte det som ska skrivas under (Sig_structure enligt RFC 9052).",
        "What was sent is not what is to be signed (a Sig_structure of RFC 9052).",
        "Journalsystemets leverantör rättar; docs/signing-service.md visar hur det ska se ut.",
        "The record system's vendor corrects it; docs/signing-service.md shows what it must be.",
    ),
    "sign_kind": Words(
        "Här skrivs bara recept under, inga andra dokument.",
        "Only prescriptions are signed here, no other documents.",
        "Skicka ett recept (typ dpr-prescription).",
        "Send a prescription (typ dpr-prescription).",
    ),
    "sign_credential_other": Words(
        "Receptet är gjort för ett annat behörighetsbevis än förskrivarens eget.",
        "The prescription was made for another credential than the prescriber's own.",
        "Hämta förskrivarens bevis på nytt (GET /v1/me), gör om receptet och försök igen.",
        "Fetch the prescriber's credential again (GET /v1/me), make the prescription anew and try again.",
    ),
    "sign_time": Words(
        "Receptets tidpunkt är inte nu; skillnaden anges.",
        "The prescription's time is not now; the difference is given.",
        "Ställ journalsystemets klocka och gör om receptet.",
        "Set the record system's clock and make the prescription anew.",
    ),
    "sign_no_credential": Words(
        "Förskrivaren har en nyckel här men inget behörighetsbevis än.",
        "The prescriber has a key here but no credential yet.",
        "Be vårdgivarens IT läsa in beviset (dpr signer import).",
        "Ask the care provider's IT to import it (dpr signer import).",
    ),
    "sign_signature_wrong": Words(
        "Signaturen från nyckelskåpet (HSM) stämmer inte och lämnades inte ut.",
        "The signature from the HSM is wrong and was not given out.",
        "Försök igen. Händer det igen: stoppa tjänsten och kontrollera nyckelskåpet.",
        "Try again. If it happens again, stop the service and check the HSM.",
    ),
    "prescription_id_used": Words(
        "Samma recept-id har redan använts för ett annat innehåll.",
        "The same prescription id has been used for another content already.",
        "Välj ett nytt id för varje recept; samma id bara när samma recept skickas om.",
        "Choose a new id for each prescription; the same one only when sending the same prescription again.",
    ),
    "login_needed": Words(
        "Anropet säger inte vem det kommer från.",
        "The call does not say whom it comes from.",
        "Logga in i journalsystemet igen.",
        "Log in to the record system again.",
    ),
    "login_invalid": Words(
        "Inloggningen (token) går inte att godta; vad som är fel anges.",
        "The log-in (token) cannot be accepted; what is wrong is given.",
        "Logga in igen. Händer det alltid: journalsystemets leverantör rättar.",
        "Log in again. If it always happens, the record system's vendor corrects it.",
    ),
    "login_key_unknown": Words(
        "Inloggningen (token) är undertecknad med en nyckel som tjänsten inte känner.",
        "The log-in (token) is signed with a key that the service does not know.",
        "Logga in igen. Har inloggningstjänsten bytt nyckel: läs in dess nya nycklar (jwks).",
        "Log in again. If the identity provider has changed keys, bring in its new ones (jwks).",
    ),
    "login_expired": Words(
        "Inloggningen har gått ut.",
        "The log-in has ended.",
        "Logga in på nytt.",
        "Log in anew.",
    ),
    "login_not_for_us": Words(
        "Inloggningen (token) är inte utfärdad för den här tjänsten.",
        "The log-in (token) was not issued for this service.",
        "Kontrollera issuer och audience i signer.toml och i inloggningstjänsten.",
        "Check issuer and audience in signer.toml and at the identity provider.",
    ),
    "login_client": Words(
        "Inloggningen (token) hör till ett system som inte får använda tjänsten.",
        "The log-in (token) belongs to a system that may not use this service.",
        "Lägg till systemet under clients i signer.toml, om det ska få anropa.",
        "Add the system to clients in signer.toml, if it is to call.",
    ),
    "login_level": Words(
        "Inloggningen är inte tillräckligt säker för att skriva under recept.",
        "The log-in is not strong enough for signing prescriptions.",
        "Logga in med e-legitimation eller tjänstekort.",
        "Log in with an electronic identity or a service card.",
    ),
    "certificate_unknown": Words(
        "Klientcertifikatet hör inte till något system eller någon person som får anropa.",
        "The client certificate belongs to no system or person that may call.",
        "Kontrollera systems och names under [tls] i signer.toml.",
        "Check systems and names under [tls] in signer.toml.",
    ),
    "prescriber_unknown": Words(
        "Personen är inte inlagd som förskrivare i underskriftstjänsten, eller är avstängd där.",
        "The person is not enrolled as a prescriber in the signing service, or is disabled there.",
        "Be vårdgivarens IT lägga in personen (dpr signer enrol).",
        "Ask the care provider's IT to enrol the person (dpr signer enrol).",
    ),
    "certificate_revoked": Words(
        "Certifikatet som används i anropet är spärrat.",
        "The certificate used in the call is revoked.",
        "Använd ett nytt kort eller certifikat. Är det inte spärrat: läs in utfärdarens nya spärrlista (crl).",
        "Use a new card or certificate. If it is not revoked, bring in the issuer's new list (crl).",
    ),
    "certificate_expired": Words(
        "Certifikatet som används i anropet gäller inte nu.",
        "The certificate used in the call is not valid at this time.",
        "Förnya certifikatet och kontrollera klockan på underskriftstjänstens dator.",
        "Renew the certificate, and check the clock of the signing service's computer.",
    ),
    "certificate_not_listed": Words(
        "Spärrlistan saknar den utfärdare som gett ut certifikatet, så det går inte att säga om det är spärrat.",
        "The list of revoked certificates lacks the certificate's issuer, so nobody can tell whether it is revoked.",
        "Lägg utfärdarens spärrlista i filen crl och utfärdarens certifikat i client_ca.",
        "Put the issuer's list into the file crl, and the issuer's certificate into client_ca.",
    ),
    "local_closed": Words(
        "Lokala konton är stängda; de används bara när inloggningstjänsten är nere.",
        "Local accounts are closed; they are for when the identity provider is down.",
        "Logga in som vanligt. Går det inte: be IT öppna (dpr signer local-accounts open).",
        "Log in as usual. If that fails, ask IT to open them (dpr signer local-accounts open).",
    ),
    "local_not_set_up": Words(
        "Lokala konton är inte påslagna i inställningarna.",
        "Local accounts are not set up in the settings.",
        "Lägg till [local] i signer.toml.",
        "Add [local] to signer.toml.",
    ),
    "local_wrong": Words(
        "Användare eller lösenord är fel.",
        "The user or password is wrong.",
        "Försök igen. Har du glömt lösenordet: be IT om en ny engångskod.",
        "Try again. If you have forgotten the password, ask IT for a new first secret.",
    ),
    "local_wait": Words(
        "För många misslyckade försök från din dator; hur länge du ska vänta anges.",
        "Too many failed tries from your computer; how long to wait is given.",
        "Vänta och försök igen. Var det inte du: anmäl det till IT.",
        "Wait and try again. If it was not you, report it to IT.",
    ),
    "local_password_first": Words(
        "Engångskoden räcker inte för att skriva under: välj först ett eget lösenord.",
        "The first secret is not enough for signing: choose a password first.",
        "Välj ett lösenord och logga in med det.",
        "Choose a password and log in with it.",
    ),
    "local_password_weak": Words(
        "Lösenordet är för svagt: 12 till 200 tecken, inte användarnamnet, minst sex olika tecken.",
        "The password is too weak: 12 to 200 characters, not the user name, at least six different ones.",
        "Välj ett längre lösenord, till exempel fyra ord.",
        "Choose a longer one, such as four words.",
    ),
    "signer_request_type": Words(
        "Anropet har fel slags innehåll, eller är packat; vad som väntas anges.",
        "The call has the wrong kind of content, or is compressed; what is expected is given.",
        "Journalsystemets leverantör rättar Content-Type och Content-Encoding.",
        "The record system's vendor corrects Content-Type and Content-Encoding.",
    ),
    "signer_request_malformed": Words(
        "Anropet är inte giltig HTTP, eller så är dess huvud för långt.",
        "The request is not valid HTTP, or its header is too long.",
        "Rätta programmet som anropar: en rad i huvudet får vara 24 000 tecken.",
        "Correct the program that calls: a line of the header may have 24,000 characters.",
    ),
    "signer_request_too_large": Words(
        "Anropet är för stort; gränsen anges.",
        "The call is too large; the limit is given.",
        "Dela upp receptet i flera.",
        "Split the prescription into several.",
    ),
    "signer_request_slow": Words(
        "Anropet kom inte fram i tid.",
        "The call did not arrive in time.",
        "Försök igen. Händer det ofta: se över nätet.",
        "Try again. If it happens often, look into the network.",
    ),
    "signer_route_unknown": Words(
        "Adressen finns inte i underskriftstjänsten.",
        "The signing service has no such address.",
        "Se /v1/openapi.json.",
        "See /v1/openapi.json for what there is.",
    ),
    "signer_method": Words(
        "Adressen finns, men inte för det anropet.",
        "The address exists, but not for this method.",
        "Se /v1/openapi.json för vilka anrop som finns.",
        "See /v1/openapi.json for which methods there are.",
    ),
    "signer_id_form": Words(
        "Recept-id:t i anropet har fel form: 32 hexadecimala siffror, slumpade.",
        "The prescription id in the call has the wrong form: 32 random hexadecimal digits.",
        "Journalsystemets leverantör rättar huvudet Prescription-Id.",
        "The record system's vendor corrects the header Prescription-Id.",
    ),
    "signer_busy": Words(
        "Underskriftstjänsten har för mycket att göra just nu.",
        "The signing service has too much to do at the moment.",
        "Försök igen om några sekunder.",
        "Try again in some seconds.",
    ),
}
