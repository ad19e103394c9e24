"""Pages of notices in the desk."""
