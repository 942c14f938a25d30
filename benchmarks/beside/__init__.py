"""What fast engines do of the work on the shop's files, as whole programs.

Both read all cells as text, parse days, times, amounts, quantities and yes/no, compare addresses,
currencies and countries with a pattern or a list, and put rows together to orders. They count
what is wrong; neither says which value in which line it is, or why. Neither reads telephone
numbers, makes JSON, measures records, looks for keys that are there twice, or for people and
consent across the files.
"""
