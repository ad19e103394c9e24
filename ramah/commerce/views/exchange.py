"""Products as files: looked at before they are imported, and written out."""

import io
from collections.abc import Iterator
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.commerce import permissions
from ramah.commerce.commands import ImportOptions, ImportReport, Reading, import_file
from ramah.commerce.commands.uploads import UploadGone, drop_upload, keep_upload, kept_upload
from ramah.commerce.forms.catalog import UploadForm
from ramah.commerce.forms.parts import currencies_sold
from ramah.commerce.imports.writing import csv_lines, product_rows
from ramah.commerce.queries import catalog
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of

SHOWN = 200


@require_http_methods(["GET", "POST"])
@access(permissions.IMPORT)
def bring_products(request: HttpRequest) -> HttpResponse:
    """Look at a file: what would be made and changed, and which rows are wrong. Nothing is stored yet."""
    form = UploadForm(request.POST if request.method == "POST" else None, request.FILES or None)
    if not form.is_valid():
        return render(request, "commerce/shop/import.html", {"form": form}, status=422 if form.errors else 200)
    content = form.cleaned_data["file"].read()
    report = _run(request, content, form.cleaned_data["currency"], form.cleaned_data["keep_stock"], is_trial=True)
    token = keep_upload(actor=actor_of(request), content=content, at=clock.now())
    context = {**_told(report), "token": token, "kept": form.cleaned_data, "name": form.cleaned_data["file"].name[:80]}
    return render(request, "commerce/shop/import_preview.html", context)


@require_POST
@access(permissions.IMPORT)
def apply_products(request: HttpRequest) -> HttpResponse:
    """Import the file that was looked at."""
    actor, token, currency = actor_of(request), request.POST.get("token", ""), request.POST.get("currency", "")
    try:
        content = kept_upload(actor=actor, token=token)
    except UploadGone:
        messages.error(request, _("The file is no longer here, or was imported already. Choose it once more."))
        return redirect("shop-import")
    if currency not in currencies_sold():
        return redirect("shop-import")
    report = _run(request, content, currency, request.POST.get("keep_stock") == "1", is_trial=False)
    drop_upload(actor=actor, token=token)
    return render(request, "commerce/shop/import_done.html", _told(report))


def _run(request: HttpRequest, content: bytes, currency: str, keep_stock: bool, *, is_trial: bool) -> ImportReport:
    language = (get_language() or "en").split("-")[0]
    reading = replace(Reading(currency=currency), language=language)
    options = ImportOptions(reading=reading, dry_run=is_trial, keep_stock=keep_stock)
    source = io.BytesIO(content)
    return import_file(actor=actor_of(request), kind="products", source=source, at=clock.now(), options=options)


def _told(report: ImportReport) -> dict[str, object]:
    return {
        "report": report,
        "faults": report.faults[:SHOWN],
        "left_out": report.faults_left_out + max(len(report.faults) - SHOWN, 0),
        "to_do": report.created + report.updated,
    }


@require_GET
@access(permissions.MANAGE_CATALOG)
def take_products(request: HttpRequest) -> HttpResponseBase:
    """All products and variants as a file that an import reads back without loss."""
    actor = actor_of(request)

    def rows() -> Iterator[dict[str, str]]:
        for product, variants, lineage in catalog.products_exported(actor):
            yield from product_rows(product, variants, lineage)

    response = StreamingHttpResponse(csv_lines(rows()), content_type="text/csv; charset=utf-8")
    day = timezone.localdate(clock.now()).isoformat()
    response["Content-Disposition"] = f'attachment; filename="products-{day}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
