"""The sources of fields: origins and the steps behind them."""
