"""The capstone from function to memo: refusals in sentences, and one page that holds its parts."""

import re
import sqlite3
import traceback
from datetime import date

import pandas as pd
import pytest
from traces import run, serial_trace, timing, trace

from speedlab.core.errors import PACKAGE, BadInput, ChunkFailed
from speedlab.course.capstone import bills
from speedlab.course.capstone.memo import RUBRIC, memo_html
from speedlab.course.capstone.memo_form import MemoForm
from speedlab.course.capstone.project import Project
from speedlab.course.explorers.cores import WorthExplorer
from speedlab.measure.comparison import Comparison
from speedlab.report.business_case import BusinessCase

CASE = BusinessCase(3.0, 4, 6.0, 1, 0.05, 20.0)


@pytest.fixture(scope="module")
def plan():
    """Return a small project that was checked and measured."""
    some = bills.make(2000)
    made = Project(bills.twice, some, by="supplier", merge=bills.add_up, chunks=8)
    made.measure(workers=2, budget_s=0.1)
    yield made
    made.close()


def test_a_sound_job_gives_the_answer_of_one_core(plan):
    assert [found.guard for found in plan.checked.stopping] == []
    assert plan.found.answer == bills.twice(bills.make(2000))
    assert plan.found.n_chunks == len(plan.pieces)


def test_a_lambda_over_an_open_file_stops_with_the_remedy(tmp_path):
    with (tmp_path / "log").open("w") as log:
        plan = Project(lambda piece: log.write(str(piece)), range(10))
        assert "open the file inside the function" in repr(plan.check())
        with pytest.raises(BadInput, match=r"uses log, an open file\..*Pass the file's name"):
            plan.measure()


def test_a_database_handle_among_the_data_is_refused_at_once():
    handle = sqlite3.connect(":memory:")
    with pytest.raises(BadInput, match=r"a database handle.*connect inside the function"):
        Project(len, [handle])
    with pytest.raises(BadInput, match="The data are a database handle"):
        Project(len, handle)
    handle.close()


def test_a_generator_is_refused_at_once():
    with pytest.raises(BadInput, match=r"The data are a generator.*pass a list"):
        Project(len, (n for n in range(3)))


def test_a_result_in_place_of_a_function_is_refused():
    with pytest.raises(BadInput, match=r"list is no function.*without brackets"):
        Project([1], [1])


def test_a_cut_by_rows_is_stopped_where_rows_belong_together():
    text = "Lease of copier, warehouse, month 5"
    rows = {"supplier": [1, 2, 1, 2], "day": [3, 3, 9, 9], "cents": [900, 700, 900, 800]}
    some = pd.DataFrame(rows | {"text": [text, text, text.replace("ea", "ae"), text]})
    plan = Project(bills.twice, some, merge=bills.add_up, chunks=2)
    assert plan.sample.equals(some.head(2))
    with pytest.raises(BadInput, match=r"finds something else in two pieces.*by='customer'"):
        plan.measure()
    whole = Project(bills.twice, some, by="supplier", merge=bills.add_up, chunks=2)
    assert whole.check().stopping == ()


def test_the_findings_are_shown_as_a_list_and_nothing_in_them_is_markup():
    def average(piece):
        return sum(piece) / len(piece)

    average.__name__ = "<b>average</b>"
    found = Project(average, list(range(40)), merge=sum, chunks=4).check()
    shown = found._repr_mimebundle_()["text/html"]
    assert "<li><strong>cut changes the answer</strong>" in shown
    assert "<b>average" not in shown and "&lt;b&gt;average" in shown


def test_code_of_its_own_for_one_core_must_give_the_same_answer():
    data = list(range(1000))
    same = Project(sum, data, merge=sum, chunks=4, baseline=sum)
    assert same.measure(workers=2, budget_s=0.1).answer == sum(data)
    other = Project(sum, data, merge=sum, chunks=4, baseline=len)
    with pytest.raises(Exception, match="serial 1000, parallel 499500"):
        other.measure(workers=2, budget_s=0.1)


def test_no_memo_without_a_measurement(tmp_path):
    with pytest.raises(BadInput, match=r"plan\.measure"):
        Project(len, [1, 2]).memo({}, case=CASE, path=tmp_path / "memo.html")


def test_the_memo_holds_all_six_points_and_loads_nothing(plan, tmp_path):
    answers = {point: f"I say {point} <i>so</i>." for point in RUBRIC}
    path = plan.memo(answers, case=CASE, path=tmp_path / "memo.html", today=date(2026, 11, 25))
    page = path.read_text(encoding="utf-8")
    for number, (point, heading) in enumerate(RUBRIC.items(), 1):
        assert f"<h2>{number}. {heading}</h2>" in page
        assert f"I say {point} &lt;i&gt;so&lt;/i&gt;." in page
    assert "Not written yet" not in page and "2026-11-25" in page
    assert "Compared before any time was kept: exact." in page
    assert "Parallelism cuts waiting, not core-hours" in page
    assert "never more than" in page and "same function, piece after piece" in page
    assert "<script" not in page
    sources = re.findall(r'(?:src|href)="([^"]{0,40})', page)
    assert len(sources) == 2
    assert all(source.startswith("data:image/png;base64,") for source in sources)


def test_what_is_not_written_is_shown_as_missing(plan, tmp_path):
    page = plan.memo({"risk": "None."}, case=CASE, path=tmp_path / "memo.html").read_text("utf-8")
    assert page.count("Not written yet.") == 5


def test_a_busy_machine_is_told_on_the_page():
    calm = trace(run(0, 0, 2), run(1, 0, 2, pid=2))
    busy = trace(run(0, 0, 2, waited_s=1), run(1, 0, 2, pid=2))
    for parallel, told in ((calm, False), (busy, True)):
        comparison = Comparison(1, "exact", (timing(parallel, serial=serial_trace(2, 2)),))
        page = memo_html(
            comparison,
            name="x",
            answers={},
            case=CASE,
            mistakes=[],
            own_baseline=True,
            today=date(2026, 1, 1),
        )
        assert ("measure again before you send it" in page) is told
        assert "with code written for one core" in page


def test_an_unknown_point_is_said(plan, tmp_path):
    with pytest.raises(BadInput, match=r"no point 'riks'.*risk"):
        plan.memo({"riks": "x"}, case=CASE, path=tmp_path / "memo.html")


def test_a_page_that_cannot_be_written_is_said(plan, tmp_path):
    with pytest.raises(BadInput, match="cannot be written"):
        plan.memo({}, case=CASE, path=tmp_path / "gone" / "memo.html")


def test_an_authors_page_lies_apart_from_the_sources(plan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "questions.toml").touch()
    assert MemoForm(plan, WorthExplorer(0.9)).make() == tmp_path / "author.tmp" / "memo.html"


def test_the_form_writes_the_page_and_gives_the_text_back(plan, tmp_path, monkeypatch):
    from speedlab.course.lessons import progress

    monkeypatch.chdir(tmp_path)
    form = MemoForm(plan, WorthExplorer(0.9), step="m6-page")
    form.fields["loss"].value = "Imbalance & waiting."
    assert form.make() == tmp_path / "memo.html"
    assert "It still lacks: the baseline is honest" in form.said.value
    assert progress.load(tmp_path).done == {}
    for field in form.fields.values():
        field.value = "Imbalance & waiting."
    form.button.click()
    assert "lacks" not in form.said.value
    assert "<blockquote>Imbalance &amp; waiting." in form.said.value
    assert "m6-page" in progress.load(tmp_path).done


def test_the_form_says_what_is_missing_instead_of_failing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    form = MemoForm(Project(len, [1, 2]), WorthExplorer(0.9))
    assert form.make() is None
    assert "Nothing was measured yet." in form.said.value
    assert "six fields" in form._repr_mimebundle_()["text/plain"]


def test_a_row_that_fails_is_named_with_its_piece_and_without_our_frames():
    def shares(piece):
        return sum(1 / (x - 33) for x in piece)

    plan = Project(shares, list(range(40)), merge=sum, chunks=8)
    with pytest.raises(ChunkFailed) as caught:
        plan.measure(workers=2, budget_s=0.1)
    error = caught.value
    assert error.what == "shares failed on piece 6 of 8: ZeroDivisionError: division by zero."
    assert "number 3 there: 33." in error.why and "1 / (x - 33)" in error.why
    assert "as in lesson 03" in error.next_step and plan.piece(6) == [30, 31, 32, 33, 34]
    assert isinstance(error.__cause__, ZeroDivisionError)
    shown = "".join(traceback.format_exception(error))
    assert shown.count(PACKAGE) <= 1


def test_columns_keep_the_types_of_the_whole_file(tmp_path):
    def count(piece):
        return piece.groupby(piece.shop.astype(str)).size().to_dict()

    def add(parts):
        return pd.concat([pd.Series(part) for part in parts]).groupby(level=0).sum().to_dict()

    path = tmp_path / "gap.csv"
    rows = [f"{n % 5}" for n in range(1990)] + [""] * 10
    path.write_text("id,shop\n" + "".join(f"{n},{shop}\n" for n, shop in enumerate(rows)))
    plan = Project(count, str(path), merge=add, chunks=8)
    found = plan.measure(workers=2, budget_s=0.1)
    assert found.answer == count(pd.read_csv(path))
