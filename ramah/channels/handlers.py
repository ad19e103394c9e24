"""What channels do when something happens in a conversation: visitors of live chat are received, and told who is with them."""

from collections.abc import Sequence

from ramah.accounts.models import Agent
from ramah.channels.chat import greeting, visiting
from ramah.channels.chat.queries import CHANNEL, widget_of
from ramah.conversations.events import ConversationChanged, MessageReceived
from ramah.conversations.models import Conversation, Message
from ramah.desk.events import ChatTaken, WaitGivenUp
from ramah.kernel import clock
from ramah.kernel.events import subscribe, subscribe_many
from ramah.kernel.nudges import nudge


@subscribe_many(MessageReceived)
def receive_visitors(facts: Sequence[MessageReceived]) -> None:
    """Whoever begins to chat, or begins again, waits for an agent or is told when the answer comes."""
    beginning = {fact.conversation_id: fact for fact in facts if fact.is_personal and (fact.opened or fact.reopened)}
    if not beginning:
        return
    rows = Conversation.objects.select_related("inbox__calendar", "customer").filter(inbox__channel=CHANNEL)
    for conversation in rows.filter(pk__in=beginning).order_by("pk"):
        fact = beginning[conversation.pk]
        said_here = Message.objects.filter(pk=fact.message_id, inbox=None).exists()
        if said_here and conversation.status == Conversation.Status.OPEN:
            greeting.receive_visitor(conversation, message_id=fact.message_id, at=clock.now())


@subscribe(ChatTaken)
def name_agent(event: ChatTaken) -> None:
    """The visitor sees who is with them."""
    name = Agent.objects.values_list("name", flat=True).get(pk=event.agent_id).split()
    nudge(f"chat:{event.conversation_id}", {"kind": "agent", "name": name[0] if name else ""})
    nudge(f"chat:{event.conversation_id}", {"kind": "queue"})


@subscribe(WaitGivenUp)
def tell_who_waited(event: WaitGivenUp) -> None:
    """Nobody was free: the visitor hears when the answer comes."""
    rows = Conversation.objects.select_related("inbox__calendar", "customer").filter(inbox__channel=CHANNEL)
    conversation = rows.filter(pk=event.conversation_id).first()
    said = Message.objects.filter(conversation=event.conversation_id, author=Message.Author.CUSTOMER)
    newest = said.order_by("-pk").values_list("pk", flat=True).first()
    if conversation is None or newest is None:
        return
    greeting.tell_how_it_goes_on(conversation, widget_of(conversation.inbox), message_id=newest, at=clock.now())
    nudge(f"chat:{conversation.pk}", {"kind": "queue"})


@subscribe(ConversationChanged)
def follow_merge(event: ConversationChanged) -> None:
    """A visitor goes where their conversation has gone."""
    if event.what == "merged":
        visiting.follow_merge(conversation_id=event.conversation_id)
