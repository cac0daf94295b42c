"""Outgoing e-mail: queued in the transaction of what causes it, sent later by a job, never about anybody.

A message is one of a fixed list (`catalogue`), whose gaps take dates, counts, a programme and a page of ours: there is
no way to put a name, an address or a reference into one. Who wants to know more signs in.
"""
