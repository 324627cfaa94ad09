"""How the processes reach Temporal."""

from temporalio.client import Client, GrpcCompression

from services.platform.settings import WorkflowEngineSettings


async def connect(settings: WorkflowEngineSettings, *, lazy: bool = False) -> Client:
    """Returns a client of the workflow engine; `lazy` connects at its first call.

    Nothing is compressed, as it would be by default: messages are small and the server is close by, while
    gzip takes CPU on both sides of each call.
    """
    return await Client.connect(
        settings.temporal_target,
        namespace=settings.temporal_namespace,
        lazy=lazy,
        grpc_compression=GrpcCompression.NONE,
    )
