"""What the shop sells, and how its products stand in a CSV file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sample_data.shop.dice import Dice

PARENTS = 520
UK_STORE = "example.com/uk"
EU_STORE = "example.com/eu"
CURRENCY_OF = {UK_STORE: "GBP", EU_STORE: "EUR"}

COLUMNS = (
    "id", "sku", "title", "is_variant", "is_active", "is_in_stock", "price", "special_price",
    "special_price_dt_from", "special_price_dt_to", "currency", "url", "image_url",
    "attributes.brand", "attributes.category", "attributes.colour", "attributes.size",
    "listings.store", "listings.title", "listings.price", "listings.special_price",
    "listings.currency", "listings.url", "listings.image_url", "listings.is_active",
    "properties.material", "properties.season", "properties.parent_id", "properties.barcode",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Range:
    """What the products of one category have in common."""

    nouns: tuple[str, ...]
    german: tuple[str, ...]
    """The nouns again, for the titles of the EU shop."""
    materials: tuple[str, ...]
    sizes: tuple[str, ...]
    pounds: tuple[int, int]
    peak_months: tuple[int, ...]


_LETTERS = ("XS", "S", "M", "L", "XL")
_RANGES = {
    "Knitwear": Range(
        ("Jumper", "Cardigan", "Roll Neck", "Beanie"),
        ("Pullover", "Strickjacke", "Rollkragenpullover", "Mütze"),
        ("merino", "lambswool", "cotton"), _LETTERS, (25, 140), (10, 11, 12, 1),
    ),
    "Outerwear": Range(
        ("Parka", "Raincoat", "Gilet", "Pea Coat"),
        ("Parka", "Regenmantel", "Weste", "Cabanjacke"),
        ("waxed cotton", "wool", "recycled nylon"), _LETTERS, (80, 320), (9, 10, 11, 12),
    ),
    "Shirts": Range(
        ("Oxford Shirt", "Blouse", "Linen Shirt", "Breton Tee"),
        ("Oxfordhemd", "Bluse", "Leinenhemd", "Bretonshirt"),
        ("cotton", "linen"), _LETTERS, (24, 85), (4, 5, 6, 7),
    ),
    "Dresses": Range(
        ("Tea Dress", "Midi Dress", "Pinafore"),
        ("Teekleid", "Midikleid", "Trägerkleid"),
        ("viscose", "linen", "corduroy"), ("8", "10", "12", "14", "16"), (55, 160), (5, 6, 7),
    ),
    "Footwear": Range(
        ("Deck Shoe", "Chelsea Boot", "Espadrille"),
        ("Bootsschuh", "Chelsea-Stiefel", "Espadrille"),
        ("leather", "canvas"), ("38", "39", "40", "41", "42", "43"), (45, 190), (3, 4, 9, 10),
    ),
    "Bedding": Range(
        ("Duvet Cover", "Throw", "Pillowcase"),
        ("Bettbezug", "Überwurf", "Kissenbezug"),
        ("linen", "cotton percale", "wool"), ("Single", "Double", "King"), (18, 220), (1, 11, 12),
    ),
    "Kitchen": Range(
        ("Stoneware Bowl", "Mug", "Bread Board", "Apron", "Teapot"),
        ("Steingutschale", "Becher", "Brotbrett", "Schürze", "Teekanne"),
        ("stoneware", "oak", "enamel"), (), (9, 75), (11, 12),
    ),
    "Candles": Range(
        ("Candle", "Reed Diffuser", "Candle Holder"),
        ("Duftkerze", "Raumduft", "Kerzenhalter"),
        ("soy wax", "brass", "glass"), (), (8, 48), (10, 11, 12),
    ),
    "Lighting": Range(
        ("Table Lamp", "Pendant", "Lantern"),
        ("Tischlampe", "Pendelleuchte", "Laterne"),
        ("brass", "steel", "rattan"), (), (35, 1450), (10, 11),
    ),
}  # fmt: skip
_PLACES = (
    "Ullapool", "Whitby", "Skye", "Fowey", "Staithes", "Oban", "Sylt", "Amrum", "Rügen", "Föhr",
    "Seahouses", "Padstow", "Iona", "Robin Hood's Bay", "Tenby", "Aldeburgh", "Usedom", "Mull",
    "Porthleven", "Juist", "Wells", "Crail",
)  # fmt: skip
_COLOURS = ("Navy", "Pine", "Oatmeal", "Rust", "Slate", "Ecru", "Rosé", "Fern", "Charcoal", "Sand")
_BRANDS = {"Harbour & Pine": 8, "North Quay": 4, "Studio Lärche": 3, "Fjord & Fell": 2, "Möwe": 1}


@dataclass(frozen=True, slots=True)
class Product:
    """A parent product; its variants differ in size alone."""

    number: int
    title: str
    german_title: str
    category: str
    brand: str
    colour: str
    material: str
    sizes: tuple[str, ...]
    pence: int
    sale_pence: int
    """0: not reduced."""
    is_active: bool
    is_in_stock: bool
    peak_months: tuple[int, ...]

    @property
    def id(self) -> str:
        """Also the SKU."""
        return f"HP{self.number}"

    def variant_id(self, size: str) -> str:
        """Also the variant's SKU."""
        return f"{self.id}-{size}"

    def cents(self, pence: int) -> int:
        """What the EU shop asks where the UK shop asks so much: rounded to 95 cents."""
        return round(pence * 1.19 / 100) * 100 - 5


def make_products() -> list[Product]:
    """The catalogue, in the order of the file."""
    dice = Dice(20_210)
    return [_product(dice, number) for number in range(1001, 1001 + PARENTS)]


def _product(dice: Dice, number: int) -> Product:
    category = dice.pick(tuple(_RANGES))
    kind = _RANGES[category]
    which = dice.between(0, len(kind.nouns) - 1)
    place, material = dice.pick(_PLACES), dice.pick(kind.materials)
    first = dice.between(0, 1) if kind.sizes else 0
    pence = dice.between(*kind.pounds) * 100 - dice.pick((0, 1, 50))
    return Product(
        number=number,
        title=f"{place} {kind.nouns[which]}",
        german_title=f"{kind.german[which]} „{place}“",
        category=category,
        brand=dice.weighted(_BRANDS),
        colour=dice.pick(_COLOURS),
        material=material,
        sizes=kind.sizes[first:] if dice.chance(0.9) else (),
        pence=pence,
        sale_pence=pence * 7 // 10 if dice.chance(0.2) else 0,
        is_active=dice.chance(0.93),
        is_in_stock=dice.chance(0.88),
        peak_months=kind.peak_months,
    )


def money(hundredths: int) -> str:
    """An amount with two decimals, and separators as some systems write them: 1,249.00."""
    return f"{hundredths // 100:,}.{hundredths % 100:02d}"


def rows_of(product: Product) -> Iterator[dict[str, str]]:
    """The product's rows: one for each store, then one for each variant."""
    shared = _shared_cells(product)
    for store in (UK_STORE, EU_STORE):
        yield shared | _listing_cells(product, store)
    for position, size in enumerate(product.sizes):
        variant = product.variant_id(size)
        yield shared | {
            "id": variant,
            "sku": variant,
            "title": f"{product.title} {size}",
            "is_variant": "true",
            "url": "",
            "attributes.size": size,
            "properties.parent_id": product.id,
            "properties.barcode": f"0{501_000_000_000 + product.number * 10 + position}",
        }


def _shared_cells(product: Product) -> dict[str, str]:
    reduced = bool(product.sale_pence)
    return {
        "id": product.id,
        "sku": product.id,
        "title": product.title,
        "is_variant": "false",
        "is_active": "true" if product.is_active else "false",
        "is_in_stock": "yes" if product.is_in_stock else "no",
        "price": money(product.pence),
        "special_price": money(product.sale_pence) if reduced else "",
        "special_price_dt_from": "2025-11-24T00:00:00Z" if reduced else "",
        "special_price_dt_to": "2026-01-15T23:59:59Z" if reduced else "",
        "currency": "GBP",
        "url": f"https://{UK_STORE}/p/{product.number}",
        "image_url": f"https://img.example.com/{product.number}.jpg",
        "attributes.brand": product.brand,
        "attributes.category": product.category,
        "attributes.colour": product.colour,
        "properties.material": product.material,
        "properties.season": _season(product.peak_months),
    }


def _listing_cells(product: Product, store: str) -> dict[str, str]:
    british = store == UK_STORE
    price = product.pence if british else product.cents(product.pence)
    sale = product.sale_pence if british else product.cents(product.sale_pence)
    return {
        "listings.store": store,
        "listings.title": product.title if british else product.german_title,
        "listings.price": money(price),
        "listings.special_price": money(sale) if product.sale_pence else "",
        "listings.currency": CURRENCY_OF[store],
        "listings.url": f"https://{store}/p/{product.number}",
        "listings.image_url": f"https://img.example.com/{product.number}.jpg",
        "listings.is_active": "true" if product.is_active else "false",
    }


def _season(months: Sequence[int]) -> str:
    return "summer" if 6 in months or 5 in months else "winter" if 12 in months else "all year"
