"""Python replies: methods and functions of one name are told apart, imports go where Python takes them."""

from __future__ import annotations

import pytest

from copilot_tui.core.errors import EditFormatError
from copilot_tui.phases.merging import merge_definitions

CLASSES = """\
class A:
    def get(self):
        return 1


class B:
    def get(self):
        return 2
"""


def test_a_function_does_not_replace_a_method_of_its_name() -> None:
    merged = merge_definitions(CLASSES, "def get(url):\n    return url\n", "python", None)
    assert merged.text == CLASSES + "\n\ndef get(url):\n    return url\n"


def test_a_method_is_found_by_its_class_and_refused_without() -> None:
    code = "class A:\n    def get(self):\n        return 3\n"
    merged = merge_definitions(CLASSES, code, "python", "get")
    assert merged.text == CLASSES.replace("return 1", "return 3")
    for target in ("get", None):
        with pytest.raises(EditFormatError, match="2 times"):
            merge_definitions(CLASSES, "def get(self):\n    return 3\n", "python", target)


def test_a_class_that_lost_a_method_is_refused() -> None:
    with pytest.raises(EditFormatError, match="lacks get"):
        merge_definitions(CLASSES, "class A:\n    def put(self):\n        return 3\n", "python", None)


def test_a_helper_of_a_method_stays_outside_the_class_unless_it_is_a_method() -> None:
    code = "def half(a):\n    return a / 2\n\ndef get(self):\n    return half(2)\n"
    merged = merge_definitions("class A:\n    def get(self):\n        return 1\n", code, "python", "get")
    assert merged.text.startswith("def half(a):\n    return a / 2\n\n\nclass A:")
    code = "def _half(self):\n    return 1\n\ndef get(self):\n    return self._half()\n"
    merged = merge_definitions("class A:\n    def get(self):\n        return 1\n", code, "python", "get")
    assert merged.text == (
        "class A:\n    def _half(self):\n        return 1\n\n    def get(self):\n        return self._half()\n"
    )


@pytest.mark.parametrize(
    ("before", "imports", "expected"),
    [
        ('"""Doc."""\n\nX = 1\n', "import os", '"""Doc."""\nimport os\n'),
        (
            '"""Doc."""\nimport os\n',
            "from __future__ import annotations\nimport sys",
            '"""Doc."""\nfrom __future__ import annotations\nimport os\nimport sys\n',
        ),
        ("#!/usr/bin/env python3\nX = 1\n", "import os", "#!/usr/bin/env python3\nimport os\nX = 1\n"),
        ('import os\n\nX = """\nimport re\n"""\n', "import re", "import os\nimport re\n"),
        ("import requests\n", "import re", "import requests\nimport re\n"),
        (
            "from a import (\n    b,\n)\n",
            "from a import b, c",
            "from a import (\n    b,\n)\nfrom a import c\n",
        ),
    ],
)
def test_imports_go_where_python_takes_them(before: str, imports: str, expected: str) -> None:
    merged = merge_definitions(before, f"{imports}\n\ndef new():\n    return 1\n", "python", None)
    assert merged.text.startswith(expected)
    compile(merged.text, "merged.py", "exec")
