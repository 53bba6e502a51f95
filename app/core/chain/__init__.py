"""A keyed chain of seals over the rows that are only ever added shows what was changed behind the program's back.

Each such row carries a digest that only who has the key can make. Rows that are committed are sealed in the
background: a seal covers the rows that came since the last one and names that one's hash. `crm verify` reads all of it.
"""
