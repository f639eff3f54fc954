"""Pure values that every other package speaks in: errors, artefacts, events, state, settings.

Nothing here reads a file, starts a process or imports a package of the project outside ``core``.
"""
