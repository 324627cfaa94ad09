"""What the company service reads from its environment."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pydantic_settings import NoDecode

from services.company.domain.access_request import ReminderPolicy
from services.platform.rate_limits import Rate, RateSetting
from services.platform.settings import DatabaseSettings, WorkflowEngineSettings
from workflows.access_request.timeline import Delay, DelaySetting, Policy

DelayVariable = Annotated[DelaySetting, NoDecode]
Positive = Annotated[timedelta, Field(gt=timedelta())]


class CompanySettings(DatabaseSettings, WorkflowEngineSettings):
    """Variables `GUICHET_<NAME>`. A duration is ISO 8601, a delay too or business days (`5bd`), a limit
    like `20/h`.

    The policy is fixed for an access request at its submission. `claim_limit_*` count wrong pairs of Siren
    and member code; `submission_limit` how often an account may ask one company; `message_limit` how often
    it may change its words in one access request.
    """

    remind_after: DelayVariable = Delay.parse("2bd")
    escalate_after: DelayVariable = Delay.parse("5bd")
    expire_after: DelayVariable = Delay.parse("P30D")
    reminder_cooldown: Positive = timedelta(hours=24)
    max_reminders: int = Field(5, ge=0)

    decision_wait: Positive = Field(timedelta(seconds=3), le=timedelta(seconds=30))
    import_lifetime: Positive = timedelta(days=1)

    claim_limit_per_account: RateSetting = Rate.parse("20/h")
    claim_limit_per_address: RateSetting = Rate.parse("60/h")
    claim_limit_per_company: RateSetting = Rate.parse("30/h")
    claim_limit_in_all: RateSetting = Rate.parse("3000/h")
    submission_limit: RateSetting = Rate.parse("10/d")
    message_limit: RateSetting = Rate.parse("20/h")

    @property
    def policy(self) -> Policy:
        return Policy(self.remind_after, self.escalate_after, self.expire_after)

    @property
    def reminder_policy(self) -> ReminderPolicy:
        return ReminderPolicy(self.reminder_cooldown, self.max_reminders)
