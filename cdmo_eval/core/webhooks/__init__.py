"""Webhooks: events told to other programs, signed as Standard Webhooks has it, to receivers that may be hostile."""
