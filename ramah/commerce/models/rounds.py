"""Work that goes through the whole catalog, a part at a time."""

from django.db import models

from ramah.kernel.models import WorkRow


class CatalogRound(WorkRow):
    """How far a round through all products has come. One row per kind of round; a worker that dies is followed by the next."""

    key = models.CharField(max_length=20, primary_key=True)
    after = models.BigIntegerField(default=0, help_text="Key of the last product that was done; 0: the round begins.")

    def __str__(self) -> str:
        return self.key
