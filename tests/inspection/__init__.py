"""Reading sources: what a folder trains, told without running it."""
