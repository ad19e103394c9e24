"""Signing in, and what a customer keeps with us."""

from django.urls import URLPattern, URLResolver, path

from ramah.storefront.views import (
    account,
    account_addresses,
    account_conversations,
    account_details,
    signing_in,
    wishes,
)

_ADDRESS = "account/addresses/<str:public_id>/"
_CONVERSATION = "account/conversations/<str:public_id>/"
_WISH = "account/wishes/<int:key>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", account.account, name="account"),
    path("account/sign-in/", signing_in.sign_in, name="sign_in"),
    path("account/sign-in/code/", signing_in.sign_in_code, name="sign_in_code"),
    path("account/sign-in/password/", signing_in.sign_in_password, name="sign_in_password"),
    path("account/sign-in/confirm/", signing_in.sign_in_confirm, name="sign_in_confirm"),
    path("account/sign-in/confirm/code/", signing_in.sign_in_confirm_code, name="sign_in_confirm_code"),
    path("account/signed-in/", signing_in.signed_in, name="signed_in"),
    path("account/sign-out/", signing_in.sign_out, name="sign_out"),
    path("account/details/", account_details.details, name="account_details"),
    path("account/email/", account_details.email, name="account_email"),
    path("account/email/code/", account_details.email_code, name="account_email_code"),
    path("account/password/", account_details.password, name="account_password"),
    path("account/password/remove/", account_details.remove_password, name="account_remove_password"),
    path("account/sessions/<int:session_id>/end/", account_details.end_session, name="account_end_session"),
    path("account/sessions/end/", account_details.sign_out_everywhere, name="sign_out_everywhere"),
    path("account/addresses/", account_addresses.addresses, name="account_addresses"),
    path("account/addresses/add/", account_addresses.add, name="account_add_address"),
    path(_ADDRESS, account_addresses.edit, name="account_address"),
    path(f"{_ADDRESS}remove/", account_addresses.remove, name="account_remove_address"),
    path(f"{_ADDRESS}usual/", account_addresses.make_usual, name="account_usual_address"),
    path("account/conversations/", account_conversations.conversations, name="account_conversations"),
    path("account/conversations/files/<str:public_id>/", account_conversations.file, name="account_conversation_file"),
    path(_CONVERSATION, account_conversations.conversation, name="account_conversation"),
    path(f"{_CONVERSATION}answer/", account_conversations.answer, name="account_conversation_answer"),
    path(f"{_CONVERSATION}close/", account_conversations.close, name="account_conversation_close"),
    path(f"{_CONVERSATION}reopen/", account_conversations.reopen, name="account_conversation_reopen"),
    path("account/wishes/", wishes.wishes, name="account_wishes"),
    path("account/wishes/add/", wishes.add, name="wish_add"),
    path(f"{_WISH}remove/", wishes.remove, name="wish_remove"),
    path(f"{_WISH}cart/", wishes.to_cart, name="wish_to_cart"),
    path("account/consents/", account.consents, name="account_consents"),
    path("account/consents/<slug:purpose>/", account.consent, name="account_consent"),
]
