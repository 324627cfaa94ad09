"""Signing out at the wish of a tool. Source: OpenID Connect RP-Initiated Logout 1.0."""

from dataclasses import dataclass

from fastapi import Request, Response

from guichet.identity.v1.sign_on_service_pb2 import GetToolRequest
from guichet.identity.v1.tool_pb2 import Tool
from services.gateway.dependencies import Backends, services_of
from services.gateway.errors import or_none
from services.gateway.fields import REFUSED, TOOL_ID
from services.gateway.openid.addresses import LOGOUT_CONFIRMATION_PATH, LOGOUT_PATH, origin_of, to_tool
from services.gateway.openid.authorization import Refused, parameters_in
from services.gateway.openid.id_tokens import NoIdToken, hinted
from services.gateway.pages.route import SIGN_IN_PATH, PageRouter
from services.gateway.pages.sign_in import end_session
from services.gateway.pages.sign_on import show_error
from services.gateway.pages.view import View, Viewed
from services.gateway.pages.visit import Message
from services.gateway.services import Services

router = PageRouter()


@dataclass(frozen=True)
class SignOutRequest:
    """A wish to sign out: from which tool, if it is known, and where to go then, if anywhere."""

    tool: Tool | None
    address: str
    state: str


async def sign_out_request(request: Request) -> SignOutRequest:
    """Judges a tool's wish.

    Raises:
        Refused: it is malformed, or wants to go to an address that its tool has not registered.
    """
    parameters = parameters_in(request.url.query)
    sent = parameters.data
    if parameters.repeated or any(REFUSED.search(text) for text in sent.values()):
        raise Refused("invalid_request", "A parameter comes more than once, or holds a control character.")
    client_id = sent.get("client_id", "")
    if "id_token_hint" in sent:
        issuer = request.app.state.settings.public_url
        try:
            claims = await hinted(services_of(request), issuer, sent["id_token_hint"])
        except NoIdToken:
            raise Refused("invalid_request", "id_token_hint is not an ID token of ours.") from None
        if client_id not in ("", claims["aud"]):
            raise Refused("invalid_request", "client_id is not whom the ID token was issued to.")
        client_id = claims["aud"]
    tool = await tool_named(request, client_id)
    address = sent.get("post_logout_redirect_uri", "")
    if address and (tool is None or address not in tool.client.post_logout_redirect_uris):
        raise Refused(
            "invalid_request", "post_logout_redirect_uri is none of those that the client has registered."
        )
    return SignOutRequest(tool, address, sent.get("state", ""))


async def tool_named(request: Request, client_id: str) -> Tool | None:
    if not client_id:
        return None
    if TOOL_ID.fullmatch(client_id):
        found = await or_none(services_of(request).sign_on.GetTool(GetToolRequest(id=client_id)))
        if found and not found.tool.disabled:
            return found.tool
    raise Refused("invalid_client", "The client does not exist on this server.")


@router.page(LOGOUT_PATH)
async def show_tool_sign_out(view: Viewed, services: Backends) -> Response:
    """Asks whether to sign out: a tool's word alone signs nobody out."""
    try:
        asked = await sign_out_request(view.request)
    except Refused as refused:
        return show_error(view, refused, title="sign_out")
    if view.session is None:
        return await gone_on(view, services, asked)
    return view.page(
        "tool_sign_out.html",
        leads_to=origin_of(asked.address) if asked.address else "",
        tool=asked.tool,
        action=f"{LOGOUT_CONFIRMATION_PATH}?{view.request.url.query}",
        stay=asked.tool.url if asked.tool else "/",
    )


@router.form(LOGOUT_CONFIRMATION_PATH, page_of=LOGOUT_PATH)
async def sign_out_of_all(view: Viewed, services: Backends) -> Response:
    """Ends the session, which has every tool told, and goes on to where the tool wants."""
    try:
        asked = await sign_out_request(view.request)
    except Refused as refused:
        return show_error(view, refused, title="sign_out")
    return await gone_on(view, services, asked)


async def gone_on(view: View, services: Services, asked: SignOutRequest) -> Response:
    """Ends the session, if there is one still, and goes on; a cookie that opens nothing goes too."""
    if asked.address:
        answer = to_tool(asked.address, {"state": asked.state})
    else:
        answer = view.redirect(SIGN_IN_PATH, Message("signed_out"), session="")
    await end_session(view, services, answer)
    return answer
