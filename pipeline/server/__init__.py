"""The REST service and the workbench page."""
