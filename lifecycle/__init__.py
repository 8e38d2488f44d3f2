"""The engine: cases, events, deadlines, notices owed and the audit trail, without any domain."""
