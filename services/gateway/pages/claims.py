"""« Ajouter une entreprise »: the pair is proven, the company shown, and only then access asked for.

The member code travels in forms alone: never in an address, which browsers and logs keep.
"""

import re

import grpc
from fastapi import Response

from guichet.company.v1.company_pb2 import Membership
from guichet.company.v1.company_service_pb2 import (
    CheckClaimRequest,
    GetAccessRequestRequest,
    RequestAccessRequest,
)
from services.gateway.dependencies import Backends, new_idempotency_key
from services.gateway.fields import IDENTIFIER, without_spaces
from services.gateway.pages.forms import Form, Submitted
from services.gateway.pages.own_access_request import asked_by
from services.gateway.pages.route import PageRouter
from services.gateway.pages.view import AdministratorView, SignedView, View
from services.gateway.pages.visit import Message
from services.gateway.services import Services

router = PageRouter()

PATH = "/entreprises/ajouter"
SIRET = re.compile(r"[0-9]{14}")


@router.page(PATH)
async def show_claim(view: SignedView, services: Backends, demande: str = "", siren: str = "") -> Response:
    """Asks for the pair.

    `demande` is an access request to make again, whose Siren and words fill the form; `siren` fills it alone.
    """
    if view.form.values:
        return claim_page(view, view.form)
    earlier = await earlier_form(view, services, demande) if demande else None
    return claim_page(view, earlier or Form({"siren": siren}))


@router.form(PATH, "siren", "member_code", "message", "key", "change")
async def check_claim(view: SignedView, form: Submitted, services: Backends) -> Response:
    """Shows the company that a right pair opens; or the form once more, for whoever wants to change it."""
    if form.get("change"):
        return claim_page(view, form)
    form.require("siren", "member_code")
    message = form.prose("message")
    opened = await services.company.CheckClaim(
        CheckClaimRequest(siren=form["siren"], member_code=form["member_code"], message=message)
    )
    return view.page("claim_confirmation.html", opened=opened, typed=form, key=new_idempotency_key())


@router.form(f"{PATH}/confirmation", "siren", "member_code", "message", "key", page_of=PATH)
async def ask_for_access(view: SignedView, form: Submitted, services: Backends) -> Response:
    form.require("siren", "member_code")
    answer = await services.company.RequestAccess(
        RequestAccessRequest(
            siren=form["siren"],
            member_code=form["member_code"],
            message=form.prose("message"),
            idempotency_key=form.key(),
        )
    )
    if answer.HasField("administrator_granted"):
        return view.redirect(f"/entreprises/{answer.administrator_granted.siren}/bienvenue")
    return view.redirect(f"/demandes/{answer.pending.id}", Message("access_requested"))


@router.page("/entreprises/{siren}/bienvenue")
async def show_welcome(view: AdministratorView) -> Response:
    """Says what being the first means, and how to bring a second administrator."""
    return view.page("welcome.html", portal=view.request.app.state.settings.public_url)


async def earlier_form(view: View, services: Services, access_request_id: str) -> Form | None:
    """Returns what one asked with before, but for the code, which nobody keeps."""
    if not IDENTIFIER.fullmatch(access_request_id):
        return None
    request = GetAccessRequestRequest(access_request_id=access_request_id)
    try:
        earlier = (await services.company.GetAccessRequest(request)).access_request
    except grpc.aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.NOT_FOUND:
            raise
        return None
    return Form({"siren": earlier.siren, "message": earlier.message}) if asked_by(view, earlier) else None


def claim_page(view: View, form: Form) -> Response:
    """Renders the form; where the account stands already in a way, it says the way on."""
    typed = without_spaces(form.typed("siren"))
    access = view.access
    pending = access.pending_access_requests if access else ()
    held = access.memberships if access else ()
    return view.page(
        "claim.html",
        typed=form,
        first_nine=typed[:9] if SIRET.fullmatch(typed) else "",
        pending=next((one for one in pending if one.siren == typed), None),
        member=next(
            (one for one in held if one.siren == typed and one.state == Membership.STATE_ACTIVE), None
        ),
    )
