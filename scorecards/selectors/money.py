"""Amounts of money as people read them: with their currency, thousands separated, cents only where there are any."""

from decimal import Decimal
from fractions import Fraction


def money_text(amount: Fraction | Decimal | int, currency: str) -> str:
    """ "1,234,500 EUR", "0.35 EUR"; hundredths half to even."""
    hundredths = round(Fraction(amount) * 100)
    whole, cents = divmod(abs(hundredths), 100)
    sign = "\N{MINUS SIGN}" if hundredths < 0 else ""
    shown = f"{whole:,}.{cents:02d}" if cents else f"{whole:,}"
    return f"{sign}{shown} {currency}".rstrip()
