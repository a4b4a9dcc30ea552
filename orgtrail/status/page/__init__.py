"""The status as one HTML page that needs nothing else: `page.html` has it."""
