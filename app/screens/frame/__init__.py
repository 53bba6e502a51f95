"""The frame surrounds every page: menu, labels, formats, and what follows from a model where its view is silent."""
