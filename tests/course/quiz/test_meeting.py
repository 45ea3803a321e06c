"""Who may go on when: calls of many kinds of pools, without a process and without a clock."""

from dataclasses import dataclass

import pytest

from speedlab.course.quiz.meeting import LINGER_S, LONGEST_LINGER_S, Meeting

STILL, MOVING = 2 * LINGER_S, 0.0


@dataclass
class Call:
    pid: int
    chunk: int = 0
    lives: bool = True

    @property
    def counts(self):
        return self.lives


def work(meeting, chunks, workers, *, replaced=False):
    """Let workers take chunk after chunk; return the chunks in the order in which they are done."""
    waiting, done, pid = list(enumerate(chunks)), [], workers
    for worker in range(min(workers, len(waiting))):
        meeting.arrive(Call(worker, waiting.pop(0)[0]))
    while going := meeting.due(STILL, MOVING):
        done += [call.chunk for call in going]
        for call in going:
            call.lives = not replaced
            pid += replaced
            if waiting:
                meeting.arrive(Call(pid if replaced else call.pid, waiting.pop(0)[0]))
    return done


@pytest.mark.parametrize("replaced", [False, True])
@pytest.mark.parametrize(("workers", "chunks"), [(2, 3), (2, 6), (3, 4), (3, 6), (4, 9)])
def test_results_are_never_done_in_the_order_of_the_chunks(workers, chunks, replaced):
    meeting = Meeting(workers)
    done = work(meeting, range(chunks), workers, replaced=replaced)
    assert sorted(done) == [*range(chunks)] and done != sorted(done)
    assert done[-1] == 0
    assert meeting.met and meeting.most == workers


def test_nobody_goes_before_all_have_met():
    meeting = Meeting(3)
    for pid in (1, 2, 2, 1):
        meeting.arrive(Call(pid))
    assert meeting.due(STILL, LONGEST_LINGER_S * 9) == [] and not meeting.met
    assert len(meeting.end()) == 4 and meeting.most == 2


def test_one_process_too_many_has_time_to_come():
    meeting = Meeting(2)
    meeting.arrive(Call(1))
    meeting.arrive(Call(2))
    assert meeting.due(MOVING, MOVING) == []
    meeting.arrive(Call(3))
    assert meeting.due(STILL, MOVING) and meeting.most == 3


def test_the_next_goes_when_the_last_one_came_back_or_ended_or_all_is_still():
    meeting = Meeting(2)
    calls = [Call(1, 0), Call(2, 1), Call(2, 2)]
    meeting.arrive(calls[0])
    meeting.arrive(calls[1])
    assert meeting.due(STILL, MOVING) == [calls[1]]
    assert meeting.due(MOVING, MOVING) == []  # its result is on the way
    meeting.arrive(calls[2])
    assert meeting.due(MOVING, MOVING) == [calls[2]]
    assert meeting.due(MOVING, MOVING) == []
    calls[2].lives = False
    assert meeting.due(MOVING, MOVING) == [calls[0]]


def test_no_call_is_held_for_long_where_nothing_is_ever_still():
    meeting = Meeting(2)
    for pid in (1, 2):
        meeting.arrive(Call(pid))
    assert meeting.due(MOVING, LONGEST_LINGER_S * 1.1)


def test_processes_that_have_ended_do_not_count():
    meeting = Meeting(2)
    meeting.arrive(Call(1, lives=False))
    meeting.arrive(Call(2))
    assert not meeting.met


def test_who_comes_after_the_end_waits_for_nobody():
    meeting = Meeting(2)
    meeting.end()
    late = Call(1)
    meeting.arrive(late)
    assert meeting.due(MOVING, MOVING) == [late]
