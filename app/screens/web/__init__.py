"""Every request passes sign-in, sessions, headers, errors and the request log."""
