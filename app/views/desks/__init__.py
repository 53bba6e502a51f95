"""The pages of the desk and of the help, which show what the areas declare."""
