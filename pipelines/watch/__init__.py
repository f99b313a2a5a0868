"""The service: hears of pushes, queues a search for each, and runs them."""
