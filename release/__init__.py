"""What goes with a release: of which parts it consists, and whether anything is known against one of them."""
