"""Reads a form with a file in it, in memory alone: nothing that was uploaded touches the disk before it is taken in."""

import io
from typing import NamedTuple

from multipart import MultipartError, MultipartParser, parse_options_header  # type: ignore[import-untyped]  # it has no types

from comity.errors import UsageError

MOST_PARTS = 20
_FORM_BYTES = 64 * 1024  # of all that is not the file, roughly


class Upload(NamedTuple):
    """The fields of a form, and its file if it has one."""

    fields: dict[str, str]
    file: bytes | None
    file_name: str


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
