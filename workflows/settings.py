"""What the worker reads from its environment."""

from services.platform.settings import WorkflowEngineSettings


class WorkerSettings(WorkflowEngineSettings):
    """See ProcessSettings. `cached_workflows` bounds memory: about 117 kB for each open access request."""

    cached_workflows: int = 1000
