"""One search: what to try, trying it, and what becomes of what fails. No tracking server is known here."""
