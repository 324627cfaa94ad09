"""Every screen of the portal in every state: what `make screens` photographs, and what axe reads.

A new state is one line here: who is in it is set up by its `cast`, what they do there is its `do`.
"""

from tests.browser import company_scenes
from tests.browser.stage import Scene

SCENES = [
    Scene("home", "/"),
    Scene("verify-link", "/verifier?token=abc"),
    Scene("reset-link", "/reinitialiser?token=abc"),
    Scene("not-found", "/rien", status=404),
    *company_scenes.SCENES,
]
