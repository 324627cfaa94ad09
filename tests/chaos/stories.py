"""What people do with a company: claim it, ask for access, decide, keep silent, change who may do what."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from random import Random

import httpx

from tests.chaos.journal import Journal, Json
from tests.chaos.people import Manners, Resident, new_resident
from tests.system.companies import Company
from tests.system.people import Mailbox


@dataclass
class Town:
    """Where the people live. Nothing new begins once it is `closing`."""

    http: httpx.AsyncClient
    mailbox: Mailbox
    journal: Journal
    seed: int
    cooldown_seconds: float
    manners: Manners = field(default_factory=Manners)
    residents: list[Resident] = field(default_factory=list)
    closing: bool = False
    stories_told: int = 0

    async def lives(self, companies: list[Company], at_once: int) -> None:
        """Tells the story of company after company, several at a time, until the town closes."""
        numbers: Iterator[int] = iter(range(len(companies)))

        async def tell() -> None:
            for number in numbers:
                if self.closing:
                    return
                random = Random(f"{self.seed}/story/{number}")
                await Story(self, companies[number], number, random).tell()
                self.stories_told += 1

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(tell())

    async def someone(self, random: Random, *others: Resident) -> Resident | None:
        """Returns a newcomer, or someone who lives here already and is none of the others."""
        known = [one for one in self.residents if one not in others]
        if len(known) >= 4 and random.random() < 0.7:
            return random.choice(known)
        newcomer = new_resident(self.http, self.mailbox, self.journal, random, self.manners)
        if not await newcomer.moves_in():
            return None
        self.residents.append(newcomer)
        return newcomer


@dataclass
class Story:
    """One company's. What people believe may be wrong: an answer was lost. They go by what they are told."""

    town: Town
    company: Company
    number: int
    random: Random
    administrators: list[Resident] = field(default_factory=list)
    members: list[Resident] = field(default_factory=list)

    async def tell(self) -> None:
        if self.random.random() < 0.15:
            self.town.journal.refuses(self.company.contact_email)
        founder = await self.town.someone(self.random)
        if founder is None or not await self.claims(founder):
            return
        self.administrators.append(founder)
        if self.random.random() < 0.05:
            self.town.journal.refuses(founder.email)
        if self.random.random() < 0.7:
            await self.another_administrator()
        for round_ in range(self.random.randint(1, 4)):
            if self.town.closing:
                return
            await self.someone_asks(round_)
            if self.random.random() < 0.7 and not self.town.closing:
                await AFTERMATHS[(self.number + round_) % len(AFTERMATHS)](self)

    async def claims(self, founder: Resident) -> bool:
        body = {"siren": self.company.siren, "member_code": self.company.member_code}
        answer = await founder.insists("POST", "/access-requests", body)
        if answer is not None and answer.status_code == 201:
            return True
        held = (await founder.me()).get("memberships", [])
        return any(one["siren"] == self.company.siren for one in held)

    async def submits(self, requester: Resident) -> str:
        """Returns the id of the requester's pending access request, or "" where there is none."""
        body = {"siren": self.company.siren, "member_code": self.company.member_code, "message": "Bonjour"}
        answer = await requester.insists("POST", "/access-requests", body)
        if answer is None:
            return ""
        if answer.status_code == 202:
            return str(answer.json()["access_request"]["id"])
        return str(answer.json().get("access_request_id", ""))

    async def another_administrator(self) -> None:
        second = await self.town.someone(self.random, *self.administrators)
        access_request_id = await self.submits(second) if second else ""
        if second is None or not access_request_id:
            return
        answer = await self.decides(self.administrators[0], access_request_id, "approve", "administrator")
        if answer is not None and answer.status_code == 200:
            self.administrators.append(second)

    async def someone_asks(self, round_: int) -> None:
        requester = await self.town.someone(self.random, *self.administrators, *self.members)
        access_request_id = await self.submits(requester) if requester else ""
        if requester is None or not access_request_id:
            return
        scene = SCENES[(self.number + round_) % len(SCENES)]
        await scene(self, requester, access_request_id)

    async def decides(
        self, administrator: Resident, access_request_id: str, verdict: str, role: str = "member"
    ) -> httpx.Response | None:
        more: Json = {"role": role} if verdict == "approve" else {"reason": "Nous ne vous connaissons pas."}
        path = f"/access-requests/{access_request_id}/decision"
        return await administrator.insists("POST", path, {"verdict": verdict, **more})

    async def is_approved(self, requester: Resident, access_request_id: str) -> None:
        answer = await self.decides(
            self.random.choice(self.administrators), access_request_id, "approve", self.any_role()
        )
        await self.welcome(requester, answer)
        if self.random.random() < 0.2:
            await self.decides(self.random.choice(self.administrators), access_request_id, "reject")

    async def is_rejected(self, requester: Resident, access_request_id: str) -> None:
        await self.decides(self.random.choice(self.administrators), access_request_id, "reject")

    async def is_contested(self, requester: Resident, access_request_id: str) -> None:
        """Two decide at the same time, mostly against one another."""
        verdicts = self.random.choice((("approve", "reject"), ("reject", "approve"), ("approve", "approve")))
        deciders = self.random.sample(self.administrators * 2, 2)
        answers = await asyncio.gather(
            *(
                self.decides(who, access_request_id, verdict)
                for who, verdict in zip(deciders, verdicts, strict=True)
            )
        )
        for answer in answers:
            await self.welcome(requester, answer)

    async def is_withdrawn(self, requester: Resident, access_request_id: str) -> None:
        await requester.insists("DELETE", f"/access-requests/{access_request_id}")

    async def is_withdrawn_while_decided(self, requester: Resident, access_request_id: str) -> None:
        _, answer = await asyncio.gather(
            requester.insists("DELETE", f"/access-requests/{access_request_id}"),
            self.decides(self.random.choice(self.administrators), access_request_id, "approve"),
        )
        await self.welcome(requester, answer)

    async def is_reminded(self, requester: Resident, access_request_id: str) -> None:
        await asyncio.sleep(self.town.cooldown_seconds)
        await requester.insists("POST", f"/access-requests/{access_request_id}/reminders")
        if self.random.random() < 0.4:
            await self.is_approved(requester, access_request_id)

    async def is_left_alone(self, requester: Resident, access_request_id: str) -> None:
        """Nobody answers: reminded, escalated, expired by the clock."""

    async def welcome(self, requester: Resident, answer: httpx.Response | None) -> None:
        if answer is None or answer.status_code != 200:
            return
        decision = answer.json().get("decision") or {}
        if decision.get("role") == "administrator" and requester not in self.administrators:
            self.administrators.append(requester)
        elif decision.get("role") == "member" and requester not in self.members:
            self.members.append(requester)

    def any_role(self) -> str:
        return self.random.choices(("member", "administrator"), (3, 1))[0]

    def member_path(self, account_id: str) -> str:
        return f"/companies/{self.company.siren}/members/{account_id}"

    async def changes_a_role(self) -> None:
        for member in self.members[:1]:
            role = self.random.choice(("administrator", "member"))
            answer = await self.administrators[0].insists(
                "PATCH", self.member_path(member.id), {"role": role}
            )
            if answer is not None and answer.status_code == 200 and role == "administrator":
                self.members.remove(member)
                self.administrators.append(member)

    async def suspends(self) -> None:
        for member in self.members[:1]:
            await member.opens_memo(self.company.siren)
            path = self.member_path(member.id)
            await self.administrators[0].insists("PATCH", path, {"state": "suspended"})
            if self.random.random() < 0.5:
                await self.administrators[0].insists("PATCH", path, {"state": "active"})

    async def removes(self) -> None:
        for member in self.members[:1]:
            await member.opens_memo(self.company.siren)
            await self.administrators[0].insists("DELETE", self.member_path(member.id))
            self.members.remove(member)

    async def someone_leaves(self) -> None:
        leaver = self.random.choice([*self.members, *self.administrators])
        answer = await leaver.insists("DELETE", self.member_path(leaver.id))
        if answer is not None and answer.status_code == 204:
            company = self.members if leaver in self.members else self.administrators
            company.remove(leaver)
            self.administrators = self.administrators or [leaver]

    async def administrators_remove_each_other(self) -> None:
        if len(self.administrators) < 2:
            return
        first, second = self.administrators[:2]
        await asyncio.gather(
            first.insists("DELETE", self.member_path(second.id)),
            second.insists("PATCH", self.member_path(first.id), {"role": "member"}),
        )

    async def someone_forgets_the_password(self) -> None:
        who = self.random.choice([*self.members, *self.administrators])
        if who.email not in self.town.journal.refusing:
            await who.changes_password(f"trottoir lavande {self.random.getrandbits(30)} bocal")

    async def someone_signs_out(self) -> None:
        who = self.random.choice([*self.members, *self.administrators])
        await who.opens_memo(self.company.siren)
        await who.insists("DELETE", "/sessions/current")
        await who.signs_in()
        await who.opens_memo(self.company.siren)

    async def someone_signs_up_again(self) -> None:
        who = self.random.choice([*self.members, *self.administrators])
        body = {"email": who.email, "full_name": who.name, "password": who.password}
        await who.insists("POST", "/accounts", body)


# Taken in turn, from another one for each company, so that a short run sees all of them.
SCENES: tuple[Callable[[Story, Resident, str], Awaitable[None]], ...] = (
    Story.is_approved,
    Story.is_contested,
    Story.is_left_alone,
    Story.is_reminded,
    Story.is_withdrawn,
    Story.is_approved,
    Story.is_rejected,
    Story.is_withdrawn_while_decided,
    Story.is_contested,
)
AFTERMATHS: tuple[Callable[[Story], Awaitable[None]], ...] = (
    Story.changes_a_role,
    Story.suspends,
    Story.removes,
    Story.someone_leaves,
    Story.administrators_remove_each_other,
    Story.someone_forgets_the_password,
    Story.someone_signs_out,
    Story.someone_signs_up_again,
)
