"""The application has three caches, named after how long an answer lasts. docs/architecture.md, “Caches”.

`cached_per_process`      the answer follows from the arguments alone: a statement, an icon, the pinyin of a word
`cached_per_version`      the answer is read from tables that hardly ever change: rights, dictionaries, preferences
`cached_per_transaction`  the answer is read from any table, and several parts of one page ask for it
"""
