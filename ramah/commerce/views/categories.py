"""Categories and size guides in the desk."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.commerce import permissions
from ramah.commerce.commands import category_tree as tree
from ramah.commerce.commands.size_guides import GuideNameTaken, delete_size_guide, save_size_guide
from ramah.commerce.forms.catalog import CategoryForm, SizeGuideForm
from ramah.commerce.models import Category, SizeGuide
from ramah.commerce.queries import catalog
from ramah.commerce.seen import ChangedMeanwhile
from ramah.commerce.views.pages import STEPS, is_old
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of


@require_GET
@access(permissions.MANAGE_CATALOG)
def categories(request: HttpRequest) -> HttpResponse:
    """The tree of categories, and the size guides."""
    rows = catalog.categories_counted(actor_of(request))
    guides = catalog.size_guides()
    return render(request, "commerce/shop/categories.html", {"rows": rows, "guides": guides})


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_CATALOG)
def new_category(request: HttpRequest) -> HttpResponse:
    """Make a category."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_CATALOG)
def category(request: HttpRequest, public_id: str) -> HttpResponse:
    """Rename or move a category."""
    return _edit(request, catalog.category_for(actor_of(request), public_id=public_id))


def _edit(request: HttpRequest, category: Category | None) -> HttpResponse:
    form = CategoryForm(request.POST or None, category=category)
    if form.is_valid() and _written(request, form, category):
        messages.success(request, _("The category is saved."))
        return redirect("shop-categories")
    context = {"form": form, "category": category}
    return render(request, "commerce/shop/category.html", context, status=422 if form.errors else 200)


def _written(request: HttpRequest, form: CategoryForm, category: Category | None) -> bool:
    told: dict[str, Any] = {"actor": actor_of(request), "told": form.told(), "at": clock.now()}
    try:
        if category is None:
            tree.create_category(**told)
        else:
            tree.change_category(category=category, seen=form.cleaned_data["seen"], **told)
    except tree.PathTaken:
        form.add_error("slug", _("Another category there has this address."))
    except tree.PathTooLong:
        form.add_error("slug", _("The whole address becomes too long. Shorten it, or move the category up."))
    except tree.CategoryCycle:
        form.add_error("parent", _("A category cannot stand in itself or in one below it."))
    except ChangedMeanwhile:
        is_old(form)
    else:
        return True
    return False


@require_POST
@access(permissions.MANAGE_CATALOG)
def place_category(request: HttpRequest, public_id: str) -> HttpResponse:
    """Move a category up or down among those of its parent."""
    found = catalog.category_for(actor_of(request), public_id=public_id)
    step = STEPS.get(request.POST.get("do", ""))
    if step:
        tree.place_category(actor=actor_of(request), category=found, step=step, at=clock.now())
    return redirect("shop-categories")


@require_POST
@access(permissions.MANAGE_CATALOG)
def delete_category(request: HttpRequest, public_id: str) -> HttpResponse:
    """Remove a category in which nothing stands."""
    found = catalog.category_for(actor_of(request), public_id=public_id)
    try:
        tree.delete_category(actor=actor_of(request), category=found, at=clock.now())
    except tree.CategoryNotEmpty:
        messages.error(request, _("Products or categories stand in it. Move them first; nothing was deleted."))
        return redirect("shop-category", public_id=public_id)
    messages.success(request, _("The category is deleted."))
    return redirect("shop-categories")


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_CATALOG)
def new_size_guide(request: HttpRequest) -> HttpResponse:
    """Make a size guide."""
    return _edit_guide(request, None)


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_CATALOG)
def size_guide(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change a size guide."""
    return _edit_guide(request, catalog.size_guide_for(actor_of(request), public_id=public_id))


def _edit_guide(request: HttpRequest, guide: SizeGuide | None) -> HttpResponse:
    form = SizeGuideForm(request.POST or None, guide=guide)
    if form.is_valid():
        seen = form.cleaned_data["seen"]
        try:
            save_size_guide(actor=actor_of(request), guide=guide, told=form.told(), seen=seen, at=clock.now())
        except GuideNameTaken:
            form.add_error("name", _("Another size guide has this name."))
        except ChangedMeanwhile:
            is_old(form)
        else:
            messages.success(request, _("The size guide is saved."))
            return redirect("shop-categories")
    context = {"form": form, "guide": guide}
    return render(request, "commerce/shop/size_guide.html", context, status=422 if form.errors else 200)


@require_POST
@access(permissions.MANAGE_CATALOG)
def remove_size_guide(request: HttpRequest, public_id: str) -> HttpResponse:
    """Remove a size guide; products that showed it show none."""
    found = catalog.size_guide_for(actor_of(request), public_id=public_id)
    delete_size_guide(actor=actor_of(request), guide=found, at=clock.now())
    messages.success(request, _("The size guide is deleted."))
    return redirect("shop-categories")
