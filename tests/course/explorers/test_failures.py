"""The failure lab: every button a sentence, nothing left, the step done after the last one."""

import pytest

from speedlab.cases.lessons.failing import Survived
from speedlab.course.explorers.failures import FailureLab
from speedlab.course.lessons import progress


def _broken():
    raise ValueError("of the scenario itself")


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scenarios = {"One": lambda: Survived("It < broke.", 0), "Two": lambda: Survived("Again.", 3)}
    return FailureLab(scenarios, step="m0-failures")


def press(lab, name):
    lab.buttons[name].click()
    lab.wait()
    return lab.sentence.value


def test_a_button_says_what_happened_and_what_is_left(lab):
    assert "One: It &lt; broke." in press(lab, "One")
    press(lab, "Two")
    assert "<td>One</td><td>none</td>" in lab.record.value
    assert "<td>Two</td><td>3</td>" in lab.record.value
    assert not lab.buttons["One"].disabled


def test_the_step_is_done_when_every_button_was_pressed(lab, tmp_path):
    press(lab, "One")
    press(lab, "One")
    assert progress.load(tmp_path).done == {}
    press(lab, "Two")
    assert set(progress.load(tmp_path).done) == {"m0-failures"}


def test_a_scenario_that_is_broken_itself_is_a_sentence_too():
    lab = FailureLab({"Odd": _broken})
    assert "did not fail as planned: ValueError: of the scenario itself" in press(lab, "Odd")
    assert lab.survived == {}


def test_read_as_a_page_it_names_its_buttons(lab):
    bundle = lab._repr_mimebundle_()
    assert bundle["text/plain"].endswith("to press: One, Two.")
