"""What people read of an annotation: flat triples, a terminal table, one offline HTML page."""
