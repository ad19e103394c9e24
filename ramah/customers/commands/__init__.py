"""Writes on customers: meeting them in a channel, bringing them in from another shop, putting right, merging, forgetting."""

from ramah.customers.addresses import NotAnAddress, normalized
from ramah.customers.commands.apart import keep_apart
from ramah.customers.commands.codes import TooManyCodes, redeem_code, send_code, sweep_codes, withdraw_code
from ramah.customers.commands.consents import decide_consent, opt_in, opt_out
from ramah.customers.commands.editing import (
    PROOF_BY_HAND,
    AddressTaken,
    CustomerIsMerged,
    ProofNotByHand,
    add_contact_point,
    clear_bounce,
    edit_customer,
    remove_contact_point,
    set_proof,
)
from ramah.customers.commands.erasing import erase_customer
from ramah.customers.commands.imports import Saved, meet_people, save_imported_customers
from ramah.customers.commands.logins import AddressInUse, change_email, link_login
from ramah.customers.commands.meeting import (
    Stranger,
    flag_bounced,
    meet_as,
    meet_customer,
    meet_customers,
    note_own_number,
)
from ramah.customers.commands.merging import (
    AlreadyMerged,
    AlreadyUndone,
    MergedFurther,
    SameCustomer,
    gather_stragglers,
    merge_customers,
    undo_merge,
)
from ramah.customers.commands.own_details import change_own_details, change_own_phone

__all__ = [
    "PROOF_BY_HAND",
    "AddressInUse",
    "AddressTaken",
    "AlreadyMerged",
    "AlreadyUndone",
    "CustomerIsMerged",
    "MergedFurther",
    "NotAnAddress",
    "ProofNotByHand",
    "SameCustomer",
    "Saved",
    "Stranger",
    "TooManyCodes",
    "add_contact_point",
    "change_email",
    "change_own_details",
    "change_own_phone",
    "clear_bounce",
    "decide_consent",
    "edit_customer",
    "erase_customer",
    "flag_bounced",
    "gather_stragglers",
    "keep_apart",
    "link_login",
    "meet_as",
    "meet_customer",
    "meet_customers",
    "meet_people",
    "merge_customers",
    "normalized",
    "note_own_number",
    "opt_in",
    "opt_out",
    "redeem_code",
    "remove_contact_point",
    "save_imported_customers",
    "send_code",
    "set_proof",
    "sweep_codes",
    "undo_merge",
    "withdraw_code",
]
