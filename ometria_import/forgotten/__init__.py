"""People who asked to be forgotten: the list of them, and which records are about them.

The list holds keyed hashes, never an address. What is done with it is decided elsewhere.
"""

from ometria_import.forgotten.addresses import Addresses
from ometria_import.forgotten.listed import Kind, People, known_people, list_people
from ometria_import.forgotten.matching import (
    REASON,
    Named,
    Place,
    count_records,
    named_records,
    records_about,
    without_records,
)
from ometria_import.forgotten.requests import Requests, deletion_requests

__all__ = [
    "REASON",
    "Addresses",
    "Kind",
    "Named",
    "People",
    "Place",
    "Requests",
    "count_records",
    "deletion_requests",
    "known_people",
    "list_people",
    "named_records",
    "records_about",
    "without_records",
]
