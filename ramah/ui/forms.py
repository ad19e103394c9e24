"""The form that the page of parts shows."""

from django import forms


class PartsForm(forms.Form):
    """One field of each kind; the page is for developers and stays in English."""

    name = forms.CharField(label="Your name", help_text="As it stands on the parcel.", initial="Dewi Prasetyo")
    email = forms.EmailField(label="E-mail")
    topic = forms.ChoiceField(label="About", choices=[("delivery", "Delivery"), ("return", "Return")])
    message = forms.CharField(label="Message", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    reply_by = forms.ChoiceField(
        label="Answer by", choices=[("mail", "E-mail"), ("phone", "Phone")], widget=forms.RadioSelect
    )
    channels = forms.MultipleChoiceField(
        label="Tell me by",
        choices=[("email", "E-mail"), ("wa", "WhatsApp")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    photo = forms.FileField(label="Photo", required=False)
    terms = forms.BooleanField(label="Keep me signed in", help_text="For 30 days on this device.", required=False)
