"""Reads a form with a file in it, in memory alone: nothing that was uploaded touches the disk before it is taken in."""

import io
from typing import NamedTuple

from multipart import MultipartError, MultipartParser, parse_options_header  # type: ignore[import-untyped]  # it has no types

from comity.errors import NotPermitted, TooLarge, UsageError
from comity.web.addresses import Call, is_own
from comity.web.visit import Visit, body_of, enter, must_carry_token

MOST_PARTS = 20
BESIDE_BYTES = 128 * 1024  # what a form may have beside its content
_FORM_BYTES = 64 * 1024  # of all that is not the file, roughly


class Upload(NamedTuple):
    """The fields of a form, and its file if it has one."""

    fields: dict[str, str]
    file: bytes | None
    file_name: str


async def enter_with_upload(request: Call, verb: str, limit_bytes: int, within_s: float) -> tuple[Visit, Upload]:
    """Take a form with a file of somebody who is signed in and may ask for a verb; who may not sends nothing.

    Raises:
        Unauthenticated: nobody is signed in. NotPermitted: from another site or session, or the verb is not open.
        TooLarge: content and the rest of the form are more than the limit. UsageError: it is no form.
    """
    visit = await enter(request)
    if not is_own(request, visit.base):
        raise NotPermitted("this form was sent from another page than the desk's own: open the page and send it there")
    if not visit.opens(verb):
        raise NotPermitted("{verb} is not open to your roles", verb=verb)
    said = request.headers.get("content-length", "")
    if not said.isdigit() or int(said) > limit_bytes + BESIDE_BYTES:
        raise TooLarge(limit_bytes)
    upload = read_upload(await body_of(request, within_s), request.headers.get("content-type", ""))
    must_carry_token(visit, upload.fields.get("csrf", ""))
    return visit, upload


def read_upload(body: bytes, content_type: str) -> Upload:
    """Read a form of `multipart/form-data`.

    Raises:
        UsageError: it is none, has too many parts, or one twice.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not boundary:
        raise UsageError("this is no form that the desk reads")
    memory = len(body) + _FORM_BYTES
    fields: dict[str, str] = {}
    file, file_name = None, ""
    try:
        parser = MultipartParser(
            io.BytesIO(body),
            boundary,
            content_length=len(body),
            strict=True,
            part_limit=MOST_PARTS,
            spool_limit=memory,
            memory_limit=memory,
            disk_limit=0,
        )
        for part in parser:
            if part.filename is not None:
                if part.filename:
                    file, file_name = part.raw, part.filename
            elif part.name in fields:
                raise UsageError("this is no form that the desk reads")
            else:
                fields[part.name] = part.raw.decode()  # UTF-8, whatever the part says of itself
    except (MultipartError, UnicodeDecodeError, ValueError) as exc:
        raise UsageError("this is no form that the desk reads") from exc
    return Upload(fields, file, file_name)
