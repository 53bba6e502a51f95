"""The REST engine derives resources, their description and their rows from models and workflows."""
