"""Cores: affinity, and the quotas of both kinds of control groups."""

import pytest

from speedlab.core.cpus import cpu_quota, usable_cpus


def test_version_two_takes_the_smallest_quota_on_the_way_up(tmp_path):
    inner = tmp_path / "cg" / "outer" / "inner"
    inner.mkdir(parents=True)
    (inner / "cpu.max").write_text("max 100000\n")
    (inner.parent / "cpu.max").write_text("150000 100000\n")
    own = tmp_path / "cgroup"
    own.write_text("0::/outer/inner\n")
    assert cpu_quota(tmp_path / "cg", own) == 1.5


def test_version_one_reads_quota_and_period(tmp_path):
    group = tmp_path / "cg" / "cpu,cpuacct" / "box"
    group.mkdir(parents=True)
    (group / "cpu.cfs_quota_us").write_text("100000")
    (group / "cpu.cfs_period_us").write_text("100000")
    own = tmp_path / "cgroup"
    own.write_text("3:memory:/box\n4:cpu,cpuacct:/box\n")
    assert cpu_quota(tmp_path / "cg", own) == 1.0


@pytest.mark.parametrize("text", ["0::/\n", ""])
def test_no_quota_is_none(tmp_path, text):
    own = tmp_path / "cgroup"
    own.write_text(text)
    assert cpu_quota(tmp_path, own) is None
    assert cpu_quota(tmp_path, tmp_path / "missing") is None


def test_there_is_a_core_to_use():
    assert usable_cpus() >= 1
