"""What the national medication list answers, and the reporting of what was dispensed offline."""

from __future__ import annotations

from dpr.core.codes.advice import SUPPORT, Words

TABLE: dict[str, Words] = {
    "register_unreachable": Words(
        "Registret går inte att nå. Inget har skickats.",
        "The register cannot be reached. Nothing was sent.",
        "Programmet försöker igen av sig självt.",
        "The program tries again by itself.",
    ),
    "register_silent": Words(
        "Registret har inte svarat, så det är okänt om det tog emot uppgifterna.",
        "The register has not answered, so whether it took the data is not known.",
        "Skicka inget på nytt för hand. Programmet ser efter i registret först.",
        "Send nothing again by hand. The program looks in the register first.",
    ),
    "register_rejected": Words(
        "Registret sade nej.",
        "The register said no.",
        "Läs registrets svar, rätta det som går och begär ett nytt försök.",
        "Read the register's answer, correct what you can and ask for another attempt.",
    ),
    "patient_not_in_register": Words(
        "Registret känner inte till patientens nummer.",
        "The register does not know the patient's number.",
        "Kontrollera numret med patienten eller förskrivaren.",
        "Check the number with the patient or the prescriber.",
    ),
    "twin_in_register": Words(
        "Registret har redan ett recept som ser likadant ut. Bara ett av dem får expedieras.",
        "The register holds a prescription that looks the same already. Only one of them may be dispensed.",
        "Jämför dem. Är det samma: se till att det ena makuleras innan något lämnas ut.",
        "Compare them. If they are the same, have one cancelled before anything is dispensed.",
    ),
    "several_in_register": Words(
        "Samma rad finns flera gånger i registret.",
        "The same row is in the register several times.",
        "Låt registret ta bort de överflödiga; deras id anges.",
        "Have the register remove those that are too many; their ids are given.",
    ),
    "sink_animals": Words(
        "Djurrecept registreras i Receptdepå djur, inte i det här registret.",
        "Animal prescriptions are registered in Receptdepå djur, not in this register.",
        "Registrera receptet i Receptdepå djur.",
        "Register the prescription in Receptdepå djur.",
    ),
    "dispensing_not_kept": Words(
        "Liggaren har inte uttaget som ska rapporteras.",
        "The ledger does not hold the dispensing that is to be reported.",
        *SUPPORT,
    ),
    "row_not_parked": Words(
        "Raden väntar inte på en farmaceut, så det finns inget att försöka igen.",
        "The row does not wait for a pharmacist, so there is nothing to try again.",
        "Se kön: den kan redan vara registrerad.",
        "Look at the queue: it may be registered already.",
    ),
    "register_token": Words(
        "Behörighetsbeviset till registret (DPR_REGISTER_TOKEN) har fel form.",
        "The token for the register (DPR_REGISTER_TOKEN) has the wrong form.",
        "Sätt variabeln till ett giltigt bevis utan mellanslag eller andra tecken.",
        "Set the variable to a valid token, without spaces or other characters.",
    ),
    "register_database": Words(
        "Övningsregistrets databas går inte att använda.",
        "The reference register's database cannot be used.",
        "Kontrollera sökvägen, eller ta bort filen: det är bara övningsdata.",
        "Check the path, or remove the file: it is only practice data.",
    ),
    "register_address": Words(
        "Övningsregistret kan inte lyssna på adressen.",
        "The reference register cannot listen on the address.",
        "Välj en annan port, eller stoppa det program som redan använder den.",
        "Choose another port, or stop the program that uses it already.",
    ),
    "rehearsal_invalid": Words(
        "Inställningen för övningen är fel.",
        "The setting for the rehearsal is wrong.",
        "Rätta det som anges. docs/nll-mapping.md beskriver vad som går att öva.",
        "Correct what is named. docs/nll-mapping.md describes what can be rehearsed.",
    ),
}
