"""Readers: one input format a module, from bytes to Source objects; nothing is cleaned here."""
