"""What belongs to a customer here: orders with all that is in them, carts, vouchers, wishes, addresses, reviews, questions."""

from ramah.kernel.ownership import register_owned

register_owned("commerce.Order")
register_owned("commerce.Cart")
register_owned("commerce.Question")
register_owned("commerce.Review")
register_owned("commerce.SavedAddress")
register_owned("commerce.Voucher")
register_owned("commerce.VoucherUse")
register_owned("commerce.Wish")
