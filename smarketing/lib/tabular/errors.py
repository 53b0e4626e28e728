"""What the reading of files and of values can refuse, always with a sentence for the person who sent it."""

__all__ = ["FileRefused", "ValueRefused"]


class FileRefused(ValueError):
    """The file as a whole cannot be read as a table.

    ``code`` names the reason for programs: ``empty``, ``no_rows``, ``not_text``, ``too_many_columns``,
    ``line_too_long``, ``encoding``. ``str(error)`` is the sentence for people.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class ValueRefused(ValueError):
    """One cell cannot be read as what its column should hold; ``str(error)`` says why and what would do."""
