"""What activities make of the answers of services, an older one's too."""

from typing import Any, cast

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_service_pb2 import ConfirmAccessRequestResponse, SettleAccessRequestResponse
from workflows.access_request.activities import AccessRequestActivities
from workflows.access_request.messages import Confirmed, Settled, Submission
from workflows.notification.activities import NotificationActivities
from workflows.notification.messages import NotificationInput
from workflows.services import Services


class CompanyOfBefore:
    """The company service of a release that names no audience."""

    company: Any

    def __init__(self) -> None:
        self.company = self

    async def ConfirmAccessRequest(self, _: object) -> ConfirmAccessRequestResponse:  # noqa: N802  # the RPC's name
        return ConfirmAccessRequestResponse(submitted=True, state=AccessRequest.STATE_PENDING)

    async def SettleAccessRequest(self, _: object) -> SettleAccessRequestResponse:  # noqa: N802  # the RPC's name
        return SettleAccessRequestResponse(state=AccessRequest.STATE_APPROVED)


@pytest.fixture
def activities() -> AccessRequestActivities:
    return AccessRequestActivities(cast("Services", CompanyOfBefore()))


async def test_where_no_audience_is_named_nobody_counts_as_told(activities: AccessRequestActivities) -> None:
    environment = ActivityEnvironment()
    submission = Submission("request-1", "732829320")
    assert await environment.run(activities.confirm_and_tell, submission) == Confirmed(True, None)
    assert await environment.run(activities.settle_and_tell, "request-1") == Settled("approved", None)


async def test_a_mail_of_a_later_release_waits_for_a_worker_that_knows_it() -> None:
    deliver = NotificationActivities(cast("Services", CompanyOfBefore())).deliver
    with pytest.raises(ApplicationError, match="kind_unknown") as raised:
        await ActivityEnvironment().run(deliver, NotificationInput("of_a_later_release", "1"))
    assert not raised.value.non_retryable
