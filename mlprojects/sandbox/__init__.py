"""The process that runs trials: supervisor, runner, and what both families measure alike."""
