"""What both sides of the wall agree on. Standard library only, so that either side may import it."""
