"""Finding the item (事项) somebody means from a line of plain speech: hybrid ranking, doubt, learning.

Pure: what a line's characters (`terms`), sounds (`sounds`) and meaning (similarities that come in) say is
blended (`index`), what sessions taught is added (`learned`), and how sure that is is said (`doubt`).
Deliberately not done: a table of synonyms (one made by hand fitted its own examples: beside sentence
similarities it changed nothing on lines it was not made for) and a general dictionary.
"""
