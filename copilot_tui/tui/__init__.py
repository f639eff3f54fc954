"""The full-screen app: renders a session's events, and asks the session manager for what the person wants."""
