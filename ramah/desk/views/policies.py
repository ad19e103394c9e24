"""SLA policies: which promises a conversation gets."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ramah.desk import permissions, queries
from ramah.desk.acting import agent_of
from ramah.desk.commands.setting_policies import NoPromise, save_policy
from ramah.desk.forecasts import examples
from ramah.desk.forms import PolicyForm
from ramah.kernel import clock
from ramah.kernel.access import access


@access(permissions.MANAGE_SLA)
@require_GET
def policies(request: HttpRequest) -> HttpResponse:
    """All policies."""
    now = clock.now()
    rows = [(policy, examples(policy, now=now)) for policy in queries.policies()]
    return render(request, "desk/policies.html", {"rows": rows})


@access(permissions.MANAGE_SLA)
def policy(request: HttpRequest, public_id: str = "") -> HttpResponseBase:
    """Make a policy or change one. `preview` shows what it would promise without saving it."""
    actor = agent_of(request)
    row = queries.policy_for(actor, public_id=public_id) if public_id else None
    name = row.name if row else ""
    form = PolicyForm(request.POST if request.method == "POST" else None, instance=row)
    changed = form.save(commit=False) if request.method == "POST" and form.is_valid() else None
    if changed is not None and "preview" not in request.POST:
        try:
            save_policy(actor=actor, policy=changed, at=clock.now())
        except NoPromise:
            form.add_error(None, _("Promise at least one of first reply, further replies and resolution."))
        else:
            messages.success(request, _("Policy “%(name)s” is saved.") % {"name": changed.name})
            return redirect("desk_policies")
    shown = changed or (row if not form.is_bound else None)
    words = {"form": form, "name": name, "examples": examples(shown, now=clock.now()) if shown else []}
    return render(request, "desk/policy.html", words, status=422 if form.errors else 200)
