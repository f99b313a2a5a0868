"""The scikit-learn family: its fit wrapper, its knobs on live estimators, its built-in project."""
