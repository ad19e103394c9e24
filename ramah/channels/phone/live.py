"""Whether a caller is there, told to the desk: as long as they wait. One who speaks is handed over with the call (`handing`)."""

from ramah.channels.phone.models import Call
from ramah.desk.queries import LiveSight, register_live_source


def sight_of(conversation_id: int) -> LiveSight:
    """The caller of the conversation, as they are now. What there is to tell stands in the panel of calls."""
    waits = Call.objects.filter(conversation=conversation_id, state=Call.State.QUEUED).exists()
    return LiveSight(is_connected=waits, is_told=False)


register_live_source("phone", sight_of)
