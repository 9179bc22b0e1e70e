"""What an HSM or a smart card can refuse, and faults of its address."""

from __future__ import annotations

from dpr.core.codes.advice import Words

TABLE: dict[str, Words] = {
    "pkcs11_not_installed": Words(
        "Stödet för HSM och smarta kort är inte installerat.",
        "The support for HSMs and smart cards is not installed.",
        'Installera det: pip install "dpr[hsm]".',
        'Install it: pip install "dpr[hsm]".',
    ),
    "pkcs11_uri_invalid": Words(
        "Adressen till nyckeln (pkcs11:) är fel skriven; den del som är fel anges.",
        "The address of the key (pkcs11:) is written wrongly; the part that is wrong is named.",
        "Rätta den delen. docs/keys.md visar hur adressen ska se ut.",
        "Correct that part. docs/keys.md shows how the address should be.",
    ),
    "pkcs11_pin_in_uri": Words(
        "PIN-koden står i adressen till nyckeln, där andra kan läsa den.",
        "The PIN stands in the address of the key, where others can read it.",
        "Byt PIN. Lägg den i en fil som bara du får läsa och skriv pin-source=file:/… i adressen.",
        "Change the PIN. Put it in a file that only you may read and write pin-source=file:/… in the address.",
    ),
    "token_module_missing": Words(
        "Det framgår inte vilken drivrutin (PKCS #11) som nyckelenheten har.",
        "It is not said which driver (PKCS #11) the token has.",
        "Skriv ?module-path=/… sist i adressen, eller sätt DPR_PKCS11_MODULE till drivrutinens fil.",
        "Write ?module-path=/… at the end of the address, or set DPR_PKCS11_MODULE to the driver's file.",
    ),
    "token_module": Words(
        "Drivrutinen till nyckelenheten går inte att ladda.",
        "The token's driver cannot be loaded.",
        "Kontrollera att filen finns, är en PKCS #11-modul och är installerad som leverantören säger.",
        "Check that the file exists, is a PKCS #11 module and is installed as its vendor says.",
    ),
    "token_missing": Words(
        "Nyckelenheten hittas inte: den är inte ansluten, eller har ett annat namn.",
        "The token is not found: it is not connected, or has another name.",
        "Anslut HSM:en eller sätt i kortet, och kontrollera token och serial i adressen.",
        "Connect the HSM or insert the card, and check token and serial in the address.",
    ),
    "token_ambiguous": Words(
        "Flera nyckelenheter passar in på adressen.",
        "Several tokens fit the address.",
        "Ange också serial i adressen.",
        "Give serial in the address too.",
    ),
    "token_pin": Words(
        "PIN-koden till nyckelenheten är fel. Den prövades en gång och prövas inte igen.",
        "The token's PIN is wrong. It was tried once and is not tried again.",
        "Rätta PIN-koden innan du försöker igen: många enheter låser sig efter tre fel.",
        "Correct the PIN before you try again: many tokens lock after three wrong ones.",
    ),
    "token_pin_refused_before": Words(
        "Nyckelenheten har redan nekat den PIN-koden, så den prövas inte igen.",
        "The token has already refused this PIN, so it is not tried again.",
        "Rätta PIN-koden och starta om programmet.",
        "Correct the PIN and start the program again.",
    ),
    "token_pin_last_try": Words(
        "Nästa felaktiga PIN låser nyckelenheten, så ingen PIN prövas.",
        "The next wrong PIN locks the token, so no PIN is tried.",
        "Logga in med leverantörens eget verktyg och rätt PIN; då börjar räkningen om.",
        "Log in with the vendor's own tool and the right PIN, which starts the count anew.",
    ),
    "token_pin_locked": Words(
        "Nyckelenheten är låst efter för många felaktiga PIN-koder.",
        "The token is locked after too many wrong PINs.",
        "Lås upp den med leverantörens verktyg och enhetens SO-PIN eller PUK.",
        "Unlock it with the vendor's tool and the token's SO PIN or PUK.",
    ),
    "token_pin_not_set": Words(
        "Nyckelenheten har ingen PIN för användaren, eller en vars tid har gått ut.",
        "The token has no user PIN, or one that has expired.",
        "Sätt en PIN med leverantörens verktyg.",
        "Set a PIN with the vendor's tool.",
    ),
    "token_read_only": Words(
        "Nyckelenheten är skrivskyddad.",
        "The token is write-protected.",
        "Ta bort skrivskyddet, eller skapa nyckeln med leverantörens verktyg.",
        "Take the protection away, or make the key with the vendor's tool.",
    ),
    "token_cannot": Words(
        "Nyckelenheten klarar inte den sortens nyckel eller underskrift.",
        "The token cannot make that kind of key or signature.",
        "Använd ES256 (P-256). Klarar enheten inte det, behövs en annan enhet.",
        "Use ES256 (P-256). If the token cannot do that, another one is needed.",
    ),
    "token_key_missing": Words(
        "Nyckeln finns inte i nyckelenheten.",
        "The key is not in the token.",
        "Kontrollera object och id i adressen; dpr key list visar vilka nycklar som finns.",
        "Check object and id in the address; dpr key list shows which keys there are.",
    ),
    "token_key_ambiguous": Words(
        "Flera nycklar i nyckelenheten passar in på adressen.",
        "Several keys in the token fit the address.",
        "Ange object, och id om flera har samma namn.",
        "Give object, and id where several have the same name.",
    ),
    "token_key_unsupported": Words(
        "Nyckeln är inte av en sort som används här, eller så saknas dess publika del i nyckelenheten.",
        "The key is not of a kind that is used here, or its public part is missing from the token.",
        "Använd en P-256- eller Ed25519-nyckel vars publika del ligger i enheten med samma id.",
        "Use a P-256 or Ed25519 key whose public part is in the token under the same id.",
    ),
    "token_key_exists": Words(
        "Det finns redan en nyckel med det namnet i nyckelenheten.",
        "There is a key of that name in the token already.",
        "Inget har ändrats. Välj ett annat namn (object).",
        "Nothing was changed. Choose another name (object).",
    ),
    "token_label_invalid": Words(
        "Nyckelns namn (object) går inte att använda.",
        "The name of the key (object) cannot be used.",
        "Välj 1 till 64 synliga tecken.",
        "Choose 1 to 64 visible characters.",
    ),
    "token_key_extractable": Words(
        "Nyckelenheten skapade en nyckel som går att läsa ut; den har tagits bort igen.",
        "The token made a key that can be read out; it was deleted again.",
        "Rätta enhetens inställningar, eller använd en annan enhet.",
        "Correct the token's settings, or use another token.",
    ),
    "token_full": Words(
        "Nyckelenheten är full.",
        "The token is full.",
        "Ta bort nycklar som inte används, eller utöka enheten.",
        "Delete keys that are not used, or extend the token.",
    ),
    "token_busy": Words(
        "Nyckelenheten är upptagen och tog inte emot begäran.",
        "The token is busy and did not take the request.",
        "Försök igen om en stund. Kontrollera vilka andra program som använder den.",
        "Try again in a moment. Check which other programs use it.",
    ),
    "token_silent": Words(
        "Nyckelskåpet (HSM) svarar inte.",
        "The HSM gives no answer.",
        "Kontrollera nyckelskåpet och nätet till det. Svarar det inte: starta om tjänsten.",
        "Check the HSM and the network to it. If it stays silent, start the service again.",
    ),
    "token_failed": Words(
        "Nyckelenheten svarade med ett fel, som anges.",
        "The token answered with a fault, which is named.",
        "Försök igen. Återkommer felet: visa det för den som sköter enheten.",
        "Try again. If it comes back, show it to whoever looks after the token.",
    ),
}
