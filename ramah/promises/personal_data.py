"""What promises hold of a customer: that they were made to them, when, and the words of a reason."""

from ramah.kernel.personal_data import PersonalData, register_personal_data
from ramah.promises.commands import erase_reasons
from ramah.promises.queries import promises_told

register_personal_data(PersonalData("promises", export=promises_told, erase=erase_reasons))
