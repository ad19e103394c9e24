"""Django form fields in our markup: label, control, help, error, tied together for screen readers."""

from django import forms
from django.forms.boundfield import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ramah.ui.elements import icon


def field(bound: BoundField, hint: str = "") -> SafeString:
    """One field of a form. `hint` goes before the form's own help text."""
    if bound.is_hidden:
        return bound.as_widget()
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return _single_check(bound, hint)
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return _choices(bound, hint)
    return format_html(
        '<div class="field"><label for="{}">{}{}</label>{}{}{}</div>',
        bound.id_for_label,
        bound.label,
        _optional(bound),
        bound.as_widget(attrs=_attributes(bound, hint, css="input")),
        _help(bound, hint),
        _errors(bound),
    )


def fields(form: forms.BaseForm) -> SafeString:
    """Everything a form asks: what is wrong with it as a whole, then its fields in order."""
    shown = SafeString("".join(field(bound) for bound in form))
    return format_html("{}{}", form_errors(form), shown)


def form_errors(form: forms.BaseForm) -> SafeString:
    """What is wrong with the form as a whole; nothing when nothing is."""
    messages = [*form.non_field_errors()]
    messages += [f"{bound.label}: {error}" for bound in form.hidden_fields() for error in bound.errors]
    if not messages:
        return SafeString("")
    lines = format_html_join("", "<p>{}</p>", ((message,) for message in messages))
    return format_html(
        '<div class="note" data-tone="broken" role="alert">{}<div class="grow">{}</div></div>', icon("alert"), lines
    )


def _single_check(bound: BoundField, hint: str) -> SafeString:
    help_text = _help_text(bound, hint)
    return format_html(
        '<div class="field"><label class="check">{}<span>{}{}</span></label>{}</div>',
        bound.as_widget(attrs=_attributes(bound, hint)),
        bound.label,
        format_html('<small id="{}">{}</small>', f"{bound.auto_id}_help", help_text) if help_text else "",
        _errors(bound),
    )


def _choices(bound: BoundField, hint: str) -> SafeString:
    described = _attributes(bound, hint).get("aria-describedby")
    # The group is described as a whole; each control only says what it is.
    options = format_html_join(
        "",
        '<label class="check" for="{}">{}<span>{}</span></label>',
        ((option.id_for_label, option.tag(), option.choice_label) for option in bound.subwidgets),
    )
    return format_html(
        '<fieldset class="field"{}><legend>{}{}</legend>{}{}{}</fieldset>',
        format_html(' aria-describedby="{}"', described) if described else "",
        bound.label,
        _optional(bound),
        options,
        _help(bound, hint),
        _errors(bound),
    )


def _optional(bound: BoundField) -> SafeString:
    return SafeString("") if bound.field.required else format_html(" <small>{}</small>", _("(optional)"))


def _help_text(bound: BoundField, hint: str) -> SafeString:
    return format_html("{}{}{}", hint, " " if hint and bound.help_text else "", bound.help_text)


def _help(bound: BoundField, hint: str) -> SafeString:
    text = _help_text(bound, hint)
    return format_html('<div class="help" id="{}_help">{}</div>', bound.auto_id, text) if text else SafeString("")


def _errors(bound: BoundField) -> SafeString:
    if not bound.errors:
        return SafeString("")
    lines = format_html_join("", "<span>{}</span>", ((error,) for error in bound.errors))
    return format_html('<div role="alert" id="{}_error">{}<div>{}</div></div>', bound.auto_id, icon("alert"), lines)


def _attributes(bound: BoundField, hint: str, css: str = "") -> dict[str, str | bool]:
    own = bound.field.widget.attrs
    attributes: dict[str, str | bool] = {}
    if css:
        attributes["class"] = f"{css} {own.get('class', '')}".rstrip()
    ids = [f"{bound.auto_id}_help"] if hint or bound.help_text else []
    if bound.errors:
        ids.append(f"{bound.auto_id}_error")
        attributes["aria-invalid"] = "true"
    if ids:
        attributes["aria-describedby"] = " ".join(ids)
    if isinstance(bound.field.widget, forms.Textarea):
        attributes["data-grow"] = ""
    return attributes
