"""Hashes passwords in threads of their own, so many at once and no more."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.identity.domain.email_address import EmailAddress
from services.identity.domain.password_policy import LONGEST_PASSWORD_BYTES, check_password, normal_password

# Argon2id as the OWASP password storage cheat sheet asks for: 19 MiB, two passes, one lane.
MEMORY_KIBIBYTES = 19 * 1024
PASSES = 2
LANES = 1

Result = TypeVar("Result")


class Passwords:
    """Argon2id. `at_once` bounds its memory and processors: 19 MiB and one thread each."""

    def __init__(self, *, at_once: int) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIBIBYTES, parallelism=LANES)
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="password")
        self._decoy = self._hasher.hash(token_hex(16))

    async def check(self, password: str, *, email: EmailAddress | None, full_name: str) -> None:
        """Refuses a password that is not good enough: see check_password."""
        await self._run(lambda: check_password(password, email=email, full_name=full_name))

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(normal_password(password)))

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Says whether it is the password.

        Without a hash the answer is no, and takes as long: how long it takes tells nobody whether there
        is an account.
        """
        return await self._run(lambda: self._verify(password_hash, password))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str | None, password: str) -> bool:
        content = normal_password(password).encode("utf-8", "surrogatepass")
        try:
            matches = self._hasher.verify(password_hash or self._decoy, content[:LONGEST_PASSWORD_BYTES])
        except (VerificationError, InvalidHashError):
            return False
        return matches and bool(password_hash) and len(content) <= LONGEST_PASSWORD_BYTES

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
