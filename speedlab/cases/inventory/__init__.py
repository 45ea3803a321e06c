"""How much of each item to keep on the shelf: simulated, searched, and checked by formulas."""
