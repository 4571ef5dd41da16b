"""What makes room: packs, the trash, the rules for what may go - and one at a time."""
