"""Drops signals that no code of ours can have sent."""

from dataclasses import is_dataclass

from temporalio import workflow
from temporalio.worker import (
    HandleSignalInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)


class DropMalformedSignals(Interceptor):
    """Lets a signal through that carries one dataclass, as every signal here does.

    The SDK itself drops what it cannot turn into that dataclass. But arguments that are missing, too many or
    no JSON at all reach the handler, whose TypeError would then stall the workflow for good.
    """

    def workflow_interceptor_class(
        self, _: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        return WellFormedSignals


class WellFormedSignals(WorkflowInboundInterceptor):
    async def handle_signal(self, signal: HandleSignalInput) -> None:
        if len(signal.args) == 1 and is_dataclass(signal.args[0]):
            await super().handle_signal(signal)
        else:
            workflow.logger.warning("a malformed signal was dropped: %s", signal.signal)
