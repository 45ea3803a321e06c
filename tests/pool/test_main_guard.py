"""A plain script, as a graduate writes the first one: no main guard, and no surprise."""

import multiprocessing
import os
import subprocess
import sys
import textwrap

import pytest

METHODS = multiprocessing.get_all_start_methods()
README = """
    import os, pathlib
    import speedlab as sl

    with open("imported", "a") as file:
        file.write(f"{__name__}\\n")

    def score(chunk):
        return sum(chunk)

    chunks = [range(n, n + 100) for n in range(4)]
    comparison = sl.compare(score, chunks, workers=[1, 2], start_method=METHOD, budget_s=0)
    comparison.speedup, comparison.efficiency, comparison.interval, comparison.coverage
    comparison.explain()
    comparison.predict([4, 8, 16])
    comparison.timeline()
    print(comparison.answer == [sum(chunk) for chunk in chunks])
"""
KINDS = """
    import dataclasses, enum, typing
    import speedlab as sl

    @dataclasses.dataclass
    class Card:
        number: int

    class Kind(enum.Enum):
        GOOD = 1

    class Point(typing.NamedTuple):
        x: int

    class Refused(Exception):
        pass

    class Engine:
        def __call__(self, card):
            return Card(2 * card.number), Kind.GOOD, Point(card.number)

    def refuse(x):
        raise Refused(x)

    def run(fn, chunks):
        return sl.parallel_map(fn, chunks, workers=2, start_method=METHOD, progress=False)

    for card, kind, point in run(Engine(), [Card(1), Card(2)]):
        assert type(card) is Card and kind is Kind.GOOD and type(point) is Point
    assert run(lambda fn: fn(Card(1)), [Engine(), Engine()])[0][0] == Card(2)
    assert run(lambda x: x + 1, [1, 2]) == [2, 3]
    try:
        run(refuse, [1, 2])
    except sl.ChunkFailed as error:
        assert type(error.__cause__) is Refused
    print(True)
"""
OWN_POOL = """
    import multiprocessing
    import speedlab as sl

    def square(x):
        return x * x

    def parallel():
        with multiprocessing.get_context(METHOD).Pool(2) as pool:
            return pool.map(square, range(4))

    if RECORD:
        with sl.Recorder() as record:
            parallel()
    else:
        sl.race(lambda: [0, 1, 4, 9], parallel, budget_s=0)
"""
BESIDE_OURS = """
    import multiprocessing, threading
    import speedlab as sl

    def square(x):
        return x * x

    if __name__ == "__main__":
        sl.parallel_map(abs, [1], workers=1, start_method=METHOD)  # so that a fork server runs
        ours = []
        at_it = threading.Thread(
            target=lambda: ours.extend(
                sl.parallel_map(lambda x: -x, range(8), workers=4, start_method=METHOD)
            )
        )
        at_it.start()
        with multiprocessing.get_context(METHOD).Pool(4) as pool:
            print(pool.map(square, range(8)) == [x * x for x in range(8)])
        at_it.join()
        assert ours == [-x for x in range(8)]
"""


def run(folder, text, *, environment=(), **names):
    """Run a script in a folder and return it, ended."""
    lines = [f"{name} = {value!r}" for name, value in names.items()]
    script = folder / "script.py"
    script.write_text("\n".join(lines) + "\n" + textwrap.dedent(text))
    return subprocess.run(
        [sys.executable, script],
        cwd=folder,
        # A busy machine has words of its own for a prediction.
        env={**os.environ, "PYTHONWARNINGS": "ignore::UserWarning", **dict(environment)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("text", [README, KINDS], ids=["readme", "kinds"])
def test_a_script_needs_no_main_guard(method, text, tmp_path):
    ended = run(tmp_path, text, METHOD=method)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")
    imported = tmp_path / "imported"
    assert not imported.exists() or imported.read_text() == "__main__\n"


def test_a_script_on_dask_needs_no_main_guard(tmp_path):
    pytest.importorskip("distributed")
    text = """
        import speedlab as sl
        print(sl.parallel_map(lambda x: x + 1, [1, 2], workers=2, engine="dask"))
    """
    ended = run(tmp_path, text)
    assert (ended.returncode, ended.stdout) == (0, "[2, 3]\n"), ended.stderr


@pytest.mark.parametrize("method", METHODS)
def test_a_pool_of_the_learners_own_gets_its_main_file_meanwhile(method, tmp_path):
    ended = run(tmp_path, BESIDE_OURS, METHOD=method)
    assert (ended.returncode, ended.stdout) == (0, "True\n"), ended.stderr


@pytest.mark.parametrize("method", [method for method in METHODS if method != "fork"])
@pytest.mark.parametrize("record", [False, True])
@pytest.mark.skipif(os.name == "nt", reason="no signal can be sent there that a script takes")
def test_an_own_pool_without_the_guard_ends_with_one_sentence(method, record, tmp_path):
    ended = run(
        tmp_path, OWN_POOL, METHOD=method, RECORD=record, environment=[("TMPDIR", tmp_path)]
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("this script starts processes") == 1
    assert 'if __name__ == "__main__":\n            main()' in ended.stderr
    assert not list(tmp_path.glob("speedlab-*"))


@pytest.mark.parametrize("method", METHODS)
def test_modules_beside_the_script_are_found_from_any_folder(method, tmp_path):
    (tmp_path / "beside.py").write_text("FACTOR = 2\ndef score(x):\n    return x * FACTOR\n")
    text = """
        import os
        import beside
        import speedlab as sl
        os.chdir("/")
        beside.FACTOR = 10
        print(sl.parallel_map(beside.score, [1, 2], workers=2, start_method=METHOD) == [10, 20])
    """
    ended = run(tmp_path, text, METHOD=method)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.skipif(os.name == "nt", reason="its pipes have short names")
def test_a_temporary_folder_with_a_long_name_is_no_obstacle(method, tmp_path):
    long = tmp_path / ("long" * 30)
    long.mkdir()
    ended = run(tmp_path, README, METHOD=method, environment=[("TMPDIR", long)])
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")
    assert not list(long.iterdir())


def test_with_a_seed_for_hash_this_process_and_its_workers_agree(tmp_path):
    text = """
        import speedlab as sl
        methods = ["spawn", *({"forkserver"} & set(METHODS))]
        found = [sl.parallel_map(hash, ["a text"] * 2, workers=2, start_method=m) for m in methods]
        print({one for each in found for one in each} == {hash("a text")})
    """
    ended = run(tmp_path, text, METHODS=METHODS, environment=[("PYTHONHASHSEED", "7")])
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")
