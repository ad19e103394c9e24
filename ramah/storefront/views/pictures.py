"""Pictures of products."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ramah.commerce.queries.pictures import picture_content
from ramah.kernel.access import public

# The name says what is in it, so it never changes.
_FOREVER = "public, max-age=31536000, immutable"


@public("pictures of what is sold")
@require_safe
def picture(request: HttpRequest, key: str, width: str) -> HttpResponse:
    """One picture in one width."""
    content = picture_content(key, int(width))
    if content is None:
        raise Http404
    return HttpResponse(content, content_type="image/webp", headers={"Cache-Control": _FOREVER})
