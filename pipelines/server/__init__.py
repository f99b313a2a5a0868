"""The tracking server that a team runs: started, looked after, backed up."""
