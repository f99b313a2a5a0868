"""The Keras family: its fit wrapper, its knobs on live models, its built-in project."""
