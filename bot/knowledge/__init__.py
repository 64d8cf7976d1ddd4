"""What the bot knows: YAML files read into one immutable, versioned `Knowledge`."""
