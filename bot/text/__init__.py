"""Text as people type it: folded, split, masked, and the codes and names that stand in it."""
