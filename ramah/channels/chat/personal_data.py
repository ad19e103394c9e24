"""What live chat holds of a customer beside what was said: the browsers they came with."""

from ramah.channels.chat.following_up import erase_visitors
from ramah.channels.chat.queries import visitors_of_customer
from ramah.kernel.personal_data import PersonalData, register_personal_data

register_personal_data(PersonalData("chat", export=visitors_of_customer, erase=erase_visitors))
