"""What happens to customers as a whole. The subject of each is `customer:<kept id>`."""

from dataclasses import dataclass

from ramah.kernel.events import event


@event("customer.merged")
@dataclass(frozen=True, slots=True)
class CustomersMerged:
    """Everything that belonged to `merged_id` belongs to `kept_id` now."""

    merge_id: int
    kept_id: int
    merged_id: int


@event("customer.unmerged")
@dataclass(frozen=True, slots=True)
class CustomersUnmerged:
    """A merge was undone: what it had moved belongs to `merged_id` again."""

    merge_id: int
    kept_id: int
    merged_id: int
