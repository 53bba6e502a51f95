"""One record: its fields, its entry (create, change, delete), number, freeze, audit and recycle bin."""
