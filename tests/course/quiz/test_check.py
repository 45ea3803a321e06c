"""The check of code: a sentence, hints in steps, a solution; an error only for nbgrader."""

import json
from types import SimpleNamespace

import pytest

from speedlab.course.lessons import progress
from speedlab.course.quiz import check
from speedlab.course.quiz.ask import NotYet
from speedlab.course.quiz.questions import Question, seal

STUB = "def halve(x):\n    # Write your answer here"


@pytest.fixture
def shown(monkeypatch):
    """What checks put on the page."""
    texts = []
    monkeypatch.setattr(check, "_show", texts.append)
    return texts


@pytest.fixture
def run(tmp_path, monkeypatch, shown):
    """A function that runs an answer cell's text, then its check; it returns what was shown."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    task = Question(
        "m0-halve",
        "code",
        names=["halve"],
        hints={"1": "Think of two.", "2": "Divide by it."},
        sealed=seal({"solution": "def halve(x):\n    return x / 2"}),
    )
    (tmp_path / "questions.json").write_text(json.dumps({task.id: vars(task)}))
    inputs, names = [""], {}
    shell = SimpleNamespace(user_ns={"In": inputs})
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)

    def run_cells(code):
        inputs.append(code)
        exec(code, names)
        with check.check("m0-halve", folder=tmp_path):
            if names["halve"](4) != 2:  # an assert of pytest would add its own words
                raise AssertionError("Half of 4 is 2.")
        return shown[-1]

    return run_cells


def test_a_right_answer_is_said_and_noted(run, tmp_path):
    assert "✓ Right." in run("def halve(x): return x / 2")
    assert "m0-halve" in progress.load(tmp_path).done


def test_an_unanswered_task_is_no_try(run, tmp_path):
    assert "○ Not answered yet." in run(STUB + "\n    return None")
    assert progress.load(tmp_path).answers == {}


def test_each_new_try_opens_a_hint_and_then_the_solution(run):
    first = run("def halve(x): return x")
    assert "Half of 4 is 2." in first and "Think of two." in first
    assert "Divide by it." not in first and "<details>" not in first
    assert run("def halve(x): return x") == first
    second = run("def halve(x): return x * 2")
    assert "Divide by it." in second
    assert "<summary>Show a solution</summary><pre>def halve(x):" in second


def test_an_error_in_the_code_is_one_line_and_no_markup(run):
    text = run("def halve(x): return {}['<b>']")
    assert "KeyError" in text and "&lt;b&gt;" in text
    assert "Traceback" not in text


def test_an_interrupt_goes_through(run, tmp_path):
    with pytest.raises(KeyboardInterrupt), check.check("m0-halve", folder=tmp_path):
        raise KeyboardInterrupt


def test_when_graded_a_failure_is_raised_and_nothing_noted(run, tmp_path, monkeypatch, shown):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(NotYet, match=r"Half of 4 is 2\."), check.check("m0-halve", folder=tmp_path):
        raise AssertionError("Half of 4 is 2.")
    with check.check("m0-halve", folder=tmp_path):
        pass
    assert shown == []
    assert progress.load(tmp_path) == progress.Progress()
