"""Forms of records: reading, refusing with what was typed, pickers, the short form, dialogs."""
