"""The API of core's own objects: oneself, members, tokens, jobs, the audit trail."""
