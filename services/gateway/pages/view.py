"""What a page knows of its visitor, and how it answers."""

from dataclasses import dataclass
from typing import Annotated, Any, cast

import grpc
from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from google.protobuf.timestamp_pb2 import Timestamp

from guichet.company.v1.company_pb2 import ROLE_ADMINISTRATOR, Membership, MembershipChange
from guichet.company.v1.company_service_pb2 import (
    GetEndedMembershipRequest,
    GetOwnAccessRequest,
    GetOwnAccessResponse,
)
from services.gateway.cookies import cookie, delete_cookie, set_cookie
from services.gateway.dependencies import services_of
from services.gateway.errors import as_problem
from services.gateway.fields import REFUSED, Siren
from services.gateway.messages import moment
from services.gateway.pages.forms import Form, shown_form
from services.gateway.pages.rendering import page
from services.gateway.pages.visit import (
    MESSAGE_COOKIE,
    VISIT_COOKIE,
    WANTED_COOKIE,
    Message,
    bound_cookie,
    chosen_language,
    leave_message,
    message_left,
    new_visit,
)
from services.gateway.problems import Problem
from services.gateway.session import (
    COOKIE,
    Session,
    checked_token,
    csrf_token,
    resume_session,
    set_session_cookie,
)

UNAUTHENTICATED = 401
INTERNAL = 500


@dataclass
class View:
    """One request for a page: who asks (nobody in particular: session is None), and for which company."""

    request: Request
    session: Session | None = None
    access: GetOwnAccessResponse | None = None
    company: Membership | None = None

    @property
    def language(self) -> str:
        return str(self.request.state.language)

    @property
    def form(self) -> Form:
        """What the page's form holds when it is shown again."""
        return shown_form(self.request)

    @property
    def path(self) -> str:
        return self.request.url.path

    @property
    def address(self) -> str:
        """The path and the query of the page."""
        query = self.request.url.query
        return f"{self.path}?{query}" if query else self.path

    @property
    def signed(self) -> Session:
        """The session; SignedView and the views that build on it always have one."""
        if self.session is None:
            raise Problem("unauthenticated")
        return self.session

    @property
    def memberships(self) -> list[Membership]:
        """Active memberships, by the company's name."""
        found = self.access.memberships if self.access else ()
        active = [one for one in found if one.state == Membership.STATE_ACTIVE]
        return sorted(active, key=lambda one: one.company_name.casefold())

    @property
    def role(self) -> str:
        return "administrator" if self.administers else "member"

    @property
    def administers(self) -> bool:
        return self.company is not None and self.company.role == ROLE_ADMINISTRATOR

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Renders a template; beside the values it sees `view`, `form`, `csrf` and `message`."""
        bound_to = bound_cookie(self.request)
        visit = "" if bound_to else new_visit(self.request)
        message = message_left(self.request)
        answer = page(
            template,
            language=self.language,
            status=status,
            view=self,
            form=self.form,
            csrf=csrf_token(self.request.app.state.own, bound_to or visit),
            message=message,
            **values,
        )
        if visit:
            set_cookie(self.request, answer, VISIT_COOKIE, visit, seconds=None)
        if message is not None:
            delete_cookie(self.request, answer, MESSAGE_COOKIE)
        return answer

    def redirect(
        self, path: str, message: Message | None = None, *, session: str | None = None
    ) -> RedirectResponse:
        """Answers a form that was taken: the browser goes on to a page of ours, which says the message.

        `session` is the secret of the one that the browser has then, where that is not the present one.
        """
        answer = RedirectResponse(path, 303)
        if message is not None:
            leave_message(self.request, answer, message, session=session)
        return answer


async def view(request: Request) -> View:
    """Returns the view of whoever asks, signed in or not."""
    if not cookie(request, COOKIE):
        return View(request)
    try:
        return await session_view(request)
    except (Problem, grpc.aio.AioRpcError) as error:
        if as_problem(error).http_status != UNAUTHENTICATED:
            raise
        return View(request)


async def session_view(request: Request) -> View:
    """Returns the view of whoever is signed in; a problem that comes later is shown in it.

    Raises:
        Problem: unauthenticated.
    """
    seen = View(request, await page_session(request))
    request.state.view = seen
    return seen


async def view_of_problem(request: Request, problem: Problem) -> View | None:
    """Returns the view that a problem is shown in; None where finding out would need what is away."""
    seen = cast("View | None", getattr(request.state, "view", None))
    if seen is not None or problem.http_status >= INTERNAL:
        return seen
    try:
        return await view(request)
    except (Problem, grpc.aio.AioRpcError):
        return None


async def signed_view(request: Request) -> View:
    """Returns the view of whoever is signed in, with their memberships and pending access requests.

    Raises:
        Problem: unauthenticated, for which PageRoute sends to sign in and back.
    """
    seen = await session_view(request)
    seen.access = await services_of(request).company.GetOwnAccess(GetOwnAccessRequest())
    return seen


async def company_view(request: Request, siren: Siren) -> View:
    """Returns the view of an active member of the company in the path.

    Raises:
        Problem: not_found, membership_suspended, membership_ended.
    """
    seen = await signed_view(request)
    seen.company = next((one for one in seen.memberships if one.siren == siren), None)
    if seen.company is None:
        held = seen.access is not None and any(one.siren == siren for one in seen.access.memberships)
        raise Problem("membership_suspended") if held else await end_of_access(request, siren)
    return seen


async def end_of_access(request: Request, siren: str) -> Problem:
    """Returns what whoever had access is told, and only they: to a stranger no company exists."""
    try:
        ended = await services_of(request).company.GetEndedMembership(GetEndedMembershipRequest(siren=siren))
    except grpc.aio.AioRpcError as error:
        return as_problem(error)
    return access_ended(ended.change)


def access_ended(change: MembershipChange) -> Problem:
    """Returns what somebody is told whose membership has ended."""
    return Problem(
        "membership_ended",
        members={
            "siren": change.siren,
            "company_name": change.company_name,
            "ended_at": moment(change.change_time).isoformat(),
        },
    )


async def administrator_view(request: Request, siren: Siren) -> View:
    """Returns the view of an administrator of the company in the path.

    Raises:
        Problem: not_found, not_an_administrator.
    """
    seen = await company_view(request, siren)
    if not seen.administers:
        raise Problem("not_an_administrator")
    return seen


async def page_session(request: Request) -> Session:
    """Returns the session of the portal's cookie; pages know no other."""
    token = checked_token(cookie(request, COOKIE))
    await resume_session(request, token)
    request.state.language = chosen_language(request) or request.state.language
    return Session(token, request.state.account, by_cookie=True)


def own_path(wanted: str, otherwise: str) -> str:
    """Returns a path of this portal: what was asked for, unless it leads elsewhere."""
    leads_here = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if leads_here and not REFUSED.search(wanted) else otherwise


def signed_in(view: View, token: str, expire_time: Timestamp, wanted: str) -> Response:
    """Goes on to the page that was wanted, with the cookie of a session that was not there before."""
    answer = view.redirect(own_path(wanted, "/"))
    set_session_cookie(view.request, answer, token, expire_time)
    delete_cookie(view.request, answer, VISIT_COOKIE)
    if cookie(view.request, WANTED_COOKIE):
        delete_cookie(view.request, answer, WANTED_COOKIE)
    return answer


Viewed = Annotated[View, Depends(view)]
SignedView = Annotated[View, Depends(signed_view)]
CompanyView = Annotated[View, Depends(company_view)]
AdministratorView = Annotated[View, Depends(administrator_view)]
