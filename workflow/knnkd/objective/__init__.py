"""What a system is trained for: the terms beside the cross-entropy, and their losses."""
