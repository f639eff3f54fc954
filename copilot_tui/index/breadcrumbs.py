"""Breadcrumbs: reading, checking, ordering, relating and writing them, under one roof.

A breadcrumb is a block of ``TAG: value`` comment lines right before the code that it speaks of. The
parts live in ``breadcrumb_tags``, ``breadcrumb_parser``, ``breadcrumb_tasks`` and ``breadcrumb_text``.
"""

from __future__ import annotations

from copilot_tui.index.breadcrumb_parser import parse_breadcrumbs
from copilot_tui.index.breadcrumb_tags import COMPLEXITIES, STATUSES, TAGS, UNFINISHED, validate
from copilot_tui.index.breadcrumb_tasks import Relation, TaskOrder, related, task_of, task_order, tasks
from copilot_tui.index.breadcrumb_text import format_breadcrumb, update_breadcrumb

__all__ = [
    "COMPLEXITIES",
    "STATUSES",
    "TAGS",
    "UNFINISHED",
    "Relation",
    "TaskOrder",
    "format_breadcrumb",
    "parse_breadcrumbs",
    "related",
    "task_of",
    "task_order",
    "tasks",
    "update_breadcrumb",
    "validate",
]
