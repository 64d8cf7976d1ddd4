"""From questions that were not answered well to better content: groups of the same need, and a talk about each of them."""
