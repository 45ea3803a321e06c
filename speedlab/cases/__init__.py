"""The jobs of the course, one folder each; importing this package loads none of them."""
