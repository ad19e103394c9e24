"""The tree of categories: paths follow, nothing stands in itself, nothing with something in it goes."""

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.commands import category_tree as tree
from ramah.commerce.commands.category_tree import CategoryTold
from ramah.commerce.events import ProductChanged
from ramah.commerce.models import Category, Product
from ramah.commerce.queries.terms import category_tree
from ramah.commerce.seen import ChangedMeanwhile
from ramah.commerce.testing import AT, make_product
from ramah.kernel.actors import SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.kernel.testing import raised_at_once

pytestmark = pytest.mark.django_db


def make(name, parent=None, slug=""):
    return tree.create_category(actor=SYSTEM, told=CategoryTold({"en": name}, slug, parent), at=AT)


def change(category, *, name="", parent=None, slug="", actor=SYSTEM, seen=""):
    told = CategoryTold({"en": name or category.names["en"]}, slug or category.slug, parent)
    return tree.change_category(actor=actor, category=category, told=told, seen=seen, at=AT)


def paths():
    return sorted(Category.objects.values_list("path", flat=True))


@pytest.fixture
def told(monkeypatch):
    facts = []
    monkeypatch.setattr("ramah.commerce.commands.category_tree.publish_all", facts.extend)
    return facts


def test_what_stands_below_moves_along():
    fashion, home = make("Fashion"), make("Home")
    shirts = make("Shirts", fashion)
    make("Linen", shirts)

    change(shirts, parent=home, slug="tops")

    assert paths() == ["fashion", "home", "home/tops", "home/tops/linen"]


def test_a_renamed_category_keeps_its_address_unless_told():
    fashion = make("Fashion")
    make("Shirts", fashion)

    change(fashion, name="Clothes")
    assert paths() == ["fashion", "fashion/shirts"]
    change(fashion, slug="clothes")

    assert paths() == ["clothes", "clothes/shirts"]


def test_products_below_hear_of_it_once_each(told):
    fashion = make("Fashion")
    shirts, hats = make("Shirts", fashion), make("Hats")
    inside, outside = make_product(), make_product()
    Product.objects.filter(pk=inside.pk).update(category=shirts)
    Product.objects.filter(pk=outside.pk).update(category=hats)

    change(fashion, slug="clothes")

    assert told == [(ProductChanged(inside.pk), f"product:{inside.pk}")]


def test_a_category_does_not_stand_in_itself_or_below():
    fashion = make("Fashion")
    shirts = make("Shirts", fashion)

    for parent in (fashion, shirts):
        with pytest.raises(tree.CategoryCycle):
            change(fashion, parent=parent)

    assert paths() == ["fashion", "fashion/shirts"]


def test_addresses_are_taken_once():
    fashion, home = make("Fashion"), make("Home")
    make("Sale", fashion)
    other = make("Sale", home)

    with pytest.raises(tree.PathTaken):
        make("Sale", fashion)
    with pytest.raises(tree.PathTaken):
        change(other, parent=fashion)
    with pytest.raises(tree.PathTaken):
        change(home, slug="fashion")

    assert paths() == ["fashion", "fashion/sale", "home", "home/sale"]


def test_an_address_that_becomes_too_long_is_refused():
    top = make("Top")
    below = make("Below", top, slug="b" * 80)
    last = make("Last", below, slug="c" * 80)
    make("Deep", last, slug="d" * 70)

    with pytest.raises(tree.PathTooLong):
        change(top, slug="t" * 80)

    assert Category.objects.get(pk=top.pk).path == "top"


def test_categories_are_put_in_order(django_capture_on_commit_callbacks):
    a, b, c = make("A"), make("B"), make("C")

    with django_capture_on_commit_callbacks(execute=True):
        tree.place_category(actor=SYSTEM, category=c, step=-1, at=AT)
    tree.place_category(actor=SYSTEM, category=a, step=-1, at=AT)

    assert list(Category.objects.values_list("slug", flat=True)) == ["a", "c", "b"]
    assert category_tree().roots == ("a", "c", "b")
    assert b.slug == "b"


def test_only_an_empty_category_is_deleted():
    fashion = make("Fashion")
    shirts = make("Shirts", fashion)
    product = make_product()
    Product.objects.update(category=shirts)

    for full in (fashion, shirts):
        with pytest.raises(tree.CategoryNotEmpty):
            tree.delete_category(actor=SYSTEM, category=full, at=AT)
    Product.objects.filter(pk=product.pk).update(category=None)
    tree.delete_category(actor=SYSTEM, category=shirts, at=AT)

    assert paths() == ["fashion"]


def test_an_old_form_overwrites_nothing():
    fashion = make("Fashion")
    seen = tree.category_mark(fashion)
    change(fashion, name="Clothes")

    with pytest.raises(ChangedMeanwhile):
        change(fashion, name="Mode", seen=seen)

    assert Category.objects.get().names == {"en": "Clothes"}


@pytest.mark.parametrize("role", ["agent", "contractor"])
def test_agents_change_no_category(role):
    actor, fashion = actor_of_agent(make_agent(role=role)), make("Fashion")
    audited = AuditEntry.objects.count()

    for attempt in (
        lambda: tree.create_category(actor=actor, told=CategoryTold({"en": "X"}), at=AT),
        lambda: change(fashion, name="X", actor=actor),
        lambda: tree.place_category(actor=actor, category=fashion, step=1, at=AT),
        lambda: tree.delete_category(actor=actor, category=fashion, at=AT),
    ):
        with pytest.raises(PermissionDenied):
            attempt()

    assert (paths(), AuditEntry.objects.count()) == (["fashion"], audited)


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_make_no_ring():
    for number in range(3):
        a, b = make(f"A{number}"), make(f"B{number}")

        outcomes = raised_at_once(lambda a=a, b=b: change(a, parent=b), lambda a=a, b=b: change(b, parent=a))

        assert sorted(outcomes, key=str) == sorted([tree.CategoryCycle, None], key=str)
