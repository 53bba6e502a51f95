"""Forms of records are read here and refused with what was typed; pickers and dialogs belong to them."""
