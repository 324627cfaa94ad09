"""What one client waits for, and what one access request leaves in Temporal's history."""

from collections import Counter
from typing import Any

from temporalio.client import Client

from tests.bench.guichet import Loaded
from workflows.access_request.messages import workflow_id

WARM_UP_ROUNDS = 20


async def waits(loaded: Loaded, *, batches: int, rounds: int) -> dict[str, Any]:
    """Returns the milliseconds of submit, decision, GET /me and sign-in, in batches of so many rounds."""
    await loaded.load.call("one_client", rounds=WARM_UP_ROUNDS)
    return {
        "batches": [(await loaded.load.call("one_client", rounds=rounds))["took"] for _ in range(batches)]
    }


async def histories(loaded: Loaded, *, count: int) -> dict[str, list[dict[str, int]]]:
    """Returns how many events of each type so many access requests have left, by their story."""
    client = await Client.connect(loaded.system.temporal_address)
    found: dict[str, list[dict[str, int]]] = {}
    for name, remind in (("submitted, approved", False), ("submitted, reminded by hand, approved", True)):
        for _ in range(count):
            lived = await loaded.load.call("story", remind=remind)
            handle = client.get_workflow_handle(workflow_id(lived["siren"], lived["access_request_id"]))
            await handle.result()
            types = Counter(event.event_type for event in (await handle.fetch_history()).events)
            found.setdefault(name, []).append({str(kind): times for kind, times in types.items()})
    return found
