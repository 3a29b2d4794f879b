"""What takes longer than a test: many random sequences, killed servers and clients, a full disk, many processes."""
