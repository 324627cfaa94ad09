"""The API's reference: the OpenAPI document, and a page made from it that loads nothing from elsewhere."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from services.gateway.body import StrictRoute
from services.gateway.dependencies import Language
from services.gateway.documented import EVERYWHERE
from services.gateway.pages.rendering import page
from services.gateway.problems import STATUSES, texts

router = APIRouter(prefix="/api", route_class=StrictRoute, include_in_schema=False)


@router.get("/openapi.json")
async def get_openapi(request: Request) -> JSONResponse:
    return JSONResponse(request.app.openapi())


@router.api_route("/docs", methods=["GET", "HEAD"])
async def show_reference(request: Request, language: Language) -> HTMLResponse:
    document = request.app.openapi()
    return page(
        "reference.html",
        language=language,
        document=document,
        groups=grouped(operations_of(document)),
        codes=[(code, status, texts(language)[code]) for code, status in STATUSES.items()],
        everywhere=EVERYWHERE,
    )


def grouped(operations: Iterator[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for operation in operations:
        groups.setdefault(operation["tag"], []).append(operation)
    return groups


def operations_of(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yields each operation as the page shows it."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield {
                "id": operation["operationId"],
                "tag": operation["tags"][0],
                "method": method.upper(),
                "path": path,
                "description": operation["description"],
                "signed_in": bool(operation.get("security")),
                "parameters": operation.get("parameters", []),
                "bodies": [shown(each) for each in body_examples(operation)],
                "answers": list(answers_of(operation)),
                "codes": [
                    (code, STATUSES[code]) for code in declared_codes(operation) if code not in EVERYWHERE
                ],
            }


def body_examples(operation: Mapping[str, Any]) -> list[Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return [each["value"] for each in content.get("examples", {}).values()]


def answers_of(operation: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            media: Mapping[str, Any] = next(iter(response.get("content", {}).values()), {})
            example = media.get("example", "")
            yield status, response["description"], example if isinstance(example, str) else shown(example)


def declared_codes(operation: Mapping[str, Any]) -> list[str]:
    """Returns the problem codes that an operation declares, by status."""
    return [
        code
        for response in operation["responses"].values()
        for code in response.get("content", {}).get("application/problem+json", {}).get("examples", {})
    ]


def shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
