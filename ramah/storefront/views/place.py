"""Where things are to be sent, said before checkout, so that cost and date are true from the first page on."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from ramah.kernel.access import public
from ramah.storefront.pages import page
from ramah.storefront.place_forms import PlaceForm
from ramah.storefront.visiting import remember_place, visitor_of


@public("a visitor says where things go; kept in their browser")
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest) -> HttpResponse:
    """Ask for country, region, city and postal code; go back to where the visitor came from."""
    visitor = visitor_of(request)
    following = _following(request)
    if request.method != "POST":
        form = PlaceForm.of(visitor.place, visitor.shop.countries, country=request.GET.get("country", ""))
        return page(request, "storefront/place.html", {"form": form, "next": following})
    form = PlaceForm(request.POST, countries=visitor.shop.countries)
    if "look" in request.POST or not form.is_valid():
        # Another country has other regions: shown anew without a word of blame.
        asked = "look" in request.POST
        form = PlaceForm.of(visitor.place, visitor.shop.countries, country=form.told_country) if asked else form
        return page(request, "storefront/place.html", {"form": form, "next": following}, status=200 if asked else 422)
    response = HttpResponseRedirect(following)
    remember_place(response, form.place)
    return response


def _following(request: HttpRequest) -> str:
    told = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        told, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return told if is_ours and told.startswith("/") else reverse("home")
