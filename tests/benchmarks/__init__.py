"""Benchmarks: what the figures in ``docs/benchmarks.md`` come from. Not part of the test run.

    python -m tests.benchmarks demo       how many of the demo's tasks are solved, over seeds
    python -m tests.benchmarks overhead   what an iteration costs beyond the model and the compiler
    python -m tests.benchmarks parallel   candidates judged one after another, and side by side
    python -m tests.benchmarks sandbox    what the sandbox adds to each command of a build
    python -m tests.benchmarks startup    how long commands take that do no work

Each prints the machine, the date and a Markdown table.
"""
