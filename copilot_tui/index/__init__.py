"""Finding what matters in a code base: scan, symbols, breadcrumbs, lexical search, ranking.

Phases use :class:`copilot_tui.index.code_index.CodeIndex`; the other modules are its parts. All calls
block and honour a cancel token; run them in a thread.
"""
