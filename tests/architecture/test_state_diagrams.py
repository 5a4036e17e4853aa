from tests.architecture.state_diagrams import PAGE, page


def test_the_page_of_states_is_drawn_from_the_tables() -> None:
    assert PAGE.read_text() == page(), "run: python -m tests.architecture.state_diagrams"
