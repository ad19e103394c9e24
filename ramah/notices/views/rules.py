"""Rules: which there are and what came of them, writing one, seeing its words, letting it speak and rest."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.commerce.queries.terms import shop_profile
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.actors import Actor
from ramah.notices.choosing import CARRIER, ORDER, REROUTES
from ramah.notices.commands import rules as commands
from ramah.notices.defaults import DEFAULTS
from ramah.notices.forms import RuleForm
from ramah.notices.kinds import CANCEL, CREDIT, KINDS, WAIT
from ramah.notices.models import Rule
from ramah.notices.permissions import MANAGE_NOTICES, STOP_NOTICES, VIEW_NOTICES
from ramah.notices.queries import pages as queries
from ramah.notices.queries.wishes import notice_settings
from ramah.notices.rules import BadTerms
from ramah.notices.telling import choice_words
from ramah.notices.texts import LANGUAGES, BadTexts, check_texts, preview
from ramah.notices.wording import RULE_TONES, kind_words

_DONE: Final[dict[str, LazyString | str]] = {
    "live": gettext_lazy("The rule speaks from now on."),
    "pause": gettext_lazy("The rule rests. What it has planned waits."),
    "release": gettext_lazy("The rule goes on. What waited goes out as far as it still holds."),
}


@require_GET
@access(VIEW_NOTICES)
def rules(request: HttpRequest) -> HttpResponse:
    """All rules with their state, what they sent and what it was good for."""
    actor = actor_of(request)
    shown = {
        "rows": [
            (one, kind_words(one.rule.kind), RULE_TONES[one.rule.state], _effect(one)) for one in _standing(actor)
        ],
        "days": queries.COUNTED_DAYS,
        "settings": notice_settings(),
        "may_manage": actor.may(MANAGE_NOTICES),
        "may_stop": actor.may(STOP_NOTICES),
        "kinds": [(kind.key, kind.name) for kind in KINDS.values()],
    }
    return render(request, "notices/rules.html", shown)


@require_http_methods(["GET", "POST"])
@access(MANAGE_NOTICES)
def new(request: HttpRequest) -> HttpResponseBase:
    """A new rule of a kind, beginning with the words that a new shop has."""
    kind = (request.POST if request.method == "POST" else request.GET).get("kind", "")
    if kind not in KINDS:
        return redirect("notice-rules")
    if request.method == "POST":
        return _save(request, kind, None)
    return _form_page(request, RuleForm(kind=kind, rule=_beginning(kind), currencies=_currencies()), None)


@require_http_methods(["GET", "POST"])
@access(VIEW_NOTICES)
def rule(request: HttpRequest, key: str) -> HttpResponseBase:
    """A rule: its words as customers read them, and for leads the form that changes it."""
    actor = actor_of(request)
    found = queries.rule_for_page(actor, key=key)
    if request.method == "POST":
        return _save(request, found.kind, found)
    return _form_page(request, RuleForm(kind=found.kind, rule=found, currencies=_currencies()), found)


@require_POST
@access(MANAGE_NOTICES)
def see(request: HttpRequest) -> HttpResponse:
    """The words that stand in the form, with sample orders, in all languages: nothing is saved."""
    kind = request.POST.get("kind", "")
    if kind not in KINDS:
        return HttpResponse(status=400)
    form = RuleForm(request.POST, kind=kind, currencies=_currencies())
    form.is_valid()
    try:
        check_texts(form.texts, kind)
    except BadTexts as wrong:
        return render(request, "notices/_preview.html", {"wrong": str(wrong)})
    shown = {"previews": previews(form.texts, kind, form.cleaned_data.get("choices", ()), at=clock.now())}
    return render(request, "notices/_preview.html", shown)


@require_POST
@access(MANAGE_NOTICES)
def live(request: HttpRequest, key: str) -> HttpResponseBase:
    """Let a rule speak."""
    return _change(request, key, commands.go_live, "live")


@require_POST
@access(MANAGE_NOTICES)
def pause(request: HttpRequest, key: str) -> HttpResponseBase:
    """Let a rule rest."""
    return _change(request, key, commands.pause_rule, "pause")


@require_POST
@access(MANAGE_NOTICES)
def release(request: HttpRequest, key: str) -> HttpResponseBase:
    """Somebody has looked: a braked rule goes on."""
    return _change(request, key, commands.release_brake, "release")


@require_POST
@access(MANAGE_NOTICES)
def drop(request: HttpRequest, key: str) -> HttpResponseBase:
    """End what a rule has planned and not sent."""
    actor = actor_of(request)
    found = queries.rule_for_page(actor, key=key)
    count = commands.drop_waiting(actor=actor, rule=found, at=clock.now())
    messages.success(request, ngettext("%(n)d notice is dropped.", "%(n)d notices are dropped.", count) % {"n": count})
    return redirect("notice-rule", key=found.key)


def previews(texts: Any, kind: str, choices: Sequence[str], *, at: datetime) -> list[dict[str, Any]]:
    """The words as sample customers read them, with what they could choose, by language."""
    found = []
    for language in LANGUAGES:
        with translation.override(language):
            buttons = [choice_words(one, _sample_offer(one, language, at)).label for one in choices]
        found.append({"language": language, "samples": preview(texts, kind, language, at=at), "buttons": buttons})
    return found


def _sample_offer(kind: str, language: str, at: datetime) -> dict[str, str]:
    money = {"amount": "60", "currency": "UAH"} if language == "uk" else {"amount": "20000", "currency": "IDR"}
    if kind in (WAIT, CREDIT):
        return {"until": at.date().isoformat(), **money}
    return {"how": CARRIER if kind in REROUTES else ORDER, **(money if kind == CANCEL else {})}


def _change(request: HttpRequest, key: str, command: Callable[..., Rule], done: str) -> HttpResponseBase:
    actor = actor_of(request)
    found = queries.rule_for_page(actor, key=key)
    try:
        command(actor=actor, rule=found, at=clock.now())
    except commands.NotTriedOut:
        messages.error(request, _("Try this version out first: the dry run shows whom it would have told."))
        return redirect("notice-dry-run", key=found.key)
    except commands.NotInThatState:
        messages.warning(request, _("The rule is in another state by now. Nothing was changed."))
    else:
        messages.success(request, str(_DONE[done]))
    return redirect("notice-rule", key=found.key)


def _save(request: HttpRequest, kind: str, found: Rule | None) -> HttpResponseBase:
    actor = actor_of(request)
    form = RuleForm(request.POST, kind=kind, rule=found, currencies=_currencies())
    if form.is_valid():
        try:
            saved = commands.save_rule(actor=actor, told=form.told, rule=found, at=clock.now())
        except (commands.BadRule, BadTexts, BadTerms) as wrong:
            form.add_error(None, str(wrong))
        else:
            messages.success(request, _("Saved. Try it out before it goes live."))
            return redirect("notice-rule", key=saved.key)
    return _form_page(request, form, found)


def _form_page(request: HttpRequest, form: RuleForm, found: Rule | None) -> HttpResponse:
    actor = actor_of(request)
    texts, choices = (found.texts, found.choices) if found else ({}, ())
    run = queries.last_dry_run(found) if found else None
    shown = {
        "rule": found,
        "kind": form.kind,
        "form": form,
        "tone": RULE_TONES[found.state] if found else "",
        "previews": previews(texts, form.kind.key, choices, at=clock.now()) if found else (),
        "run": run if run and found and run.rule_version == found.version else None,
        "may_manage": actor.may(MANAGE_NOTICES),
        "is_changed": form.is_bound,
    }
    return render(request, "notices/rule.html", shown, status=422 if form.is_bound else 200)


def _standing(actor: Actor) -> list[queries.RuleStanding]:
    return queries.rules_standing(actor, at=clock.now())


def _effect(one: queries.RuleStanding) -> tuple[str, str]:
    """What telling is worth, as words and a tone; nothing where nobody was left out."""
    if one.asked is None:
        return "", ""
    points = abs(round(100 * one.asked.value))
    if not one.asked.is_sure:
        return _("no sure difference yet"), ""
    if one.asked.value < 0:
        return ngettext("%(n)d in 100 fewer write", "%(n)d in 100 fewer write", points) % {"n": points}, "kept"
    return ngettext("%(n)d in 100 more write", "%(n)d in 100 more write", points) % {"n": points}, "risk"


def _beginning(kind: str) -> Rule | None:
    """What a new rule of this kind begins with, not saved."""
    known = next((one for one in DEFAULTS if one.kind == kind), None)
    if known is None:
        return None
    choices = KINDS[kind].choices if known.choices is None else known.choices
    told = {"terms": dict(known.terms), "texts": known.texts, "credit": dict(known.credit), "choices": list(choices)}
    return Rule(name=kind_words(kind), kind=kind, channels=["email"], **told)


def _currencies() -> list[str]:
    profile = shop_profile()
    return list(dict.fromkeys([profile.currency, *profile.countries.values()]))
