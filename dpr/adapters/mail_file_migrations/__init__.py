"""The migrations of a node's mail file, in the order of their numbers; the rules are those of dpr/adapters/migrations.

Each comes with a dump of the version it leads to, in tests/adapters/mail_file_versions.
"""
