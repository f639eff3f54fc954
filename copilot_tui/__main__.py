"""``python -m copilot_tui`` is the same as ``copilot-tui``."""

from copilot_tui.cli.main import main

if __name__ == "__main__":
    main()
