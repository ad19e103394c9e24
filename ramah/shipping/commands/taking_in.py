"""What carriers post: stored as it came, read later, and accounted for.

1. `take_in` stores raw bodies and commits; only then may the carrier be told that they were taken.
2. `process_waiting` claims posts and reads many in one transaction, since a commit costs more than an event. If anything fails
   they are read one by one, so that the bad one alone is quarantined, with its trace, and can be read again.
3. Each post ends accepted (it told something new), duplicate, ignored (it tells of no parcel) or quarantined.
"""

import logging
import traceback
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.db.models.functions import Length

from ramah.kernel import audit, claims
from ramah.kernel.actors import Actor, require
from ramah.kernel.ids import new_public_id
from ramah.kernel.providers.contract import Unreadable
from ramah.kernel.providers.json import clean
from ramah.kernel.shared_commit import SharedCommit
from ramah.shipping.carriers.contract import provider_of
from ramah.shipping.carriers.facts import Told
from ramah.shipping.commands import unmatched
from ramah.shipping.commands.folding import Folding, Heard
from ramah.shipping.commands.matching import Numbers
from ramah.shipping.models import CarrierAccount, CarrierPost
from ramah.shipping.permissions import MANAGE_CARRIERS
from ramah.shipping.queries.accounts import account_told
from ramah.shipping.queries.events import accounts_silent

S = CarrierPost.State
LEASE = timedelta(seconds=120)
BATCH = 200
# So much is claimed at a time. So much, and so many posts, are read in one transaction, for others wait while it runs; but never
# half a post.
MOST_BYTES, TRANSACTION_BYTES, TRANSACTION_POSTS = 4 * 1024 * 1024, 64 * 1024, 50
MOST_ATTEMPTS = 5
# To within so long it is known when something last came in: a busy account is not written for each post.
EXACTNESS = timedelta(seconds=10)
KEPT = timedelta(days=90)
_FORGOTTEN_WITHIN = timedelta(days=30)
# The database is away, or another worker was faster by a moment: not the post's fault.
PASSING = (OperationalError, IntegrityError, OSError)
_log = logging.getLogger(__name__)


class PostNotReplayable(Exception):
    """Only quarantined or ignored posts can be read again."""


class _ClaimLost(Exception):
    """Another worker has read these posts meanwhile; everything done here is rolled back."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: str
    reason: str = ""
    events: int = 0


def take_in(
    *,
    account: CarrierAccount,
    bodies: Sequence[bytes],
    source: str = CarrierPost.Source.HOOK,
    at: datetime,
) -> list[CarrierPost]:
    """Store bodies as they came, in one commit, which others may share. When this returns they are safe."""
    posts = [
        CarrierPost(account_id=account.pk, source=source, raw=body, next_attempt_at=at, created_at=at)
        for body in bodies
    ]
    stored = _store(posts) if posts else posts
    _note_in(account, at=at)
    return stored


@SharedCommit
def _store(brought: Sequence[list[CarrierPost]]) -> Sequence[list[CarrierPost]]:
    with transaction.atomic():
        CarrierPost.objects.bulk_create([post for posts in brought for post in posts])
    return brought


def _note_in(account: CarrierAccount, *, at: datetime) -> None:
    rows = CarrierAccount.objects.filter(pk=account.pk)
    if account.state == CarrierAccount.State.NEW:
        rows.filter(state=CarrierAccount.State.NEW).update(state=CarrierAccount.State.OK)
        account.state = CarrierAccount.State.OK
    if account.last_in_at is None or at - account.last_in_at > EXACTNESS:
        rows.update(last_in_at=at, silent_since=None)
        account.last_in_at = at


def process_waiting(*, at: datetime, limit: int = BATCH) -> int:
    """Claim waiting posts and read them. Returns how many there were to take up."""
    waiting = CarrierPost.objects.defer("raw", "error").filter(state=S.WAITING)
    posts = claims.claim_due(waiting, at=at, lease=LEASE, limit=limit)
    sizes = _sizes(posts)
    ours, total = list[CarrierPost](), 0
    for post in posts:
        total += sizes.get(post.pk, 0)
        if not ours or total <= MOST_BYTES:
            ours.append(post)
    # Large ones wait for the next round: what is claimed is read within the lease, and held in memory.
    rest = [post.pk for post in posts[len(ours) :]]
    if rest:
        CarrierPost.objects.filter(pk__in=rest, claim=posts[0].claim).update(claim="", claimed_until=None)
    process(ours, at=at)
    return len(posts)


def process(posts: Sequence[CarrierPost], *, at: datetime) -> None:
    """Read claimed posts and write down how each ended."""
    accounts = CarrierAccount.objects.select_related("carrier").in_bulk({post.account_id for post in posts})
    for share in _shares(posts):
        _process_together(share, accounts, at=at)


def _sizes(posts: Sequence[CarrierPost]) -> dict[int, int]:
    rows = CarrierPost.objects.filter(pk__in=[post.pk for post in posts])
    return dict(rows.annotate(size=Length("raw")).values_list("pk", "size"))


def _shares(posts: Sequence[CarrierPost]) -> Iterator[list[CarrierPost]]:
    sizes, share, total = _sizes(posts), list[CarrierPost](), 0
    for post in posts:
        total += sizes.get(post.pk, 0)
        if share and (total > TRANSACTION_BYTES or len(share) == TRANSACTION_POSTS):
            yield share
            share, total = [], sizes.get(post.pk, 0)
        share.append(post)
    if share:
        yield share


def _process_together(posts: Sequence[CarrierPost], accounts: Mapping[int, CarrierAccount], *, at: datetime) -> None:
    raws = dict(CarrierPost.objects.filter(pk__in=[post.pk for post in posts]).values_list("pk", "raw"))
    told: dict[int, Sequence[Told]] = {}
    for post in posts:
        try:
            told[post.pk] = _parse(bytes(raws[post.pk]), accounts[post.account_id])
        except Exception as error:  # whatever a carrier's post can provoke ends here, with its trace on the post
            _fail(post, error, at=at)
    good = [post for post in posts if post.pk in told]
    try:
        _read(good, told, accounts, at=at)
    except Exception:
        _log.info("posts are read one by one", extra={"posts": len(good)})
        for post in good:
            try:
                _read([post], told, accounts, at=at)
            except _ClaimLost:
                _log.info("another worker has read this post", extra={"post": post.pk})
            except Exception as error:
                _fail(post, error, at=at)


def _parse(raw: bytes, account: CarrierAccount) -> Sequence[Told]:
    provider = provider_of(account.provider)
    if provider is None:
        raise Unreadable(f"{account.provider} is not installed")
    return provider.parse(raw, account_told(account))


@transaction.atomic
def _read(
    posts: Sequence[CarrierPost],
    told: Mapping[int, Sequence[Told]],
    accounts: Mapping[int, CarrierAccount],
    *,
    at: datetime,
) -> None:
    """Store what these posts tell, and end them. Raises `_ClaimLost`."""
    heard = [Heard(one, accounts[post.account_id], post.created_at, post.pk) for post in posts for one in told[post.pk]]
    numbers = Numbers({one.told.number for one in heard})
    found = [numbers.find(one.account, one.told.number) for one in heard]
    folding = Folding({one.pk for one in found if one}, at=at)
    new: dict[int, int] = defaultdict(int)
    unknown: list[Heard] = []
    for one, candidate in zip(heard, found, strict=True):
        if candidate is None or not folding.means(candidate.pk, one):
            unknown.append(one)
        elif folding.tell(candidate.pk, one):
            new[one.post_id or 0] += 1
    folding.settle()
    kept = unmatched.keep(unknown, at=at) if unknown else set()
    waiting = {one.post_id for one in unknown if one.digest in kept}
    outcomes = {post.pk: _outcome(told[post.pk], new[post.pk], post.pk in waiting) for post in posts}
    _end(posts, outcomes, at=at)


def _outcome(told: Sequence[Told], new: int, is_waiting: bool) -> _Outcome:
    if not told:
        return _Outcome(S.IGNORED, "it tells of no parcel")
    if new:
        return _Outcome(S.ACCEPTED, "", new)
    if is_waiting:
        return _Outcome(S.ACCEPTED, "no parcel has this number yet")
    return _Outcome(S.DUPLICATE, "all of it was told before")


def _end(posts: Sequence[CarrierPost], outcomes: Mapping[int, _Outcome], *, at: datetime) -> None:
    alike: dict[tuple[str, _Outcome], list[CarrierPost]] = defaultdict(list)
    for post in posts:
        alike[post.claim, outcomes[post.pk]].append(post)
    for (claim, outcome), ours in alike.items():
        ended = CarrierPost.objects.filter(pk__in=[post.pk for post in ours], claim=claim, state=S.WAITING).update(
            claim="",
            claimed_until=None,
            next_attempt_at=None,
            state=outcome.state,
            reason=outcome.reason,
            error="",
            events_count=outcome.events,
            ended_at=at,
        )
        if ended != len(ours):
            raise _ClaimLost
        for post in ours:
            post.state, post.reason, post.events_count = outcome.state, outcome.reason, outcome.events


def _fail(post: CarrierPost, error: Exception, *, at: datetime) -> None:
    attempts = post.attempts + 1
    reason = clean(f"{type(error).__name__}: {error}")[:200]
    told = {"reason": reason, "error": clean(traceback.format_exc()), "attempts": attempts}
    if isinstance(error, PASSING) and attempts < MOST_ATTEMPTS:
        claims.settle(post, next_attempt_at=claims.next_attempt(attempts, at=at), **told)
        return
    post.state, post.reason, post.error = S.QUARANTINED, reason, str(told["error"])
    claims.settle(post, state=post.state, ended_at=at, **told)


def replay(*, actor: Actor, post: CarrierPost, at: datetime) -> CarrierPost:
    """Read a quarantined or ignored post again, now. Raises `PostNotReplayable`, `PermissionDenied`."""
    require(actor, MANAGE_CARRIERS)
    with transaction.atomic():
        changed = CarrierPost.objects.filter(pk=post.pk, state__in=(S.QUARANTINED, S.IGNORED)).update(
            state=S.WAITING,
            attempts=0,
            next_attempt_at=at,
            ended_at=None,
            error="",
            claim=new_public_id(),
            claimed_until=at + LEASE,
        )
        if not changed:
            raise PostNotReplayable
        audit.record(actor, "carrier_post.replay", f"carrier_post:{post.pk}", at=at)
    again = CarrierPost.objects.get(pk=post.pk)
    process([again], at=at)
    return again


def set_aside(*, actor: Actor, post: CarrierPost, reason: str, at: datetime) -> None:
    """End a quarantined post as ignored, with a reason. Raises `PostNotReplayable`, `PermissionDenied`."""
    require(actor, MANAGE_CARRIERS)
    with transaction.atomic():
        changed = CarrierPost.objects.filter(pk=post.pk, state=S.QUARANTINED).update(
            state=S.IGNORED, reason=reason[:200], ended_at=at
        )
        if not changed:
            raise PostNotReplayable
        audit.record(actor, "carrier_post.set_aside", f"carrier_post:{post.pk}", at=at, reason=reason[:200])


def forget_raw(*, at: datetime) -> int:
    """Empty the bodies of posts that ended three months ago; the rows stay, so that the sum closes. Returns how many."""
    ended = CarrierPost.objects.filter(ended_at__lt=at - KEPT, ended_at__gte=at - KEPT - _FORGOTTEN_WITHIN)
    return ended.exclude(raw=b"").exclude(state=S.QUARANTINED).update(raw=b"")


def note_silence(*, at: datetime) -> int:
    """Write down which accounts have gone silent; the next post takes it back. Returns how many have just now."""
    silent = accounts_silent(at=at)
    rows = CarrierAccount.objects.filter(pk__in=silent, silent_since=None)
    return sum(rows.filter(pk=key, last_in_at=since).update(silent_since=since) for key, since in silent.items())
