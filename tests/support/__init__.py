"""What tests share: small data, a loopback server, a browser, a running workflow."""
