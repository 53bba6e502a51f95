"""This layer says who may do and see what: roles, rights, policies, settings, dictionaries and accounts."""
