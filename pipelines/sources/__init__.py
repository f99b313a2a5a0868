"""Where code, data and packages come from."""
