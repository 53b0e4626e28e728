"""The board: what each side promised for a period, what came of it, and where it will end."""

from sla.selectors.board.addresses import clocks_url
from sla.selectors.board.behind import Behind, count_behind, records_behind
from sla.selectors.board.beside import Distribution, ShownClock, response_times, urgent_clocks
from sla.selectors.board.daily import Course, course, course_of
from sla.selectors.board.records import promise_records
from sla.selectors.board.shapes import Board, Line, SideBoard
from sla.selectors.board.whole import board, current_version

__all__ = [
    "Behind",
    "Board",
    "Course",
    "Distribution",
    "Line",
    "ShownClock",
    "SideBoard",
    "board",
    "clocks_url",
    "count_behind",
    "course",
    "course_of",
    "current_version",
    "promise_records",
    "records_behind",
    "response_times",
    "urgent_clocks",
]
