"""``python -m maildesk``: the command line."""

from maildesk.cli import main

main(prog_name="maildesk")
