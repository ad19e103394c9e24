"""Settings: what is demanded of roles, what they may do, and what was done."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ramah.accounts import commands, permissions, queries
from ramah.accounts.forms import AuditFilterForm, CurrencyForm, LimitsForm, SecondFactorForm
from ramah.accounts.models import Limit, Role
from ramah.kernel import clock
from ramah.kernel.access import ANY_AGENT, access, actor_of
from ramah.kernel.actors import SYSTEM
from ramah.kernel.paging import BadCursor, keyset_page
from ramah.kernel.permissions import permission_table


@access(permissions.MANAGE_SECURITY)
@require_http_methods(["GET", "POST"])
def security(request: HttpRequest) -> HttpResponse:
    """Second factors that roles must have, and limits of authority by currency."""
    factors = SecondFactorForm(
        request.POST if "second-factor" in request.POST else None,
        initial={"roles": sorted(queries.roles_with_second_factor())},
    )
    wanted = CurrencyForm(request.GET if "currency" in request.GET else None)
    new_currency = wanted.cleaned_data["currency"] if wanted.is_valid() else ""
    posted = request.POST.get("limits", "")
    currencies = sorted({currency for _role, _key, currency in queries.limits()} | {new_currency} - {""})
    tables = [LimitsForm(request.POST if posted == code else None, currency=code) for code in currencies]
    if factors.is_valid():
        roles = set(factors.cleaned_data["roles"])
        commands.require_second_factor(actor=actor_of(request), roles=roles, at=clock.now())
        return _saved(request)
    for table in tables:
        if table.is_valid():
            commands.set_limits(actor=actor_of(request), amounts=table.amounts(), at=clock.now())
            return _saved(request)
    context = {"factors": factors, "tables": tables, "currency_form": wanted, "keys": Limit.Key.labels}
    return render(request, "accounts/security.html", context)


def _saved(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Saved."))
    return redirect("accounts_security")


@access(ANY_AGENT)
@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """What each role may do: the whole permission table, to read."""
    lines = [(line.says, [(label, role in line.roles) for role, label in Role.choices]) for line in permission_table()]
    return render(request, "accounts/roles.html", {"roles": Role.labels, "lines": lines})


@access(permissions.VIEW_AUDIT)
@require_GET
def audit_log(request: HttpRequest) -> HttpResponse:
    """What was done, by whom and from where, newest first."""
    form = AuditFilterForm(request.GET)
    try:
        page = keyset_page(
            queries.audit_entries(**form.wanted()), order=["-id"], cursor=request.GET.get("cursor", ""), size=50
        )
    except BadCursor:
        return redirect("accounts_audit")
    kept = {name: value for name, value in request.GET.dict().items() if name in form.fields and value}
    following = f"?{urlencode({**kept, 'cursor': page.next_cursor})}" if page.next_cursor else ""
    template = "accounts/audit.html" + ("#rows" if request.headers.get("HX-Request") else "")
    names = {SYSTEM.ref: SYSTEM.label} | queries.names_of_actors(page.rows)
    entries = [(names.get(entry.actor, entry.actor), entry) for entry in page.rows]
    context = {"form": form, "entries": entries, "next_url": following}
    return render(request, template, context)
