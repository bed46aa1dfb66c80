"""Writes the description of the door for programs, OpenAPI 3.1, from the verbs themselves: it cannot say otherwise."""

import inspect
from importlib.metadata import version
from typing import Any

import msgspec

from comity.api.operations import LONGEST_KEY, OPERATIONS, Operation
from comity.api.problems import ErrorBody
from comity.desk.roles import OPENED

JSON = "application/json"
_REFUSALS = {
    "400": "The request cannot be read.",
    "401": "The token is missing, wrong, ended or revoked.",
    "403": "The roles, the token's scopes or an agreement do not let it.",
    "404": "There is no such thing, or it is not for this caller.",
    "409": "The state of things forbids it, or the key was used for another request.",
    "413": "The body is too large.",
    "415": "The body's media type is not read.",
    "422": "The content cannot be processed.",
    "429": "Too many wrong tokens came from there.",
    "503": "Not now; Retry-After says when.",
}


def describe() -> dict[str, Any]:
    """Give the description."""
    shapes = [shape for one in OPERATIONS.values() for shape in (one.verb.request, one.verb.answer)]
    schemas, components = msgspec.json.schema_components(
        [*shapes, ErrorBody], ref_template="#/components/schemas/{name}"
    )
    pairs = zip(schemas[:-1:2], schemas[1::2], strict=True)
    error: Any = schemas[-1]
    paths: dict[str, Any] = {
        one.path: {"post": _operation(one, asked, answered)}
        for one, (asked, answered) in zip(OPERATIONS.values(), pairs, strict=True)
    }
    refusal = {JSON: {"schema": error}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Comity",
            "version": version("comity"),
            "summary": "What a node's pages can do, for programs.",
            "description": (
                "Every operation is a POST of one JSON object with the token of a person's account, and is judged by "
                "the same table of roles as the pages. Lists are asked for page by page, by the `after` that the last "
                "answer gave."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {f"E{code}": {"description": said, "content": refusal} for code, said in _REFUSALS.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(one: Operation, asked: Any, answered: Any) -> Any:
    noun = one.verb.name.partition(" ")[0]
    word = "write" if one.verb.writes else "read"
    parameters = (
        [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "A call repeated under its key gets the first answer and has no second effect.",
                "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
            }
        ]
        if one.repeatable
        else []
    )
    return {
        "operationId": one.verb.name.replace(" ", "-"),
        "tags": [noun],
        "summary": (inspect.getdoc(one.verb.function) or "").partition("\n")[0],
        "description": f"Scope `{noun}:{word}`. Open to: {', '.join(sorted(OPENED[one.verb.name]))}.",
        "parameters": parameters,
        "requestBody": {"required": False, "content": {JSON: {"schema": asked}}},
        "responses": {
            "200": {"description": "Done.", "content": {JSON: {"schema": answered}}},
            **{code: {"$ref": f"#/components/responses/E{code}"} for code in _REFUSALS},
        },
    }
