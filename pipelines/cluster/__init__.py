"""Searches on several machines, over dask.distributed: agents run trials, the driver mirrors their spools."""
