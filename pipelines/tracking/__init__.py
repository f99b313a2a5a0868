"""The adapter to MLflow, and all that is written there."""
