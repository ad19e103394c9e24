"""Numbers that channels vouch for where the address is none (Telegram): a ground to suggest that two customers are one."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0003_live'),
    ]

    operations = [
        migrations.AddField(
            model_name='contactpoint',
            name='own_number',
            field=models.CharField(blank=True, default='', help_text='Where the address is none: the number (E.164) that the channel says is theirs.', max_length=16),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name='contactpoint',
            index=models.Index(fields=['own_number'], name='contact_point_own_number'),
        ),
    ]
