from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("commerce", "0005_listings"),
    ]

    operations = [
        migrations.CreateModel(
            name="CatalogRound",
            fields=[
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField(help_text="Due from then on; empty: nothing to do.", null=True)),
                ("claim", models.CharField(blank=True, default="", max_length=26)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("key", models.CharField(max_length=20, primary_key=True, serialize=False)),
                (
                    "after",
                    models.BigIntegerField(
                        default=0, help_text="Key of the last product that was done; 0: the round begins."
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
