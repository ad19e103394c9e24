from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0003_live'),
    ]

    operations = [
        migrations.AddField(
            model_name='messagedelivery',
            name='hold',
            field=models.JSONField(help_text='Not handed over at night: {"from": "21:00", "to": "08:00", "zone": "Asia/Jakarta"}; see `holding`.', null=True),
        ),
    ]
