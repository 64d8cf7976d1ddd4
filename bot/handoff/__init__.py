"""A question that goes to a person: who is told, who answers, who is reminded. Pure but for the transaction it is given."""
