"""Built-in projects, written as ordinary scripts: they are copied into a spool and run like any source."""
