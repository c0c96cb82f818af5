"""What goes on beside questions: jobs, live recordings, minutes."""
