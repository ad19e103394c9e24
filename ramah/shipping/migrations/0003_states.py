"""Parcels that were handed over before their states were kept are on their way, or have arrived."""

from django.db import migrations
from django.db.models import F


def note_states(apps, schema_editor):
    parcels = apps.get_model("shipping", "Shipment").objects.exclude(handed_over_at=None)
    parcels.filter(delivered_at=None).update(state="in_transit", last_moved_at=F("handed_over_at"))
    parcels.exclude(delivered_at=None).update(state="delivered", last_moved_at=F("delivered_at"))


class Migration(migrations.Migration):
    dependencies = [("shipping", "0002_delivery")]
    operations = [migrations.RunPython(note_states, migrations.RunPython.noop)]
