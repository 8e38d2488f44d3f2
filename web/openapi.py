"""The OpenAPI document: of the routes of the API alone, made from their models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi.openapi.utils import get_openapi

from web.api_models import Problem

if TYPE_CHECKING:
    from fastapi import APIRouter

VERSION: Final = "1"
ABOUT: Final = (
    "The same services as the desk. Log in at the desk first: the API is used with the session "
    "cookie, and what writes carries the token of /api/session in the header X-CSRF-Token. What is "
    "outside the units of the reader's roles is not there (404)."
)
PROBLEM: Final = "application/problem+json"
REASONS: Final = {
    400: "Something cannot be read.",
    401: "Nobody is logged in.",
    403: "The role is missing, the token does not fit, or a first password is to be replaced.",
    404: "There is none, or it is outside.",
    409: "Somebody else changed the case meanwhile.",
    422: "The event cannot be recorded now: every finding.",
}
ALWAYS: Final = (400, 401, 403)


def problems(*more: int) -> dict[int | str, dict[str, Any]]:
    """The answers of a route that are problems."""
    return {
        code: {"model": Problem, "description": REASONS[code]} for code in sorted({*ALWAYS, *more})
    }


def document(router: APIRouter) -> dict[str, Any]:
    """The document of the router's routes."""
    made: dict[str, Any] = get_openapi(
        title="lifecycle", version=VERSION, description=ABOUT, routes=router.routes
    )
    for operations in made["paths"].values():
        for operation in operations.values():
            _told_as_problems(operation["responses"])
    schemas = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    made["components"]["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": "lifecycle_session"},
        "token": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
    }
    made["security"] = [{"session": []}]
    for operations in made["paths"].values():
        if "post" in operations:
            operations["post"]["security"] = [{"session": [], "token": []}]
    return made


def _told_as_problems(responses: dict[str, Any]) -> None:
    """What cannot be read is 400 here; every problem has the type of problems."""
    automatic = responses.get("422", {}).get("content", {}).get("application/json", {})
    if "HTTPValidationError" in str(automatic):
        del responses["422"]
    for code, response in responses.items():
        if code >= "400" and "content" in response:
            response["content"] = {PROBLEM: response["content"]["application/json"]}
