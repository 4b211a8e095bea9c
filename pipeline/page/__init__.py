"""Page repair with alignment, one repair a module, then articles; no spaCy here."""
