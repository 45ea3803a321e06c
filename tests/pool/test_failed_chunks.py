"""A failure in a worker arrives with its lines, its causes and, where possible, its exception."""

import pickle
import subprocess
import sys
import textwrap
import threading
from types import SimpleNamespace

import pandas as pd
import pytest

import speedlab as sl
from speedlab.core.errors import PACKAGE
from speedlab.pool.checks import worker_lines
from speedlab.pool.inside.failed import failures
from speedlab.pool.inside.failed.frames import MOST, frames_of, library_of
from speedlab.pool.pool import NotebookPool
from speedlab.pool.serial import SerialPool

HERE = "test_failed_chunks.py, line "


@pytest.fixture(scope="module")
def pool():
    with NotebookPool(1) as shared:
        yield shared


@pytest.fixture
def failed(pool):
    """Return a function that gives the error of a map over one chunk."""

    def of(fn, chunk=0):
        with pytest.raises(sl.ChunkFailed) as caught:
            pool.map(fn, [chunk])
        return caught.value

    return of


def rate_of(row):
    return row["rate"]


def score(row):
    try:
        return 1 / rate_of(row)
    except KeyError as error:
        raise ValueError("no rate") from error


def shown(error):
    return "\n".join(error._render_traceback_())


def test_the_line_its_source_and_all_calls_of_the_learner_are_told(failed):
    error = failed(lambda chunk: [rate_of(chunk)], {})
    assert f"in rate_of, tests/pool/{HERE}" in error.why
    assert 'return row["rate"]' in error.why
    text = shown(error)
    assert "in a lambda: " in text and 'in rate_of: return row["rate"]' in text
    assert text.index("in a lambda") < text.index("in rate_of: ")


def test_one_line_is_told_once(failed):
    def divide(chunk):
        return 1 / chunk

    assert len(failed(divide)._render_traceback_()) == 3


def test_no_frame_of_ours_and_no_path_of_a_library_is_shown(failed):
    error = failed(lambda chunk: pd.DataFrame({"a": [1]})["b"])
    text = shown(error) + "\n".join(error.__notes__)
    assert "(inside pandas)" in error.why and "inside pandas" in text
    for internal in ("site-packages", "runner.py", PACKAGE, "/", ".pyx"):
        assert internal not in text.replace("tests/pool/", "").replace("1 / ", "")


def test_what_it_was_raised_from_is_told_and_comes_along(failed):
    error = failed(score, {})
    assert "It came from KeyError: 'rate'." in error.why
    assert "It came from:" in error.worker_traceback
    cause = error.__cause__
    assert isinstance(cause, ValueError) and isinstance(cause.__cause__, KeyError)
    assert 'in rate_of: return row["rate"]' in cause.worker_traceback


def test_what_was_being_handled_is_told_unless_it_is_suppressed(failed):
    def clumsy(chunk):
        try:
            return {}[chunk]
        except KeyError:
            return 1 / chunk

    def quiet(chunk):
        try:
            return {}[chunk]
        except KeyError:
            raise ValueError("not there") from None

    error = failed(clumsy)
    assert "It came while this was handled:" in error.worker_traceback
    assert isinstance(error.__cause__.__context__, KeyError)
    assert "KeyError" not in failed(quiet).worker_traceback


def test_groups_and_notes_are_told(failed):
    def several(chunk):
        group = ExceptionGroup("two rows", [ValueError("row 1"), TypeError("row 2")])
        group.add_note("of account 7")
        raise group

    text = failed(several).worker_traceback
    assert "ValueError: row 1." in text and "TypeError: row 2." in text
    assert "Note: of account 7" in text


class Keyword(Exception):
    def __init__(self, *, account):
        super().__init__(f"account {account} is short")
        self.account = account


class Refuses(Exception):
    def __reduce__(self):
        raise TypeError("not me")


class Holds(Exception):
    def __init__(self, text):
        super().__init__(text)
        self.lock = threading.Lock()


class Speechless(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def test_an_exception_arrives_though_its_class_cannot_make_it_again(failed):
    def short(chunk):
        raise Keyword(account=7)

    def refuses(chunk):
        raise Refuses("the ledger is locked")

    error = failed(short)
    assert type(error.__cause__) is Keyword and error.__cause__.account == 7
    assert "Keyword: account 7 is short." in error.what
    assert type(failed(refuses).__cause__) is Refuses


@pytest.mark.parametrize(("kind", "text"), [(Holds, "a lock"), (Speechless, "cannot be read")])
def test_of_an_exception_that_cannot_travel_its_words_and_lines_do(failed, kind, text):
    def fails(chunk):
        raise kind("a lock")

    error = failed(fails)
    assert kind.__name__ in error.what and text in error.what
    assert "raise kind(" in error.why and "raise kind(" in error.worker_traceback
    assert error.__cause__ is not None


def test_a_huge_message_is_cut_and_that_is_said(failed):
    def fails(chunk):
        raise ValueError("x" * 1_000_000)

    error = failed(fails)
    assert len(str(error)) < 2000 and "cut: it goes on for 999,400 characters" in error.what


def test_a_function_that_calls_itself_for_ever_is_told_in_a_few_lines(failed):
    def down(chunk):
        return up(chunk)

    def up(chunk):
        return down(chunk)

    error = failed(down)
    assert error.what.startswith("down failed on chunk 0: RecursionError")
    assert len(error._render_traceback_()) < MOST + 10
    assert "more calls" in error.worker_traceback


def test_a_builtin_that_fails_is_named_with_its_chunk(failed):
    error = failed(int, "seven")
    assert error.why == "It happened when int was called with the chunk."


class Unready:
    def __setstate__(self, state):
        raise OSError("no such ledger")

    def __getstate__(self):
        return {"a": 1}


def test_a_chunk_that_cannot_be_unpacked_is_said_to_be(failed):
    error = failed(len, Unready())
    assert "while the chunk was unpacked in the worker" in error.why


def test_an_exit_and_a_missing_module_have_their_own_remedy(failed):
    def leaves(chunk):
        sys.exit(2)

    def imports(chunk):
        import not_there_at_all

        return not_there_at_all

    assert "SystemExit: 2." in failed(leaves).what
    assert "exit would end the worker" in failed(leaves).next_step
    assert "beside the notebook" in failed(imports).next_step


def test_the_serial_side_fails_in_the_same_words_and_keeps_the_trace():
    with pytest.raises(sl.ChunkFailed) as caught:
        SerialPool().map(score, [{"rate": 1}, {}])
    error = caught.value
    assert error.what == "score failed on chunk 1: ValueError: no rate." and error.chunk == 1
    assert isinstance(error.__cause__, ValueError)
    assert error.__cause__.__traceback__.tb_frame.f_code is score.__code__
    with pytest.raises(sl.ChunkFailed, match="score failed on chunk 0"):
        sl.compare(score, [{}, {}], workers=1)


def test_an_error_of_ours_passes_the_serial_side_as_it_is():
    def refuses(chunk):
        raise sl.BadInput("The file is empty.")

    with pytest.raises(sl.BadInput, match="file is empty"):
        SerialPool().map(refuses, [1])


def test_a_merge_that_fails_is_told_in_sentences():
    def first_two(results):
        return results[0] + results[1]

    with pytest.raises(sl.BadInput, match="first_two failed on the results: IndexError") as caught:
        sl.compare(abs, [1], merge=first_two, workers=1)
    assert "return results[0] + results[1]" in caught.value.why
    assert isinstance(caught.value.__cause__, IndexError)


def test_an_error_with_its_lines_survives_pickling(failed):
    error = failed(score, {})
    again = pickle.loads(pickle.dumps(error))
    assert (again.chunk, again.worker_traceback) == (0, error.worker_traceback)


def test_a_script_shows_the_sentences_and_the_workers_lines_and_hardly_ours(tmp_path):
    script = tmp_path / "report.py"
    script.write_text(
        textwrap.dedent(
            """
            import speedlab as sl

            def score(rate):
                return 100 / rate

            if __name__ == "__main__":
                sl.parallel_map(score, [1, 0], workers=2)
            """
        )
    )
    said = {"capture_output": True, "text": True, "cwd": tmp_path}
    ran = subprocess.run([sys.executable, script], check=False, **said)
    text = ran.stderr
    assert "score failed on chunk 1: ZeroDivisionError: division by zero." in text
    assert "It happened in score, report.py, line 5: return 100 / rate" in text
    assert "  report.py, line 5, in score: return 100 / rate" in text
    assert text.count(PACKAGE) <= 1 and len(text.splitlines()) < 20


def test_code_is_told_apart_by_whose_it_is():
    assert (
        library_of("/x/lib/python3.11/site-packages/numpy/linalg/a.py", "numpy.linalg") == "numpy"
    )
    assert library_of("index.pyx", "pandas._libs.index") == "pandas"
    assert library_of("<frozen importlib._bootstrap>", "importlib._bootstrap") == "importlib"
    assert library_of(failures.__file__, "speedlab.pool.inside.failed.failures") == "speedlab"
    for own in ("<stdin>", "<string>", "<ipython-input-3-ab>", "my.py", "/home/me/my.py"):
        assert library_of(own, "__main__") == ""
    assert library_of("/home/me/tools.py", "tools") == ""


def test_calls_of_a_library_are_told_as_one():
    try:
        pd.DataFrame({"a": [1]}).apply(lambda column: 1 / 0)
    except ZeroDivisionError as error:
        frames = frames_of(error.__traceback__)
    assert [frame.library for frame in frames] == ["", "pandas", ""]
    assert frames[1].times > 1


def test_a_cell_is_named_by_its_number(monkeypatch):
    cells = SimpleNamespace(_filename_map={"/tmp/ipykernel_1/2.py": 12})
    shell = SimpleNamespace(compile=cells)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    assert worker_lines.Frame("/tmp/ipykernel_1/2.py", 3, "score", "return 1").place() == (
        "cell [12], line 3: return 1"
    )
    assert worker_lines.Frame("/tmp/ipykernel_1/9.py", 3, "score").place() == "a cell, line 3."
