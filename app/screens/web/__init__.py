"""What every request passes: sign-in, sessions, headers, errors, the request log."""
