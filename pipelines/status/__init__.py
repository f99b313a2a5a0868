"""autotweak status: what is queued, running, finished, restarted and served, and since when."""
