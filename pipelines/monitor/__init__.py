"""The monitor: searches whose driver died are resumed, containers that nobody needs any more are removed."""
