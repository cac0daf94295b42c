"""How panels work: the report `panels/operations`, counted from plain columns alone.

Everything is as it stood at the end of the last day of the period, so that a period that is over gives the same
figures whenever it is counted.
"""
