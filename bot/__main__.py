"""`python -m bot`: the `loaban` command."""

from bot.cli import main

main()
