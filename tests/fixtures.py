"""People by role and relation: a test reads as a sentence."""

import pytest

from smarketing.accounts.models import Side, Team, User
from tests.factories import make_team, make_user


@pytest.fixture
def sales_team(db: None) -> Team:
    """The sales team that most tests are about."""
    return make_team("North", side=Side.SALES)


@pytest.fixture
def other_sales_team(db: None) -> Team:
    """Another sales team, whose reps must not see North's work."""
    return make_team("South", side=Side.SALES)


@pytest.fixture
def marketing_team(db: None) -> Team:
    """The marketing team."""
    return make_team("Demand", side=Side.MARKETING)


@pytest.fixture
def marketer(marketing_team: Team) -> User:
    """A member of the marketing team."""
    return make_user("Mara Marketer", team=marketing_team)


@pytest.fixture
def rep(sales_team: Team) -> User:
    """A rep of North."""
    return make_user("Sam Rep", team=sales_team)


@pytest.fixture
def teammate(sales_team: Team) -> User:
    """Another rep of North."""
    return make_user("Tia Teammate", team=sales_team)


@pytest.fixture
def stranger(other_sales_team: Team) -> User:
    """A rep of South."""
    return make_user("Sten Stranger", team=other_sales_team)


@pytest.fixture
def marketing_manager(marketing_team: Team) -> User:
    """The manager of the marketing team."""
    return make_user("Mona Marketinglead", team=marketing_team, manager=True)


@pytest.fixture
def sales_manager(sales_team: Team) -> User:
    """The manager of North."""
    return make_user("Saul Saleslead", team=sales_team, manager=True)


@pytest.fixture
def admin(db: None) -> User:
    """Administers the installation; belongs to no team."""
    return make_user("Ada Admin", is_admin=True)


@pytest.fixture
def executive(db: None) -> User:
    """Reads every summary and changes nothing."""
    return make_user("Eve Executive", is_executive=True)
