"""What the phone holds of a customer: calls, their recordings, what was noted. Recordings here are files of the conversation."""

from ramah.channels.phone.erasing import erase_calls
from ramah.channels.phone.queries import calls_with
from ramah.kernel.personal_data import PersonalData, register_personal_data

register_personal_data(PersonalData("phone", export=calls_with, erase=erase_calls))
