"""renzhi (任职): who holds which post, read off Chinese government and newspaper pages."""
