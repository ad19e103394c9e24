import django.db.models.deletion
import ramah.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('channels', '0002_live'),
        ('conversations', '0003_live'),
        ('promises', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='PhoneSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('greetings', models.JSONField(blank=True, default=dict)),
                ('closed_texts', models.JSONField(blank=True, default=dict)),
                ('menu', models.JSONField(blank=True, default=list, help_text='[{"key": "1", "language": "id", "skill": "orders", "team": "", "says": "..."}], at most nine.')),
                ('when_closed', models.CharField(choices=[('voicemail', 'Take a message'), ('callback', 'Offer to call back')], default='callback', max_length=9)),
                ('music_url', models.URLField(blank=True, help_text='Played to those who wait; empty: a quiet pause.', max_length=300)),
                ('is_recorded', models.BooleanField(default=False)),
                ('consent_texts', models.JSONField(blank=True, default=dict, help_text='Said before a call that is recorded.')),
                ('offers_callback', models.BooleanField(default=True, help_text='Callers may be called back instead of waiting.')),
                ('skill', models.CharField(blank=True, help_text="What an agent should know; empty: anyone's.", max_length=40)),
                ('offer_seconds', models.PositiveSmallIntegerField(default=20, help_text="So long an agent's phone rings.")),
                ('wait_seconds', models.PositiveSmallIntegerField(default=600, help_text='Then a message is taken instead.')),
                ('endpoints', models.JSONField(blank=True, default=dict, help_text='Where agents are rung, by public id: "+62...", "client:ben" (a browser), "sip:ben@shop.example".')),
                ('inbox', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conversations.inbox')),
            ],
        ),
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ramah.kernel.ids.new_public_id, editable=False, max_length=26, unique=True)),
                ('created_at', models.DateTimeField(editable=False)),
                ('direction', models.CharField(choices=[('in', 'Incoming'), ('out', 'Outgoing')], max_length=3)),
                ('provider_id', models.CharField(help_text="Of the customer's leg; none: typed by hand.", max_length=64, null=True)),
                ('customer_number', models.CharField(blank=True, help_text='E.164; empty: withheld.', max_length=40)),
                ('shop_number', models.CharField(blank=True, max_length=40)),
                ('state', models.CharField(choices=[('ringing', 'Ringing'), ('queued', 'Waiting'), ('in_progress', 'Going on'), ('ended', 'Ended'), ('missed', 'Missed'), ('voicemail', 'Voicemail'), ('failed', 'Failed')], default='ringing', max_length=11)),
                ('language', models.CharField(blank=True, max_length=8)),
                ('started_at', models.DateTimeField()),
                ('queued_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('failed_reason', models.CharField(blank=True, max_length=200)),
                ('recording_ref', models.CharField(blank=True, help_text='What the provider calls the recording.', max_length=300)),
                ('voicemail_ref', models.CharField(blank=True, max_length=300)),
                ('transcript', models.TextField(blank=True)),
                ('callback_number', models.CharField(blank=True, max_length=40)),
                ('outcome', models.CharField(blank=True, choices=[('solved', 'Solved'), ('follow_up', 'Something is still to be done'), ('not_reached', 'Nobody was reached'), ('wrong_number', 'Wrong number')], max_length=12)),
                ('notes', models.TextField(blank=True)),
                ('is_erased', models.BooleanField(default=False, help_text='Forgotten here; what the provider has still goes.')),
                ('agent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.agent')),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conversations.conversation')),
                ('inbox', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.inbox')),
                ('message', models.ForeignKey(help_text='The line that stands for it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='conversations.message')),
                ('promise', models.ForeignKey(help_text='To call back.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='promises.promise')),
            ],
            options={
                'indexes': [models.Index(fields=['inbox', '-id'], name='call_inbox'), models.Index(fields=['state', '-id'], name='call_state'), models.Index(fields=['conversation', '-id'], name='call_conversation')],
                'constraints': [models.UniqueConstraint(fields=('inbox', 'provider_id'), name='call_once')],
            },
        ),
        migrations.CreateModel(
            name='CallLeg',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(help_text='Due from then on; empty: nothing to do.', null=True)),
                ('claim', models.CharField(blank=True, default='', max_length=26)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('public_id', models.CharField(default=ramah.kernel.ids.new_public_id, editable=False, max_length=26, unique=True)),
                ('created_at', models.DateTimeField(editable=False)),
                ('to', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('due', 'Due'), ('dialing', 'Dialing'), ('ringing', 'Ringing'), ('taken', 'Taken'), ('over', 'Over')], default='due', max_length=7)),
                ('provider_id', models.CharField(blank=True, max_length=64)),
                ('offer_ends_at', models.DateTimeField(help_text='Of the offer it rings for.', null=True)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.agent')),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='legs', to='channels.call')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'due')), fields=['next_attempt_at'], name='leg_due'), models.Index(condition=models.Q(('state__in', ['dialing', 'ringing'])), fields=['call'], name='leg_live')],
            },
        ),
    ]
