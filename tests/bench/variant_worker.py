"""The product's worker with one thing changed: `python -m tests.bench.variant_worker VARIANT`."""

import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import temporalio.worker
import temporalio.workflow
import uvloop
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from services.platform.logging import configure_logging
from services.platform.settings import load
from workflows.settings import WorkerSettings

SANDBOX = "sandbox"
OWN_IMPORTS = "own-imports"
STICKY_DEFAULT = "sticky-default"


def sandbox() -> Mapping[str, Any]:
    """The sandbox runs the workflows' own files again for each run, and nothing that they import."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules("guichet", "services", "holidays")
    return {"workflow_runner": SandboxedWorkflowRunner(restrictions=restrictions)}


def own_imports() -> Mapping[str, Any]:
    """The sandbox runs again for each run what the workflows' files import of ours, as far as it can.

    What speaks to the world goes through all the same: the sandbox refuses it. So do the messages, whose
    times cannot be read inside, and `holidays`, which alone would take 190 ms of CPU for each run.
    """
    temporalio.workflow.unsafe.imports_passed_through = nullcontext  # type: ignore[method-assign, assignment]
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        *("guichet", "services", "holidays", "grpc", "google", "httpx", "structlog"),
        *("pydantic_settings", "dotenv"),
        *("typing_inspection", "workflows.services"),
        *("workflows.access_request.activities", "workflows.access_request.messages"),
        *("workflows.notification.activities", "workflows.notification.messages"),
        *("workflows.sign_on.activities", "workflows.sign_on.messages"),
    )
    return {"workflow_runner": SandboxedWorkflowRunner(restrictions=restrictions)}


def sticky_default() -> Mapping[str, Any]:
    return {"sticky_queue_schedule_to_start_timeout": timedelta(seconds=10)}


VARIANTS: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    SANDBOX: sandbox,
    OWN_IMPORTS: own_imports,
    STICKY_DEFAULT: sticky_default,
}


def main(variant: str) -> None:
    changed = VARIANTS[variant]()
    as_it_is = temporalio.worker.Worker

    def worker(*arguments: Any, **settings: Any) -> temporalio.worker.Worker:
        return as_it_is(*arguments, **{**settings, **changed})

    from workflows import worker as product  # noqa: PLC0415 - after its sandbox was changed

    vars(product)["Worker"] = worker
    settings = load(WorkerSettings)
    configure_logging(settings)
    uvloop.run(product.run(settings))


if __name__ == "__main__":
    main(sys.argv[1])
