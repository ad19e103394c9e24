"""Rows of commerce: the catalog, terms of selling, carts, orders with money, and what buyers say."""

from ramah.commerce.models.asking import CodeRequest
from ramah.commerce.models.carts import Cart, CartLine, SavedAddress, Voucher, VoucherUse, Wish
from ramah.commerce.models.catalog import Category, EarlierSlug, Product, ProductLink, SizeGuide, StockChange, Variant
from ramah.commerce.models.gateways import GatewayPayment
from ramah.commerce.models.listing import Listing, ListingClock, SearchTerm, SearchText
from ramah.commerce.models.orders import RECEIVED, Invoice, Order, OrderLine, OrderStateChange, Payment, Refund
from ramah.commerce.models.rounds import CatalogRound
from ramah.commerce.models.selling import DeliveryOption, DeliveryRate, ShopProfile, TaxRate
from ramah.commerce.models.voices import Alert, Moderation, Question, Review

__all__ = [
    "RECEIVED",
    "Alert",
    "Cart",
    "CartLine",
    "CatalogRound",
    "Category",
    "CodeRequest",
    "DeliveryOption",
    "DeliveryRate",
    "EarlierSlug",
    "GatewayPayment",
    "Invoice",
    "Listing",
    "ListingClock",
    "Moderation",
    "Order",
    "OrderLine",
    "OrderStateChange",
    "Payment",
    "Product",
    "ProductLink",
    "Question",
    "Refund",
    "Review",
    "SavedAddress",
    "SearchTerm",
    "SearchText",
    "ShopProfile",
    "SizeGuide",
    "StockChange",
    "TaxRate",
    "Variant",
    "Voucher",
    "VoucherUse",
    "Wish",
]
