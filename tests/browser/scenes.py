"""Every screen of the portal in every state: what `make screens` photographs, and what axe reads.

A new state is one line: who is in it is set up by its `cast`, what they do there is its `do`, often one of
`gestures`. Names begin alike where screens belong together.
"""

from tests.browser import (
    account_scenes,
    company_scenes,
    manage_scenes,
    passkey_scenes,
    problem_scenes,
    sign_on_scenes,
)
from tests.browser.gestures import sends
from tests.browser.stage import Scene

WEAK = {"full_name": " ", "email": "claire.morel", "password": "court"}
NEW = {"full_name": "Claire Morel", "email": "claire.new@example.com", "password": "un cheval lit des cartes"}

SIGNED_OUT = [
    Scene("sign-in", "/connexion"),
    Scene("sign-in-empty", "/connexion", do=sends("/connexion")),
    Scene("sign-in-refused", "/connexion", do=sends("/connexion", email="claire@example.com", password="x")),
    Scene("sign-up", "/inscription"),
    Scene("sign-up-refused", "/inscription", do=sends("/inscription", **WEAK)),
    Scene("sign-up-answered", "/inscription", do=sends("/inscription", **NEW)),
    Scene("verify-code", "/verifier"),
    Scene("verify-code-refused", "/verifier", do=sends("/verifier", email=NEW["email"], code="1234 5678")),
    Scene("verify-link", "/verifier?token=abc"),
    Scene("verify-link-refused", "/verifier?token=abc", do=sends("/verifier")),
    Scene("forgotten", "/mot-de-passe-oublie"),
    Scene(
        "forgotten-answered",
        "/mot-de-passe-oublie",
        do=sends("/mot-de-passe-oublie", email="claire@example.com"),
    ),
    Scene("reset-link", "/reinitialiser?token=abc"),
    Scene("reset-link-missing", "/reinitialiser"),
    Scene("reset-link-refused", "/reinitialiser?token=abc", do=sends("/reinitialiser", password="x")),
]
AROUND = [
    Scene("legal-accessibility", "/accessibilite"),
    Scene("legal-notice", "/mentions-legales"),
    Scene("legal-privacy", "/confidentialite"),
    Scene("reference", "/api/docs"),
    Scene("style", "/style"),
]
SCENES = [
    *SIGNED_OUT,
    *company_scenes.SCENES,
    *manage_scenes.SCENES,
    *account_scenes.SCENES,
    *passkey_scenes.SCENES,
    *sign_on_scenes.SCENES,
    *problem_scenes.SCENES,
    *AROUND,
]
