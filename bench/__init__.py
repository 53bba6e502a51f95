"""How fast it is, beside a bare page, Flask-AppBuilder and Django's admin: `make bench`. Not part of the product."""
