"""What a cell's source tells before it runs, and the tee that watches its expressions while it does."""
