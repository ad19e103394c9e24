"""What stands in frames and files: attachments, mails as they came, long texts. None of it can act in the desk's name."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET

from ramah.conversations import permissions
from ramah.conversations.commands.filing import PICTURES
from ramah.conversations.queries import attachment_for, message_for
from ramah.desk.acting import agent_of
from ramah.kernel.access import access
from ramah.ui.files import CLOSED, file_response
from ramah.ui.frames import mail_frame
from ramah.ui.sanitize import clean_html


@access(permissions.VIEW)
@require_GET
def attachment(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A file of a message: pictures may be shown, everything else is a download, and nothing in it runs."""
    row = attachment_for(agent_of(request), public_id=public_id)
    return file_response(row, shown=PICTURES, wants_download="download" in request.GET)


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
    response["Content-Security-Policy"] = CLOSED
    return response
