"""How much one core takes in, by webhook and by polling, beside bare rivals on the same server and the same stub."""
