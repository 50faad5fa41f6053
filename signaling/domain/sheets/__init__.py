"""A county as six tables that people edit: regions, departments, points, items, staff and skills.

    table    what each table's columns are, and rows of text
    cells    one row's texts as values, or what is wrong with them
    read     rows as regions, departments, … beside what is there already
    check    that what they name is there
    plan     what would change: the lines shown to people, and one change of the directory
    write    the directory as rows again

Nothing is ever deleted because a file does not name it. A column that is missing keeps what is there; an
empty cell sets the default. Deliberately not here: passwords, and administrators, who are made one by one.
"""
