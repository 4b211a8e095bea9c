"""The command line: one command a module, each exposing `app`; they parse and delegate."""
