"""Categories become rows of a tree, products get an address in the shop; what was there is brought along."""

import django.db.models.deletion
from django.db import migrations, models
from django.utils.text import slugify

import ramah.kernel.ids


def bring_along(apps, schema_editor):
    Category, Product = apps.get_model("commerce", "Category"), apps.get_model("commerce", "Product")
    known, taken = {}, set()
    for product in Product.objects.order_by("pk").iterator():
        parent, path = None, ""
        for name in filter(None, (part.strip() for part in product.category_words.split("/"))):
            slug = slugify(name, allow_unicode=True) or "category"
            path = f"{path}/{slug}" if path else slug
            if path not in known:
                known[path] = Category.objects.create(
                    public_id=ramah.kernel.ids.new_public_id(),
                    created_at=product.created_at,
                    parent=parent,
                    slug=slug,
                    path=path,
                    names={"en": name},
                )
            parent = known[path]
        titles = product.titles
        title = titles.get("en") or next(iter(titles.values()), "")
        slug = slugify(title, allow_unicode=True)[:80].strip("-") or "product"
        product.slug = slug if slug not in taken else f"{slug}-{product.pk}"
        taken.add(product.slug)
        product.category, product.published_at = parent, product.created_at
        product.save(update_fields=["slug", "category", "published_at"])


class Migration(migrations.Migration):
    dependencies = [("commerce", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.CharField(default=ramah.kernel.ids.new_public_id, editable=False, max_length=26, unique=True)),
                ("created_at", models.DateTimeField(editable=False)),
                ("slug", models.SlugField(allow_unicode=True, max_length=80)),
                ("path", models.CharField(max_length=250, unique=True)),
                ("names", models.JSONField(default=dict, help_text="By language; see `translations`.")),
                ("descriptions", models.JSONField(blank=True, default=dict)),
                ("position", models.PositiveIntegerField(default=0)),
                ("is_listed", models.BooleanField(default=True, help_text="Shown in the navigation of the shop.")),
                ("parent", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="children", to="commerce.category")),
            ],
            options={"ordering": ["position", "id"]},
        ),
        migrations.RenameField("product", "category", "category_words"),
        migrations.AddField(
            "product",
            "category",
            models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="products", to="commerce.category"),
        ),
        migrations.AddField("product", "slug", models.CharField(max_length=120, default="")),
        migrations.AddField("product", "published_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(bring_along, migrations.RunPython.noop),
        migrations.AlterField(
            "product",
            "slug",
            models.SlugField(max_length=120, unique=True, allow_unicode=True, help_text="Its address in the shop."),
        ),
        migrations.RemoveField("product", "category_words"),
    ]
