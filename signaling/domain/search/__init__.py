"""Finding the item somebody means from a line of plain speech: segmentation, synonyms, n-grams, BM25-like
ranks.

Pure and small on purpose: the lexicon is the catalogue itself plus a synonyms table (data), a few hundred
kilobytes, instead of a general dictionary of more than a hundred megabytes.
"""
