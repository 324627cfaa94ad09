"""Accounts over HTTP, with the mails that people really receive."""

import re

from dirty_equals import IsPartialDict, IsStr

from tests.system.people import PASSWORD, Mailbox, NewPerson, token_in


async def test_an_account_is_created_verified_signed_in_and_out(person: NewPerson) -> None:
    claire = person("Claire Morel")
    await claire.sign_up()
    assert (await claire.sign_in()).json()["code"] == "email_not_verified"
    await claire.verify()
    session = await claire.sign_in()
    assert session.status_code == 201
    assert session.json() == {
        "token": IsStr(min_length=22),
        "expires_at": IsStr(regex=r".*Z"),
        "account": IsPartialDict(id=claire.id, email=claire.email, full_name="Claire Morel"),
    }
    assert (await claire.call("GET", "/me")).json() == IsPartialDict(
        memberships=[], pending_requests=[], landing="companies"
    )
    assert (await claire.call("DELETE", "/sessions/current")).status_code == 204
    assert (await claire.call("GET", "/me")).status_code == 401


async def test_an_address_is_verified_by_its_code_too(person: NewPerson, mailbox: Mailbox) -> None:
    claire = person("Claire Morel")
    await claire.sign_up()
    mail = await mailbox.message(to=claire.email, kind="account_verification")
    [code] = re.findall(r"\b\d{4}\s\d{4}\b", mail["text"])
    answer = await claire.call("POST", "/accounts/verification", {"email": claire.email, "code": code})
    assert answer.status_code == 200, answer.text


async def test_a_taken_address_gets_the_same_answer_and_its_owner_a_mail(
    person: NewPerson, mailbox: Mailbox
) -> None:
    claire = await person("Claire Morel").joins()
    stranger = person("Stranger")
    stranger.email = claire.email.upper()
    await stranger.sign_up()
    await mailbox.message(to=claire.email, kind="account_exists")
    assert (await claire.sign_in()).status_code == 201


async def test_a_forgotten_password_is_reset_and_ends_the_sessions(
    person: NewPerson, mailbox: Mailbox
) -> None:
    claire = await person("Claire Morel").joins()
    assert (await claire.call("POST", "/password-resets", {"email": claire.email})).status_code == 202
    token = token_in(await mailbox.message(to=claire.email, kind="password_reset"))
    new_password = "des vaches peignent le matin"
    body = {"token": token, "password": new_password}
    assert (await claire.call("POST", "/password-resets/confirmation", body)).status_code == 204
    assert (await claire.call("GET", "/me")).status_code == 401
    assert (await claire.sign_in(PASSWORD)).status_code == 401
    assert (await claire.sign_in(new_password)).status_code == 201
    used = await claire.call("POST", "/password-resets/confirmation", {**body, "password": PASSWORD})
    assert (used.status_code, used.json()["code"]) == (422, "reset_invalid")
