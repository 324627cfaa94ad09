"""The product's worker with one thing changed: `python -m tests.bench.variant_worker VARIANT`."""

import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import temporalio.worker
import temporalio.workflow
import uvloop
from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from services.platform.logging import configure_logging
from services.platform.settings import load
from workflows.settings import WorkerSettings

SANDBOX_OFF = "sandbox-off"
WHOLE_PACKAGE = "whole-package"
STICKY_DEFAULT = "sticky-default"


def sandbox_off() -> Mapping[str, Any]:
    return {"workflow_runner": UnsandboxedWorkflowRunner()}


def whole_package() -> Mapping[str, Any]:
    """The sandbox runs every module of `workflows` again for each run, not the workflows' own files alone.

    What speaks to the world goes through all the same: the sandbox refuses it.
    """
    temporalio.workflow.unsafe.imports_passed_through = nullcontext  # type: ignore[method-assign, assignment]
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        *("guichet", "services", "holidays", "grpc", "google", "structlog", "workflows.services"),
        *("workflows.access_request.activities", "workflows.notification.activities"),
    )
    return {"workflow_runner": SandboxedWorkflowRunner(restrictions=restrictions)}


def sticky_default() -> Mapping[str, Any]:
    return {"sticky_queue_schedule_to_start_timeout": timedelta(seconds=10)}


VARIANTS: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    SANDBOX_OFF: sandbox_off,
    WHOLE_PACKAGE: whole_package,
    STICKY_DEFAULT: sticky_default,
}


def main(variant: str) -> None:
    changed = VARIANTS[variant]()
    as_it_is = temporalio.worker.Worker

    def worker(*arguments: Any, **settings: Any) -> temporalio.worker.Worker:
        return as_it_is(*arguments, **{**settings, **changed})

    from workflows import worker as product  # noqa: PLC0415 - after its sandbox was changed

    product.Worker = worker  # type: ignore[misc, assignment]
    settings = load(WorkerSettings)
    configure_logging(settings)
    uvloop.run(product.run(settings))


if __name__ == "__main__":
    main(sys.argv[1])
