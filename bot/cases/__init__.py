"""Questions passed on to officers: who is told, who answers, who is reminded. Pure but for the transaction it is given."""
