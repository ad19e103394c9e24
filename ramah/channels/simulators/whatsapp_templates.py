"""Templates of the simulated account, as the API lists them."""

from typing import Any

TEMPLATES: tuple[dict[str, Any], ...] = (
    {
        "id": "594425479261596",
        "name": "order_shipped",
        "language": "en_US",
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": [
            {
                "type": "BODY",
                "text": "Hi {{1}}, your order {{2}} is on its way.",
                "example": {"body_text": [["Dana", "R-1042"]]},
            },
            {"type": "FOOTER", "text": "Toko Laut"},
        ],
    },
    {
        "id": "594425479261597",
        "name": "order_shipped",
        "language": "id",
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": [
            {
                "type": "BODY",
                "text": "Halo Kak {{1}}, pesanan {{2}} sedang dalam perjalanan.",
                "example": {"body_text": [["Dana", "R-1042"]]},
            }
        ],
    },
    {
        "id": "594425479261598",
        "name": "back_to_you",
        "language": "en_US",
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "NAMED",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "About {{topic}}"},
            {
                "type": "BODY",
                "text": "Hello {{first_name}}, we have an answer for you. Write to us to read it.",
                "example": {"body_text_named_params": [{"param_name": "first_name", "example": "Dana"}]},
            },
            {
                "type": "BUTTONS",
                "buttons": [
                    {"type": "QUICK_REPLY", "text": "Tell me"},
                    {"type": "URL", "text": "See the order", "url": "https://shop.example/orders/{{1}}"},
                ],
            },
        ],
    },
    {
        "id": "594425479261599",
        "name": "autumn_sale",
        "language": "en_US",
        "status": "APPROVED",
        "category": "MARKETING",
        "components": [{"type": "BODY", "text": "Everything from the sea is cheaper this week."}],
    },
    {
        "id": "594425479261600",
        "name": "with_a_picture",
        "language": "en_US",
        "status": "APPROVED",
        "category": "MARKETING",
        "components": [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Look at this."}],
    },
    {
        "id": "594425479261601",
        "name": "not_yet",
        "language": "en_US",
        "status": "PENDING",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Soon."}],
    },
)
