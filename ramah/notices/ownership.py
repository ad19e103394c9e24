"""What belongs to a customer here: notices with their choices and outcomes, what they want to be told, what they are spared."""

from ramah.kernel.ownership import register_owned

register_owned("notices.Notice")
register_owned("notices.Preference")
register_owned("notices.Suppression")
