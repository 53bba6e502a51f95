"""The quick search: an index of pieces, initials and pinyin, and the first rows that match."""
