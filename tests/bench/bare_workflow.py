"""The least that a workflow can be: it waits for one signal."""

from temporalio import workflow


@workflow.defn
class BareWorkflow:
    def __init__(self) -> None:
        self._decided = False

    @workflow.run
    async def run(self) -> str:
        await workflow.wait_condition(lambda: self._decided)
        return "approved"

    @workflow.signal
    def decide(self) -> None:
        self._decided = True
