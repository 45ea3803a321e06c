"""A result that waits for a guess: what opens it, what it says, and who never waits."""

import json

import pytest
from traces import run, serial_trace, timing, trace

from speedlab.course.lessons import progress
from speedlab.course.quiz.ask import ask
from speedlab.course.quiz.questions import Question
from speedlab.course.widgets.envelope import envelope
from speedlab.measure.comparison import Comparison
from speedlab.report import charts

NAME = "m1-predict"
TIMING = timing(trace(run(0, 0, 1), run(1, 0, 1, pid=2)), serial=serial_trace(1, 1))
COUNTED = Comparison(2, "exact", (TIMING,), 2)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A lesson that asks for a speedup, in the hands of a learner."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    question = Question(NAME, "prediction", "How fast?", low=0.1, high=64, unit="×")
    (tmp_path / "questions.json").write_text(json.dumps({NAME: vars(question)}))
    return tmp_path


@pytest.fixture
def sealed(folder):
    return envelope(NAME, 1.83, drawn, "and below it", folder=folder)


def drawn(*, guess):
    return charts.bars({"two workers": 1.83}, finding="So fast", x_label="×", digits=2, guess=guess)


def note(asked, text):
    asked.field.value = text
    asked.button.click()


def sealed_part(box):
    return box.sealed.layout.display != "none"


def test_it_asks_and_shows_nothing_before_a_guess(sealed):
    assert (sealed.shown.value, sealed_part(sealed)) == ("", True)
    assert "How fast?" in sealed.sealed.children[1].children[0].value


def test_a_guess_in_the_cell_of_the_question_opens_it(folder):
    asked = ask(NAME, folder=folder)
    box = envelope(NAME, 1.83, drawn, "and below it", folder=folder)
    note(asked, "3.2")
    assert box.is_open and not sealed_part(box)
    assert "You guessed 3.2×; measured 1.83×: 1.37 too high." in box.shown.value
    assert "your guess 3.20, two workers 1.83." in box.shown.value
    assert "<p>and below it</p>" in box.shown.value


def test_the_question_in_the_envelope_is_the_one_of_the_page(folder):
    asked = ask(NAME, folder=folder)
    box = envelope(NAME, 1.83, folder=folder)
    assert box.sealed.children[1] is asked.box


def test_a_guess_opens_it_when_the_cell_of_the_question_was_run_once_more(folder, sealed):
    note(ask(NAME, folder=folder), "3.2")
    assert sealed.is_open


def test_what_is_no_number_leaves_it_sealed(folder, sealed):
    for text in ("many", "", "65"):
        note(ask(NAME, folder=folder), text)
        assert not sealed.is_open
    assert progress.load(folder).shown == {}


def test_a_guess_in_time_is_not_late_and_stays_when_it_is_changed_afterwards(folder):
    asked = ask(NAME, folder=folder)
    box = envelope(NAME, 1.83, drawn, folder=folder)
    note(asked, "3.2")
    note(asked, "1.83")
    assert not progress.load(folder).answers[NAME].late
    assert "You guessed 3.2×" in box.shown.value


def test_whoever_looks_first_guesses_late(folder):
    asked = ask(NAME, folder=folder)
    box = envelope(NAME, 1.83, drawn, folder=folder)
    box.reveal.click()
    assert "Measured: 1.83×." in box.shown.value and "your guess" not in box.shown.value
    note(asked, "1.83")
    assert progress.load(folder).answers[NAME].late
    assert "You noted 1.83× after you had looked; measured 1.83×." in box.shown.value


def test_a_guess_of_an_earlier_day_opens_it_at_once(folder):
    progress.record_answer(folder, NAME, 3.2, right=True)
    box = envelope(NAME, 1.83, drawn, folder=folder)
    assert box.is_open and "You guessed 3.2×" in box.shown.value
    assert NAME in progress.load(folder).shown


def test_what_was_shown_once_is_shown_again(folder):
    progress.mark_shown(folder, NAME)
    assert envelope(NAME, 1.83, folder=folder).is_open


def test_without_our_widgets_the_result_is_there_and_was_not_shown_to_anybody(folder, sealed):
    bundle = sealed._repr_mimebundle_()
    assert "Measured: 1.83×." in bundle["text/html"] and "<img" in bundle["text/html"]
    assert bundle["text/plain"].startswith("Measured: 1.83×.\nSo fast.")
    assert progress.load(folder).shown == {}
    assert "yet" not in bundle["text/plain"]


def test_while_being_graded_nothing_waits_and_nothing_is_noted(folder, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    bundle = envelope(NAME, 1.83, drawn, folder=folder)._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert "Measured: 1.83×." in bundle["text/plain"]
    assert not (folder / progress.FILE).exists()


def test_an_error_in_an_open_envelope_is_a_sentence(folder):
    def fails_with_a_guess(*, guess):
        return "fine" if guess is None else 1 / 0

    asked = ask(NAME, folder=folder)
    box = envelope(NAME, 1.83, fails_with_a_guess, folder=folder)
    note(asked, "3")
    assert "The result cannot be shown: ZeroDivisionError" in box.shown.value
    assert not sealed_part(box)


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(folder, sealed, monkeypatch):
    def refuse(*_):
        raise PermissionError("read only")

    monkeypatch.setattr(progress, "mark_shown", refuse)
    sealed.reveal.click()
    assert "The result cannot be shown: PermissionError: read only" in sealed.shown.value


def test_an_error_of_the_author_is_one_of_the_cell(folder):
    with pytest.raises(ZeroDivisionError):
        envelope(NAME, 1.83, lambda *, guess: 1 / 0, folder=folder)


def test_a_comparison_shows_its_speedup_and_all_that_belongs_to_it(folder):
    page = envelope(NAME, COUNTED, folder=folder)._repr_mimebundle_()["text/plain"]
    assert page.startswith("Measured: 2×.\n")
    for part in ("Serial 2.00 s", "Same answer (exact)", "busy 100% of the time", "did the same"):
        assert part in page


def test_of_a_comparison_an_author_may_show_less(folder):
    box = envelope(NAME, COUNTED, COUNTED.plot, "that is all", folder=folder)
    assert box._repr_mimebundle_()["text/plain"].endswith("\nthat is all")


def test_a_band_is_said_with_its_source(folder):
    box = envelope(NAME, (1.3, 1.9), folder=folder, says="a model of this run says")
    assert box.page.plain == "A model of this run says: 1.3 to 1.9×."
