"""What a config says: its checks, its settings for one run, and which runs there are."""
