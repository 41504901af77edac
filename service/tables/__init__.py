"""Questions answered from tables by code: the cells that a question names are linked, and what it asks of them is computed."""
