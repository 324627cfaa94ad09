"""Signing on to a tool: who, for which company, and with whose consent."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, cast

import grpc
from fastapi import Depends, Request, Response

from guichet.company.v1.company_pb2 import Membership
from guichet.company.v1.company_service_pb2 import GetOwnAccessRequest, GetOwnAccessResponse
from guichet.identity.v1.sign_on_service_pb2 import (
    CreateGrantRequest,
    GetSignOnRequest,
    GetSignOnResponse,
    GetToolRequest,
)
from guichet.identity.v1.tool_pb2 import Tool
from services.gateway.cookies import cookie, delete_cookie, set_cookie
from services.gateway.dependencies import Backends
from services.gateway.errors import problem_of
from services.gateway.fields import Siren, ToolId
from services.gateway.openid.addresses import (
    AUTHORIZE_PATH,
    CONSENT_PATH,
    origin_of,
    with_parameters,
)
from services.gateway.openid.again import marker, must_prove_again
from services.gateway.openid.authorization import MARKER, Refused, SignOnRequest, judged
from services.gateway.openid.company_choice import NotOpen, chosen_company, companies_for
from services.gateway.openid.id_tokens import NoIdToken, hinted
from services.gateway.openid.protocol import SignOnServer
from services.gateway.pages.forms import Submitted
from services.gateway.pages.route import SIGN_IN_PATH, PageRouter
from services.gateway.pages.view import CompanyView, View, Viewed
from services.gateway.pages.visit import prefer_language
from services.gateway.services import Services
from services.gateway.tools import closed_to

router = PageRouter()

LAUNCH_SECONDS = 300
UNAVAILABLE = 503


async def sign_on_server(request: Request) -> SignOnServer:
    return cast("SignOnServer", request.app.state.sign_on_server)


Judge = Annotated[SignOnServer, Depends(sign_on_server)]


@router.page(AUTHORIZE_PATH)
async def authorize(view: Viewed, services: Backends, server: Judge) -> Response:
    """Answers the tool that sent somebody here, once it is known who they are and for which company."""
    try:
        asked = await judged(server, view.request.url.query)
        return await SignOn(view, services, server.issuer, asked).proceed()
    except Refused as refused:
        return refusal(view, refused, server.issuer)


@router.form(CONSENT_PATH, "verdict", page_of=AUTHORIZE_PATH)
async def consent(view: Viewed, form: Submitted, services: Backends, server: Judge) -> Response:
    """Lets the tool know who it is, or not."""
    try:
        asked = await judged(server, view.request.url.query)
        if form["verdict"] != "allow":
            raise refused_by(asked, "access_denied", "The person refused.")
        return await SignOn(view, services, server.issuer, asked, consented=True).proceed()
    except Refused as refused:
        return refusal(view, refused, server.issuer)


@router.page("/entreprises/{siren}/outils/{tool_id}")
async def launch(view: CompanyView, siren: Siren, tool_id: ToolId, services: Backends) -> Response:
    """Opens a tool for a company: the tool's next request to sign on is for that one."""
    tool = (await services.sign_on.GetTool(GetToolRequest(id=tool_id))).tool
    if tool.disabled:
        return show_closed(view, tool, status=403)
    reason = closed_to(tool, view.role)
    if reason:
        return view.page("sign_on_refused.html", status=403, tool=tool, reason=reason, back="")
    begin = tool.client.initiate_login_uri
    issuer = view.request.app.state.settings.public_url
    answer = view.redirect(with_parameters(begin, {"iss": issuer}) if begin else tool.url)
    if tool.HasField("client"):
        set_cookie(view.request, answer, launch_cookie(tool_id), siren, seconds=LAUNCH_SECONDS)
    return answer


def launch_cookie(tool_id: str) -> str:
    """Names the cookie that says for which company the next sign-on to a tool is."""
    return f"guichet_tool_{tool_id}"


class SignOn:
    """One request to sign on, by one visitor."""

    def __init__(
        self, view: View, services: Services, issuer: str, asked: SignOnRequest, *, consented: bool = False
    ) -> None:
        self._view = view
        self._services = services
        self._issuer = issuer
        self._asked = asked
        self._consented = consented

    async def proceed(self) -> Response:
        """Goes on to the tool with a code, or to what is still missing.

        Raises:
            Refused: the tool is told of it.
        """
        view, asked = self._view, self._asked
        if view.session is None:
            return self._ask_who()
        try:
            standing, view.access, _ = await asyncio.gather(
                self._services.sign_on.GetSignOn(
                    GetSignOnRequest(session_token=view.session.token, client_id=asked.tool.id)
                ),
                self._services.company.GetOwnAccess(GetOwnAccessRequest()),
                self._require_hinted_account(),
            )
            if must_prove_again(view.request.app.state.own, asked, standing.auth_time):
                return self._ask_who(standing)
            return await self._choose(standing)
        except grpc.aio.AioRpcError as error:
            if not asked.silent or problem_of(error).http_status != UNAVAILABLE:
                raise
            raise refused_by(asked, "temporarily_unavailable", "Try again in a moment.") from None

    def _ask_who(self, standing: GetSignOnResponse | None = None) -> Response:
        """Leads to the sign-in page, and from there back to this request."""
        view, asked = self._view, self._asked
        if asked.silent:
            raise refused_by(asked, "login_required", "Nobody is signed in, or not lately enough.")
        proof = {}
        if "login" in asked.prompt or asked.max_age is not None:
            proved = (standing or GetSignOnResponse()).auth_time
            proof = {MARKER: marker(view.request.app.state.own, asked, proved)}
        known = view.session.account.email if view.session else ""
        answer = view.redirect(
            with_parameters(
                SIGN_IN_PATH,
                {
                    "next": asked.address(**proof),
                    "email": asked["login_hint"] or known,
                    "again": "1" if view.session else "",
                },
            )
        )
        prefer_language(view.request, answer, asked["ui_locales"])
        return answer

    async def _require_hinted_account(self) -> None:
        """Raises Refused where the tool means somebody else than who is signed in."""
        hint = self._asked["id_token_hint"]
        if not hint:
            return
        try:
            claims = await hinted(self._services, self._issuer, hint)
        except NoIdToken:
            raise refused_by(
                self._asked, "invalid_request", "id_token_hint is not an ID token of ours."
            ) from None
        if claims.get("sub") != self._view.signed.account_id:
            raise refused_by(self._asked, "login_required", "Somebody else is signed in.")

    async def _choose(self, standing: GetSignOnResponse) -> Response:
        view, asked = self._view, self._asked
        try:
            companies = companies_for(asked, view.memberships, view.access or GetOwnAccessResponse())
        except NotOpen as shut:
            return self._explain(shut.reason)
        launched = cookie(view.request, launch_cookie(asked.tool.id))
        company = chosen_company(asked, companies, (launched, standing.siren))
        if "select_account" in asked.prompt or (asked.with_company and company is None):
            if asked.silent:
                raise refused_by(asked, "account_selection_required", "A company has to be chosen.")
            return self._show_choice(companies)
        consented = self._consented or (
            "consent" not in asked.prompt and set(asked.scope.split()) <= set(standing.consented_scopes)
        )
        if (asked.tool.client.asks_consent or "consent" in asked.prompt) and not consented:
            if asked.silent:
                raise refused_by(asked, "consent_required", "The person has not consented.")
            return self._show_consent(company)
        return await self._grant(company or companies[0])

    async def _grant(self, company: Membership) -> Response:
        view, asked = self._view, self._asked
        granted = await self._services.sign_on.CreateGrant(
            CreateGrantRequest(
                session_token=view.signed.token,
                client_id=asked.tool.id,
                redirect_uri=asked.redirect_uri,
                scope=asked.scope,
                code_challenge=asked["code_challenge"],
                nonce=asked["nonce"],
                siren=company.siren,
                consented=self._consented,
            )
        )
        answer = asked.answer(self._issuer, code=granted.code)
        if cookie(view.request, launch_cookie(asked.tool.id)):
            delete_cookie(view.request, answer, launch_cookie(asked.tool.id))
        return answer

    def _show_choice(self, companies: list[Membership]) -> Response:
        """Shows the companies as links: each is this request, with its company named."""
        asked = self._asked
        rest = " ".join(sorted(asked.prompt - {"select_account"}))
        choices = [(one, asked.address(siren_hint=one.siren, prompt=rest)) for one in companies]
        return self._view.page(
            "sign_on_choice.html",
            tool=asked.tool,
            choices=choices if asked.with_company else [],
            go_on=asked.address(prompt=rest),
            someone_else=with_parameters(SIGN_IN_PATH, {"next": asked.address(prompt=rest), "again": "1"}),
            back=asked.refusal_address(self._issuer, "access_denied"),
        )

    def _show_consent(self, company: Membership | None) -> Response:
        asked = self._asked
        return self._view.page(
            "sign_on_consent.html",
            leads_to=origin_of(asked.redirect_uri),
            tool=asked.tool,
            company=company if asked.with_company else None,
            scopes=[one for one in asked.scope.split() if one != "openid"],
            action=asked.address(CONSENT_PATH, siren_hint=company.siren if company else ""),
        )

    def _explain(self, reason: str) -> Response:
        """Says why the tool does not open; from that page one goes back to it."""
        asked = self._asked
        if asked.silent:
            raise refused_by(asked, "access_denied", "The person may not open the tool.")
        return self._view.page(
            "sign_on_refused.html",
            status=403,
            tool=asked.tool,
            reason=reason,
            back=asked.refusal_address(self._issuer, "access_denied"),
        )


@dataclass(frozen=True)
class Ahead:
    """Where signing in leads: to which tool, and at which origin; nothing where it leads to no tool."""

    tool: Tool | None = None
    origin: str = ""


async def tool_ahead(view: View, wanted: str) -> Ahead:
    """Returns the tool where signing in leads, if the page wanted then is its request."""
    path, _, query = wanted.partition("?")
    if path != AUTHORIZE_PATH:
        return Ahead()
    try:
        asked = await judged(view.request.app.state.sign_on_server, query)
    except Refused as refused:
        return Ahead(origin=origin_of(refused.redirect_uri) if refused.redirect_uri else "")
    return Ahead(asked.tool, origin_of(asked.redirect_uri))


def refused_by(asked: SignOnRequest, error: str, description: str) -> Refused:
    return Refused(error, description, asked.redirect_uri, asked["state"])


def refusal(view: View, refused: Refused, issuer: str) -> Response:
    """Tells the tool, or shows a page where no tool can safely be told."""
    if refused.redirect_uri:
        return refused.answer(issuer)
    if refused.closed_tool is not None:
        return show_closed(view, refused.closed_tool, status=400)
    return show_error(view, refused, title="sign_on")


def show_closed(view: View, tool: Tool, *, status: int) -> Response:
    return view.page("sign_on_refused.html", status=status, tool=tool, reason="closed", back="")


def show_error(view: View, refused: Refused, *, title: str) -> Response:
    return view.page(
        "sign_on_error.html", status=400, title=title, error=refused.error, detail=refused.description
    )
