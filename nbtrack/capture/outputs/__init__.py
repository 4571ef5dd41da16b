"""What a cell showed: displays and streams, bounded."""
