"""Passwords, codes, tokens and second factors are in no answer, in no log and in no workflow history."""

import re
from uuid import uuid4

from tests.inputs.scene import Scene
from tests.inputs.secrets import Answers, files_that_hold, second_factor_told
from tests.system.people import Mailbox, NewPerson, token_in
from tests.system.running import RunningSystem


async def test_no_secret_of_a_person_is_answered_logged_or_kept_by_the_workflow_engine(
    *,
    system: RunningSystem,
    answers: Answers,
    person: NewPerson,
    mailbox: Mailbox,
    scene: Scene,
) -> None:
    canary = f"canari-{uuid4().hex}"
    bruno = person(f"Bruno {uuid4().hex}")
    passwords = [f"{canary} jaune", f"{canary} vert"]
    secrets = [canary]

    account = {"email": bruno.email, "full_name": bruno.name, "password": passwords[0]}
    for wrong in (
        {**account, "password": [canary]},
        {**account, "password": f"{canary}\x00"},
        {**account, "password": canary * 40},
        {**account, "email": "nobody"},
        {**account, "pass word": canary},
        {**account, "locale": canary},
    ):
        assert (await bruno.call("POST", "/accounts", wrong)).status_code == 422
    assert (await bruno.call("POST", "/accounts", account)).status_code == 202
    verification = await mailbox.message(to=bruno.email, kind="account_verification")
    secrets += [token_in(verification), *re.findall(r"\b\d{4}\s\d{4}\b", verification["text"])]
    assert len(secrets) == 3
    await bruno.verify()
    assert (await bruno.sign_in(f"{canary} rouge")).status_code == 401
    assert (await bruno.sign_in(passwords[0])).status_code == 201
    secrets.append(bruno.token)
    await bruno.call("POST", "/password-resets", {"email": bruno.email})
    secrets.append(token_in(await mailbox.message(to=bruno.email, kind="password_reset")))
    confirmation = {"token": secrets[-1], "password": passwords[1]}
    assert (await bruno.call("POST", "/password-resets/confirmation", confirmation)).status_code == 204
    assert (await bruno.sign_in(passwords[1])).status_code == 201
    secrets.append(bruno.token)
    told = await second_factor_told(system.url, bruno.token, passwords[1])
    secrets += [*told, *(one.replace("-", "") for one in told)]
    wrong_code = f"CANARI-{uuid4().hex[:20].upper()}"
    refused = await scene.answer(scene.claim("farah", scene.free, member_code=wrong_code))
    assert refused.status_code == 422
    secrets += [wrong_code, scene.company.member_code, scene.people["claire"].token]
    access_request_id = await bruno.submits(scene.company)
    await mailbox.message(
        to=scene.people["claire"].email, kind="access_request_received", request=access_request_id
    )
    await bruno.call("GET", f"/access-requests/{secrets[1]}")
    await bruno.call("GET", f"/tools?siren={secrets[1]}")

    secrets.append(re.sub(r"\s", "", secrets[2]))
    logs, histories = system.state / "logs", system.state / "temporal"
    for secret in secrets:
        assert answers.that_hold(secret) == []
        assert files_that_hold(logs, secret) == []
        assert secret not in system.written
        assert files_that_hold(histories, secret) == []
    for personal in (bruno.email, bruno.name):
        assert files_that_hold(histories, personal) == []
        assert files_that_hold(logs, personal) == []

    # The search finds what is there.
    assert files_that_hold(histories, access_request_id)
    assert "gateway.log" in files_that_hold(logs, "/api/v1/accounts")
    assert answers.that_hold("verification_sent")
    assert answers.that_hold(bruno.email)
