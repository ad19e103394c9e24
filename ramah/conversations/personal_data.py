"""What conversations hold of a customer: all that was said to and by them, and the files."""

from ramah.conversations.commands.erasing import erase_threads
from ramah.conversations.queries import said_with
from ramah.kernel.personal_data import PersonalData, register_personal_data

register_personal_data(PersonalData("conversations", export=said_with, erase=erase_threads))
