"""Form fields are tied to their labels, help and errors."""

from django import forms

from ramah.ui.form_fields import field, fields, form_errors
from ramah.ui.forms import PartsForm


class Choice(forms.Form):
    token = forms.CharField(widget=forms.HiddenInput)
    note = forms.CharField(label="<Note>", help_text="<b>Short</b>", required=False)

    def clean(self):
        raise forms.ValidationError("Choose <one>.")


def test_field_has_label_help_and_no_error():
    html = field(PartsForm()["name"])

    assert '<label for="id_name">Your name</label>' in html
    assert 'class="input"' in html
    assert 'aria-describedby="id_name_help"' in html
    assert '<div class="help" id="id_name_help">As it stands on the parcel.</div>' in html
    assert "role=" not in html


def test_wrong_field_says_so_to_everyone():
    html = field(PartsForm({})["name"])

    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_help id_name_error"' in html
    assert '<div role="alert" id="id_name_error">' in html
    assert "This field is required." in html


def test_optional_field_is_marked():
    assert "<small>(optional)</small>" in field(PartsForm()["message"])


def test_choices_are_a_group_with_a_legend():
    html = field(PartsForm({})["reply_by"])

    assert html.startswith('<fieldset class="field" aria-describedby="id_reply_by_error"><legend>Answer by</legend>')
    assert html.count('type="radio"') == 2
    assert '<label class="check" for="id_reply_by_0">' in html


def test_check_stands_before_its_label():
    html = field(PartsForm()["terms"])

    assert html.index("<input") < html.index("Keep me signed in")
    assert 'aria-describedby="id_terms_help"' in html


def test_words_of_forms_are_escaped():
    html = fields(Choice({}))

    assert "&lt;Note&gt;" in html
    assert "&lt;b&gt;Short" in html
    assert "<b>Short" not in html


def test_what_is_wrong_with_the_whole_form_is_told_once():
    html = form_errors(Choice({}))

    assert html.count("<p>") == 2
    assert "Choose &lt;one&gt;." in html
    assert form_errors(PartsForm()) == ""
