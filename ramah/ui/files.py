"""Files that people have sent, given out again: none of them can act in the name of the page that shows them."""

from collections.abc import Collection
from typing import Protocol

from django.db.models.fields.files import FieldFile
from django.http import FileResponse
from django.utils.http import content_disposition_header

# The policy of whatever comes from outside: nothing in it runs, loads, or is framed.
CLOSED = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class StoredFile(Protocol):
    """A row with a file."""

    filename: str
    content_type: str
    size: int

    @property
    def file(self) -> FieldFile:
        """What is stored."""


def file_response(
    row: StoredFile, *, shown: Collection[str], wants_download: bool = False, cache: str = "private, max-age=3600"
) -> FileResponse:
    """The file as an answer: of the types in `shown` it may be shown, all else is a download, and nothing in it runs."""
    may_show = row.content_type in shown
    response = FileResponse(
        row.file.open("rb"), content_type=row.content_type if may_show else "application/octet-stream"
    )
    disposition = content_disposition_header(as_attachment=wants_download or not may_show, filename=row.filename)
    response["Content-Disposition"] = disposition or "attachment"
    response["Content-Length"] = str(row.size)
    response["Content-Security-Policy"] = CLOSED
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = cache
    return response
