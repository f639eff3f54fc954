"""What outlives the process: the SQLite database, the JSON logs, the lock, and where they lie.

Everything that other packages need of the disk's long-term memory is here; the code base that is
worked on is ``workspace``'s business, model files are ``models``'s.
"""
