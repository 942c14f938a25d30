"""The invented shop "Harbour & Pine": its catalogue, its people, its sales, its mistakes."""
