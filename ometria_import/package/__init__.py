"""The package: prepared records in sending order, immutable, in one SQLite file.

It is written once while preparing and only read while delivering. Its id is the hash of its
content, so the same input always makes the same package.
"""

from ometria_import.package.deriving import Change, Repacking, SourcedRecord, derive, select
from ometria_import.package.effects import FLOW_ENTRIES, Effects, effects_of, effects_path
from ometria_import.package.model import (
    MAX_BATCH_RECORDS,
    NORMAL_FORM,
    ONLY_CHANGED,
    Batch,
    Derivation,
    PackageId,
    PackedBatch,
    SourceSummary,
)
from ometria_import.package.reader import Package
from ometria_import.package.revenue import (
    OrderMoney,
    Revenue,
    Sales,
    add_sales,
    money_of,
    revenue_of,
    revenue_of_sums,
    sales_of,
)
from ometria_import.package.writer import PackageWriter

__all__ = [
    "FLOW_ENTRIES",
    "MAX_BATCH_RECORDS",
    "NORMAL_FORM",
    "ONLY_CHANGED",
    "Batch",
    "Change",
    "Derivation",
    "Effects",
    "OrderMoney",
    "Package",
    "PackageId",
    "PackageWriter",
    "PackedBatch",
    "Repacking",
    "Revenue",
    "Sales",
    "SourceSummary",
    "SourcedRecord",
    "add_sales",
    "derive",
    "effects_of",
    "effects_path",
    "money_of",
    "revenue_of",
    "revenue_of_sums",
    "sales_of",
    "select",
]
