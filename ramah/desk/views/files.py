"""What stands in frames and files: attachments, mails as they came, long texts. None of it can act in the desk's name."""

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from ramah.conversations import permissions
from ramah.conversations.commands.filing import PICTURES
from ramah.conversations.queries import attachment_for, message_for
from ramah.desk.acting import agent_of
from ramah.kernel.access import access
from ramah.ui.frames import mail_frame
from ramah.ui.sanitize import clean_html

_CLOSED = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@access(permissions.VIEW)
@require_GET
def attachment(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A file of a message: pictures may be shown, everything else is a download, and nothing in it runs."""
    row = attachment_for(agent_of(request), public_id=public_id)
    is_picture = row.content_type in PICTURES
    wants_download = "download" in request.GET
    response = FileResponse(
        row.file.open("rb"), content_type=row.content_type if is_picture else "application/octet-stream"
    )
    disposition = content_disposition_header(as_attachment=wants_download or not is_picture, filename=row.filename)
    response["Content-Disposition"] = disposition or "attachment"
    response["Content-Length"] = str(row.size)
    response["Content-Security-Policy"] = _CLOSED
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@access(permissions.VIEW)
@require_GET
def html(request: HttpRequest, public_id: str) -> HttpResponse:
    """A mail as it came, cleaned, for a frame. `images` fetches its remote pictures, for this showing alone."""
    row = message_for(agent_of(request), public_id=public_id)
    wants_images = "images" in request.GET
    own = {
        file.content_id: reverse("desk_attachment", args=[file.public_id])
        for file in row.attachments.all()
        if file.content_id and file.content_type in PICTURES
    }
    return mail_frame(clean_html(row.html, attachments=own, remote_images=wants_images), remote_images=wants_images)


@access(permissions.VIEW)
@require_GET
def text(request: HttpRequest, public_id: str) -> HttpResponse:
    """The whole text of a message, plain."""
    row = message_for(agent_of(request), public_id=public_id)
    response = HttpResponse(row.full_text or row.text, content_type="text/plain; charset=utf-8")
    response["Content-Security-Policy"] = _CLOSED
    return response
