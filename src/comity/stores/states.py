"""Names what numbers in the tables stand for: states, families and flags of records, roles of links.

Apart from the tables, for who only asks for a flag: they load the whole database library.
"""

LIVE, WITHDRAWN, ERASED = 0, 1, 2  # states of a record
ITEM, ACT = 0, 1  # families of records
END, MEMBER = 0, 1  # roles of a link: an end must be visible, a member may be stripped
UPGRADE, PORTIONS, REFS, REVOKED, FRAGILE = 1, 2, 4, 8, 16  # flags of a record; fragile: nothing without references
RARE = PORTIONS | REVOKED | FRAGILE  # flags by which records are looked for: an index names those that have one
