"""`ramah import` as people and scripts call it."""

import json

import pytest
from click.testing import CliRunner

from ramah.commerce.models import Order
from ramah.commerce.tests.files import ORDERS
from ramah.config.cli import main

pytestmark = pytest.mark.django_db
TEA = "TL-2,2026-02-02,eli@example.com,Tea,S-3,1,68000,IDR"


@pytest.fixture
def run(tmp_path):
    def call(*arguments, lines=(ORDERS, TEA)):
        file = tmp_path / "orders.csv"
        file.write_text("\n".join(lines), encoding="utf-8")
        return CliRunner().invoke(main, ["import", *(str(file) if word == "FILE" else word for word in arguments)])

    return call


def test_a_clean_file_is_done(run):
    result = run("orders", "FILE", "--json")

    assert (result.exit_code, json.loads(result.stdout)) == (
        0,
        {"created": 1, "updated": 0, "unchanged": 0, "failed": 0, "errors": [], "errors_left_out": 0},
    )
    assert json.loads(run("orders", "FILE", "--json").stdout)["unchanged"] == 1


def test_bad_rows_end_in_one_and_say_what_next(run):
    result = run("orders", "FILE", "--json", lines=(ORDERS, TEA, TEA.replace("TL-2", "TL-3").replace(",1,", ",0,")))

    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["created"], told["failed"], told["errors"][0]["line"], told["errors"][0]["column"]) == (
        1,
        1,
        3,
        "quantity",
    )
    assert "import the same file again" in result.stderr


def test_people_read_words(run):
    result = run("orders", "FILE", "--dry-run", lines=(ORDERS + ",shoe size", TEA + ",38"))

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Columns not read: shoe size",
        "orders: 1 created, 0 updated, 0 unchanged, 0 failed (dry run: nothing was stored)",
    ]
    assert not Order.objects.exists()


def test_a_heading_alone_says_so(run):
    assert "The file has a heading and no rows." in run("orders", "FILE", lines=(ORDERS,)).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["orders"],
        ["orders", "/no/such/file.csv"],
        ["orders", "FILE", "--timezone", "Mars/Base"],
        ["orders", "FILE", "--region", "XX"],
        ["orders", "FILE", "--decimal", "x"],
        ["parcels", "FILE"],
    ],
)
def test_wrong_usage_ends_in_two(run, arguments):
    assert run(*arguments).exit_code == 2
    assert not Order.objects.exists()


@pytest.mark.parametrize("kind", ["products", "orders", "customers"])
def test_columns_are_listed(run, kind):
    listed = [json.loads(line) for line in run(kind, "--columns", "--json").stdout.splitlines()]

    assert all(column["says"] for column in listed)
    assert [column["column"] for column in listed if column["required"]] == {
        "products": ["product_id", "sku"],
        "orders": ["number", "placed_at", "title", "quantity", "unit_price"],
        "customers": [],
    }[kind]
