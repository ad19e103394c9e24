"""What notices hold of a person: what they were told, what they chose and filled in, how they want to be told."""

from ramah.kernel.personal_data import PersonalData, register_personal_data
from ramah.notices.commands.erasing import erase_notices
from ramah.notices.queries.own import notices_told

register_personal_data(PersonalData("notices", notices_told, erase_notices))
