"""What runs in `loaban run`: the way of one message, the running service, the clock, new content while it serves."""
