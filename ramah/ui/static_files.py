"""Where static files get their addresses from."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed and compressed files once they are collected; plain names before that (tests, a fresh checkout)."""

    def stored_name(self, name: str) -> str:
        """The hashed name of a collected file; `name` itself while nothing has been collected."""
        if not self.hashed_files:
            return name
        hashed: str = super().stored_name(name)
        return hashed
