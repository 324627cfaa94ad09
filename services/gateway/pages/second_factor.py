"""« Mon compte »: the second factor: an authenticator application, passkeys, recovery codes."""

from collections.abc import Sequence

from fastapi import Response

from guichet.identity.v1.identity_service_pb2 import (
    BeginPasskeyRequest,
    BeginTotpRequest,
    ConfirmPasskeyRequest,
    ConfirmTotpRequest,
    GetSecondFactorRequest,
    RemovePasskeyRequest,
    RemoveTotpRequest,
    RenamePasskeyRequest,
    ReplaceRecoveryCodesRequest,
)
from guichet.identity.v1.second_factor_pb2 import SecondFactor
from services.gateway.dependencies import Backends
from services.gateway.fields import PasskeyId
from services.gateway.pages.forms import Submitted
from services.gateway.pages.qr_code import qr_code
from services.gateway.pages.route import PageRouter
from services.gateway.pages.view import SignedView, View
from services.gateway.pages.visit import Message
from services.gateway.problems import Problem
from services.gateway.services import Services

router = PageRouter()

PATH = "/compte/second-facteur"
APPLICATION_PATH = f"{PATH}/application"
NEW_PASSKEY_PATH = f"{PATH}/cle"
PASSKEY_PATH = f"{PATH}/cles/{{passkey_id}}"
CODES_PATH = f"{PATH}/codes"


async def own_factor(services: Services) -> SecondFactor:
    return (await services.identity.GetSecondFactor(GetSecondFactorRequest())).second_factor


@router.page(PATH)
async def show_second_factor(view: SignedView, services: Backends) -> Response:
    return view.page("second_factor.html", factor=await own_factor(services))


@router.page(APPLICATION_PATH)
async def show_application(view: SignedView, services: Backends) -> Response:
    """Asks for the password, then shows what to set the application up with; or asks to remove it."""
    factor = await own_factor(services)
    enrolment = factor.totp_enrolment if factor.HasField("totp_enrolment") else None
    drawn = qr_code(enrolment.uri) if enrolment else ""
    return view.page("second_factor_application.html", factor=factor, enrolment=enrolment, qr_code=drawn)


@router.form(APPLICATION_PATH, "password")
async def begin_application(view: SignedView, form: Submitted, services: Backends) -> Response:
    await services.identity.BeginTotp(BeginTotpRequest(password=form["password"]))
    return view.redirect(APPLICATION_PATH)


@router.form(f"{APPLICATION_PATH}/code", "code", page_of=APPLICATION_PATH)
async def confirm_application(view: SignedView, form: Submitted, services: Backends) -> Response:
    answer = await services.identity.ConfirmTotp(ConfirmTotpRequest(code=form["code"]))
    return added(view, Message("totp_added"), answer.recovery_codes)


@router.form(f"{APPLICATION_PATH}/retrait", "password", page_of=APPLICATION_PATH)
async def remove_application(view: SignedView, form: Submitted, services: Backends) -> Response:
    await services.identity.RemoveTotp(RemoveTotpRequest(password=form["password"]))
    return view.redirect(PATH, Message("totp_removed"))


@router.page(NEW_PASSKEY_PATH)
async def show_new_passkey(view: SignedView, services: Backends) -> Response:
    """Asks for the password, then for a name and the passkey itself, which the browser creates."""
    factor = await own_factor(services)
    enrolment = factor.passkey_enrolment if factor.HasField("passkey_enrolment") else None
    return view.page("second_factor_new_passkey.html", factor=factor, enrolment=enrolment)


@router.form(NEW_PASSKEY_PATH, "password")
async def begin_passkey(view: SignedView, form: Submitted, services: Backends) -> Response:
    await services.identity.BeginPasskey(BeginPasskeyRequest(password=form["password"]))
    return view.redirect(NEW_PASSKEY_PATH)


@router.form(f"{NEW_PASSKEY_PATH}/creation", "name", "credential", page_of=NEW_PASSKEY_PATH)
async def confirm_passkey(view: SignedView, form: Submitted, services: Backends) -> Response:
    answer = await services.identity.ConfirmPasskey(
        ConfirmPasskeyRequest(name=form["name"], credential=form.get("credential"))
    )
    return added(view, Message("passkey_added"), answer.recovery_codes)


@router.page(PASSKEY_PATH)
async def show_passkey(passkey_id: PasskeyId, view: SignedView, services: Backends) -> Response:
    factor = await own_factor(services)
    passkey = next((one for one in factor.passkeys if one.id == passkey_id), None)
    if passkey is None:
        raise Problem("not_found")
    return view.page("second_factor_passkey.html", passkey=passkey)


@router.form(PASSKEY_PATH, "name")
async def rename_passkey(
    passkey_id: PasskeyId, view: SignedView, form: Submitted, services: Backends
) -> Response:
    await services.identity.RenamePasskey(RenamePasskeyRequest(passkey_id=passkey_id, name=form["name"]))
    return view.redirect(PATH, Message("passkey_renamed"))


@router.form(f"{PASSKEY_PATH}/retrait", "password", page_of=PASSKEY_PATH)
async def remove_passkey(
    passkey_id: PasskeyId, view: SignedView, form: Submitted, services: Backends
) -> Response:
    await services.identity.RemovePasskey(
        RemovePasskeyRequest(passkey_id=passkey_id, password=form["password"])
    )
    return view.redirect(PATH, Message("passkey_removed"))


@router.page(CODES_PATH)
async def show_codes(view: SignedView, services: Backends) -> Response:
    return view.page("second_factor_codes.html", factor=await own_factor(services), codes=())


@router.form(CODES_PATH, "password")
async def replace_codes(view: SignedView, form: Submitted, services: Backends) -> Response:
    answer = await services.identity.ReplaceRecoveryCodes(
        ReplaceRecoveryCodesRequest(password=form["password"])
    )
    return shown_once(view, answer.recovery_codes, "")


def added(view: View, message: Message, codes: Sequence[str]) -> Response:
    """Goes back to the second factor; with recovery codes that came with it, to those first."""
    return shown_once(view, codes, message.text) if codes else view.redirect(PATH, message)


def shown_once(view: View, codes: Sequence[str], said: str) -> Response:
    """Shows recovery codes in the answer to the form: no address, cookie or cache ever holds them."""
    return view.page("second_factor_codes.html", codes=codes, said=said)
