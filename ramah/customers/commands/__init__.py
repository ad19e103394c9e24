"""Writes on customers: meeting them in a channel, bringing them in from another shop, putting right, merging, forgetting."""

from ramah.customers.addresses import NotAnAddress
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
from ramah.customers.commands.meeting import Stranger, flag_bounced, meet_customer, meet_customers
from ramah.customers.commands.merging import (
    AlreadyMerged,
    AlreadyUndone,
    MergedFurther,
    SameCustomer,
    gather_stragglers,
    merge_customers,
    undo_merge,
)

__all__ = [
    "PROOF_BY_HAND",
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
    "add_contact_point",
    "clear_bounce",
    "edit_customer",
    "erase_customer",
    "flag_bounced",
    "gather_stragglers",
    "meet_customer",
    "meet_customers",
    "meet_people",
    "merge_customers",
    "remove_contact_point",
    "save_imported_customers",
    "set_proof",
    "undo_merge",
]
