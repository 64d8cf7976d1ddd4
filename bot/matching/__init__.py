"""What was meant: text → ranked intents with probabilities."""
