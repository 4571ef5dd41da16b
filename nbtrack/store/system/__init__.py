"""What the store asks of the system: its calls in one place, forks, processes, and refusals in our words."""
