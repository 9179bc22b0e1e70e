"""The thumbprints of the demo keys under keys/, which production refuses. Made by scripts/make_keys.py.

Rules: never edited; a key whose thumbprint is here is known to everybody.

Example: `key.thumbprint in THUMBPRINTS`
"""

THUMBPRINTS = frozenset(
    (
        bytes.fromhex("eedcd2033b4246d048cdf5ebccd7726913898311fe1990c489d775bd492fdad9"),  # authority-1
        bytes.fromhex("ca1f26781b4c5a17c4b8fb518432739084a65544df88daeb197cfa484f559311"),  # authority-2
        bytes.fromhex("e0f5a9d723b641fecad0072834f89a7361491e243308d47d0bb37374e976e95e"),  # authority-3
        bytes.fromhex("8bf3e65ede5a5fa9ae78687a13357cfc1815cce62c91d107ef41f69e9d1b9b22"),  # care-provider
        bytes.fromhex("95bde6da63e12fdee58b962569c1471893ec7d1d2eeb2f226fe18e97b46599ec"),  # pharmacy-company
        bytes.fromhex("c836463b93de9ded4c2cdbeabc62348647823ec6ea6eee3e9ccd79e55e57ce65"),  # veterinary
        bytes.fromhex("8941a5df0aabec748fb0265a4f3c2f06436637ea7d0b7e4f903bcfd43c363997"),  # prescriber
        bytes.fromhex("aa1648b4fe7976893d69e55e4b7ab60e1855987bbe57852c9b56ec12a9a4be4c"),  # prescriber-revoked
        bytes.fromhex("4c405fa5b016b287cb1acd9d7127d95d705faf3519ff8b8341fc42a841ed2aed"),  # veterinarian
        bytes.fromhex("0ffb42083e46ccf8f6fd18688b2646bdbaf4e673d621205fe0480ef2be781cf0"),  # pharmacist
        bytes.fromhex("9a93d94c6d036175555a96799799673ceee098c15f2669a3f81b7f07bae8abc2"),  # pharmacy
    )
)
