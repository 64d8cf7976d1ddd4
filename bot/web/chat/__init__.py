"""The page on which residents ask in a browser: plain forms, and a stream of what is new for those who have scripts."""
