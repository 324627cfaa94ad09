"""« Mon compte »: the second factor: an authenticator application, passkeys, recovery codes."""

from collections.abc import Sequence

from fastapi import Response

from guichet.identity.v1.identity_service_pb2 import (
    BeginPasskeyRequest,
    BeginTotpRequest,
    ConfirmPasskeyRequest,
    ConfirmTotpRequest,
    ForgetRecoverySheetRequest,
    GetRecoveryCodesRequest,
    GetSecondFactorRequest,
    RemovePasskeyRequest,
    RemoveTotpRequest,
    RenamePasskeyRequest,
    ReplaceRecoveryCodesRequest,
)
from guichet.identity.v1.second_factor_pb2 import SecondFactor
from services.gateway.dependencies import Backends, new_idempotency_key
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
NEW_CODES_PATH = f"{CODES_PATH}/nouveaux"


async def own_factor(view: View, services: Services) -> SecondFactor:
    """Returns the second factor, with what this session is adding to it."""
    request = GetSecondFactorRequest(token=view.signed.token)
    return (await services.identity.GetSecondFactor(request)).second_factor


@router.page(PATH)
async def show_second_factor(view: SignedView, services: Backends) -> Response:
    return view.page("second_factor.html", factor=await own_factor(view, services))


@router.page(APPLICATION_PATH)
async def show_application(view: SignedView, services: Backends) -> Response:
    """Asks for the password, then shows what to set the application up with; or asks to remove it."""
    factor = await own_factor(view, services)
    enrolment = factor.totp_enrolment if factor.HasField("totp_enrolment") else None
    drawn = qr_code(enrolment.uri) if enrolment else ""
    return view.page(
        "second_factor_application.html",
        factor=factor,
        enrolment=enrolment,
        qr_code=drawn,
        key=new_idempotency_key(),
    )


@router.form(APPLICATION_PATH, "password")
async def begin_application(view: SignedView, form: Submitted, services: Backends) -> Response:
    await services.identity.BeginTotp(BeginTotpRequest(token=view.signed.token, password=form["password"]))
    return view.redirect(APPLICATION_PATH)


@router.form(f"{APPLICATION_PATH}/code", "code", "key", page_of=APPLICATION_PATH)
async def confirm_application(view: SignedView, form: Submitted, services: Backends) -> Response:
    answer = await services.identity.ConfirmTotp(
        ConfirmTotpRequest(token=view.signed.token, code=form["code"], idempotency_key=form.key())
    )
    return added(view, "totp_added", answer.recovery_codes)


@router.form(f"{APPLICATION_PATH}/retrait", "password", page_of=APPLICATION_PATH)
async def remove_application(view: SignedView, form: Submitted, services: Backends) -> Response:
    await services.identity.RemoveTotp(RemoveTotpRequest(password=form["password"]))
    return view.redirect(PATH, Message("totp_removed"))


@router.page(NEW_PASSKEY_PATH)
async def show_new_passkey(view: SignedView, services: Backends) -> Response:
    """Asks for the password, then for a name and the passkey itself, which the browser creates."""
    factor = await own_factor(view, services)
    enrolment = factor.passkey_enrolment if factor.HasField("passkey_enrolment") else None
    return view.page(
        "second_factor_new_passkey.html", factor=factor, enrolment=enrolment, key=new_idempotency_key()
    )


@router.form(NEW_PASSKEY_PATH, "password")
async def begin_passkey(view: SignedView, form: Submitted, services: Backends) -> Response:
    await services.identity.BeginPasskey(
        BeginPasskeyRequest(token=view.signed.token, password=form["password"])
    )
    return view.redirect(NEW_PASSKEY_PATH)


@router.form(f"{NEW_PASSKEY_PATH}/creation", "name", "credential", "key", page_of=NEW_PASSKEY_PATH)
async def confirm_passkey(view: SignedView, form: Submitted, services: Backends) -> Response:
    answer = await services.identity.ConfirmPasskey(
        ConfirmPasskeyRequest(
            token=view.signed.token,
            name=form["name"],
            credential=form.get("credential"),
            idempotency_key=form.key(),
        )
    )
    return added(view, "passkey_added", answer.recovery_codes)


@router.page(PASSKEY_PATH)
async def show_passkey(passkey_id: PasskeyId, view: SignedView, services: Backends) -> Response:
    factor = await own_factor(view, services)
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
    return view.page(
        "second_factor_codes.html", factor=await own_factor(view, services), key=new_idempotency_key()
    )


@router.form(CODES_PATH, "password", "key")
async def replace_codes(view: SignedView, form: Submitted, services: Backends) -> Response:
    await services.identity.ReplaceRecoveryCodes(
        ReplaceRecoveryCodesRequest(
            token=view.signed.token, password=form["password"], idempotency_key=form.key()
        )
    )
    return view.redirect(NEW_CODES_PATH)


@router.page(NEW_CODES_PATH)
async def show_new_codes(view: SignedView, services: Backends) -> Response:
    """Shows the codes that this session was just given, while it can see them; no cache ever holds them."""
    answer = await services.identity.GetRecoveryCodes(GetRecoveryCodesRequest(token=view.signed.token))
    if not answer.recovery_codes:
        return view.redirect(CODES_PATH)
    return view.page(
        "second_factor_new_codes.html", codes=answer.recovery_codes, expire_time=answer.expire_time
    )


@router.form(NEW_CODES_PATH)
async def forget_new_codes(view: SignedView, services: Backends) -> Response:
    """Has them forgotten, now that their owner has kept them: who comes to this screen next sees none."""
    await services.identity.ForgetRecoverySheet(ForgetRecoverySheetRequest(token=view.signed.token))
    return view.redirect(PATH, Message("codes_kept"))


def added(view: View, text: str, codes: Sequence[str]) -> Response:
    """Goes back to the second factor; with recovery codes that came with it, to those first."""
    return view.redirect(NEW_CODES_PATH if codes else PATH, Message(text))
