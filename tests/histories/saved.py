"""Saved histories: read, written without a fact of the machine that recorded them, told in words."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent, MarkerRecordedEventAttributes
from temporalio.client import WorkflowHistory

from tests.histories.path import CONTINUED_AS_NEW
from workflows.access_request.messages import STATE

FOLDER = Path(__file__).parent / "saved"
LOCAL_ACTIVITY = "core_local_activity"
PATCH = "core_patch"
# A step that tells by mail too: two steps of the story.
AND_TELL = "_and_tell"
OF_THE_MACHINE = {
    "identity": "a process",
    "buildId": "a build",
    "binaryChecksum": "",
    "stackTrace": "",
}


def saved_files() -> list[Path]:
    """Returns every saved history of every recording, oldest recording first."""
    return sorted(FOLDER.glob("*/*.json"))


def read(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(file.stem, file.read_text(encoding="utf-8"))


def write(history: WorkflowHistory, file: Path) -> None:
    """Saves a history, one event a line."""
    events = [json.dumps(scrubbed(event)) for event in history.to_json_dict()["events"]]
    file.write_text('{"events": [\n' + ",\n".join(events) + "\n]}\n", encoding="utf-8")


def scrubbed(part: Any) -> Any:
    """Returns a part of a history without process ids, host names, builds and paths of files."""
    if isinstance(part, list):
        return [scrubbed(one) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("kind") == "TASK_QUEUE_KIND_STICKY":
        part = {**part, "name": "a process's own queue"}
    return {name: OF_THE_MACHINE.get(name, scrubbed(value)) for name, value in part.items()}


def payloads_in(history: WorkflowHistory) -> list[str]:
    """Returns the text of every payload: what the workflow took, gave, and was told."""
    return [base64.b64decode(data).decode() for data in encoded_in(history.to_json_dict())]


def encoded_in(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from encoded_in(one)
    elif isinstance(part, dict) and "metadata" in part and isinstance(part.get("data"), str):
        yield part["data"]
    elif isinstance(part, dict):
        for one in part.values():
            yield from encoded_in(one)


def outcome_of(history: WorkflowHistory) -> str:
    """Returns how a run ended, in the words of its workflow's result."""
    last = history.events[-1]
    if last.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        return CONTINUED_AS_NEW
    if last.event_type != EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
        return EventType.Name(last.event_type)
    result = value_of(last.workflow_execution_completed_event_attributes.result.payloads[0])
    if "state" in result:
        return str(result["state"])
    if "answer" in result:
        return str(result["answer"])
    if "count" in result:
        return f"{result['count']} ended"
    return f"{result['sent']} sent, {result['failed']} refused, {result['abandoned']} given up"


def steps_of(history: WorkflowHistory) -> list[str]:
    """Tells a history in words, one or two for each event that is a step of the story."""
    return [step for event in history.events for step in steps_in(event)]


def steps_in(event: HistoryEvent) -> Iterator[str]:
    summary = value_of(event.user_metadata.summary) if event.user_metadata.summary.data else ""
    match event.event_type:
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            yield f"signal {event.workflow_execution_signaled_event_attributes.signal_name}"
        case EventType.EVENT_TYPE_MARKER_RECORDED:
            yield from steps_in_marker(event.marker_recorded_event_attributes, summary)
        case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            name = event.activity_task_scheduled_event_attributes.activity_type.name
            yield f"activity {name.removesuffix(AND_TELL)}"
        case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            yield "activity completed"
        case EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED:
            yield "activity failed"
        case EventType.EVENT_TYPE_TIMER_STARTED:
            yield f"timer {summary}"
        case EventType.EVENT_TYPE_TIMER_FIRED:
            yield "timer fired"
        case EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
            yield "workflow task timed out"
        case EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            yield "workflow task failed"
        case EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
            attributes = event.upsert_workflow_search_attributes_event_attributes.search_attributes
            if STATE.name in attributes.indexed_fields:
                yield f"state {value_of(attributes.indexed_fields[STATE.name])}"


def steps_in_marker(marker: MarkerRecordedEventAttributes, summary: str) -> Iterator[str]:
    if marker.marker_name == PATCH:
        yield f"patch {value_of(marker.details['patch-data'].payloads[0])['id']}"
    if marker.marker_name == LOCAL_ACTIVITY:
        activity = value_of(marker.details["data"].payloads[0])["activity_type"]
        step = activity.removesuffix(AND_TELL)
        yield f"{'failed' if marker.HasField('failure') else 'did'} {step}"
        if step != activity and not marker.HasField("failure"):
            yield from told_by_the_step(value_of(marker.details["result"].payloads[0]))
        if summary.startswith("Tell by mail: ") and not marker.HasField("failure"):
            yield f"told {summary.removeprefix('Tell by mail: ')}"


def told_by_the_step(result: dict[str, Any]) -> Iterator[str]:
    event = result.get("state", "received")
    if result["told"]:
        yield f"told {event}"
    elif result.get("submitted") or event != "pending":
        yield "failed announce"


def value_of(payload: Payload) -> Any:
    return json.loads(payload.data)
