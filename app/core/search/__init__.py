"""The quick search consists of an index of pieces, initials and pinyin, and of the first rows that match."""
