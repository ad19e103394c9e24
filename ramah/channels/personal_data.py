"""What the intake holds of a customer: the raw mails behind their conversations."""

from ramah.channels.commands import erase_raw
from ramah.channels.queries import received_from
from ramah.kernel.personal_data import PersonalData, register_personal_data

register_personal_data(PersonalData("channels", export=received_from, erase=erase_raw))
