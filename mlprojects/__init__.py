"""Inside the sandbox: the trial runner, the fit wrappers and the built-in projects."""
