"""The REST engine: resources, their description and their rows follow from models and workflows."""
