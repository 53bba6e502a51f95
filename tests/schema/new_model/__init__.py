"""A model of ten fields that exists only here.

`tests/schema/test_new_model.py` runs its stories in a process of their own.
"""
