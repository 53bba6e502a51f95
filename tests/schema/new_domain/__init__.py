"""A whole domain that exists only here: its files lie as they would lie in app/, and nothing in app/ knows them."""
