"""Sources that are made of others: computed numbers, rates, and moments in several columns."""
