"""The six phases. Each is one file and one class: an async generator of events, nothing more.

A phase reads the session's state and the capabilities handed to it, yields what happened, and never
prints, writes to the store or remembers anything itself. A further phase can be added by another
package through the entry-point group ``copilot_tui.phases``.
"""
