"""Outside the sandbox: the driver."""
