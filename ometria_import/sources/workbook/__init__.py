"""Excel workbooks: one sheet as rows of text."""
