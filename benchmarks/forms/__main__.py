"""Make one file and say where it is: `python -m benchmarks.forms usual-contacts 200000`."""

from __future__ import annotations

import sys

from benchmarks.forms.contacts import (
    array_file,
    contacts_in,
    ndjson_file,
    plain,
    rejected,
    small_files,
    superseded_file,
    usual,
    warned,
    wide_file,
    workbook_file,
)
from benchmarks.forms.orders import epoch_orders_file, plain_orders_file, usual_orders_file
from benchmarks.forms.shop import shop_customers_file, shop_orders_file

MAKERS = {
    "plain-contacts": contacts_in(plain),
    "usual-contacts": contacts_in(usual),
    "plain-orders": plain_orders_file,
    "usual-orders": usual_orders_file,
    "epoch-orders": epoch_orders_file,
    "warned": contacts_in(warned),
    "rejected": contacts_in(rejected),
    "superseded": superseded_file,
    "wide-good": wide_file,
    "wide-rejected": lambda count: wide_file(count, is_rejected=True),
    "files": small_files,
    "ndjson": ndjson_file,
    "array": array_file,
    "shop-orders": shop_orders_file,
    "shop-customers": shop_customers_file,
    "xlsx": workbook_file,
}

if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in MAKERS:
        sys.exit(f"usage: python -m benchmarks.forms {'|'.join(MAKERS)} COUNT")
    print(MAKERS[sys.argv[1]](int(sys.argv[2])))
