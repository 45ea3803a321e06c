"""Where modules went in 0.2: the old import paths work until 0.3, and say so once.

    import speedlab.comparing ─► no finder has it ─► Finder, asked last ─► speedlab.measure.compare

Notebooks that learners began with 0.1 go on working. Both names give one and the same module, so
that its classes exist once. A module that became a package of its own name (speedlab.pool,
speedlab.course.lab) is not in the table: the package's __init__ holds its names.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

GONE_IN = "0.3"
MOVED: dict[str, str] = {
    "speedlab.agreement": "speedlab.measure.equality",
    "speedlab.allocator": "speedlab.pool.inside.allocator",
    "speedlab.business": "speedlab.report.business_case",
    "speedlab.capture": "speedlab.pool.checks.capture",
    "speedlab.cases.capstone.bills": "speedlab.course.capstone.bills",
    "speedlab.cases.capstone.cutting": "speedlab.course.capstone.cut",
    "speedlab.cases.capstone.guarding": "speedlab.course.capstone.guards",
    "speedlab.cases.capstone.obstacles": "speedlab.pool.checks.obstacles",
    "speedlab.cases.capstone.trying": "speedlab.course.capstone.trial",
    "speedlab.cases.case": "speedlab.cases.shared.case",
    "speedlab.cases.ehr.bundles": "speedlab.cases.ehr.records.bundles",
    "speedlab.cases.ehr.checking": "speedlab.cases.ehr.records.check",
    "speedlab.cases.ehr.codes": "speedlab.cases.ehr.patients.codes",
    "speedlab.cases.ehr.data": "speedlab.cases.ehr.world.generate",
    "speedlab.cases.ehr.drills": "speedlab.cases.ehr.exercises",
    "speedlab.cases.ehr.extracting": "speedlab.cases.ehr.records.extract",
    "speedlab.cases.ehr.facts": "speedlab.cases.ehr.patients.facts",
    "speedlab.cases.ehr.fields": "speedlab.cases.ehr.records.fields",
    "speedlab.cases.ehr.finishing": "speedlab.cases.ehr.publish",
    "speedlab.cases.ehr.keys": "speedlab.cases.ehr.records.keys",
    "speedlab.cases.ehr.linking": "speedlab.cases.ehr.patients.linking",
    "speedlab.cases.ehr.models": "speedlab.cases.ehr.records.models",
    "speedlab.cases.ehr.moments": "speedlab.cases.ehr.records.dates",
    "speedlab.cases.ehr.passes": "speedlab.cases.ehr.two_passes",
    "speedlab.cases.ehr.pseudonyms": "speedlab.cases.ehr.records.pseudonyms",
    "speedlab.cases.ehr.reading": "speedlab.cases.ehr.records.read",
    "speedlab.cases.ehr.rules": "speedlab.cases.ehr.records.rules",
    "speedlab.cases.ehr.scores": "speedlab.cases.ehr.patients.scores",
    "speedlab.cases.ehr.stays": "speedlab.cases.ehr.patients.stays",
    "speedlab.cases.ehr.stored": "speedlab.cases.ehr.patients.fact_files",
    "speedlab.cases.ehr.synthetic.codes": "speedlab.cases.ehr.world.vocabulary",
    "speedlab.cases.ehr.synthetic.defects": "speedlab.cases.ehr.world.defects",
    "speedlab.cases.ehr.synthetic.draws": "speedlab.cases.ehr.world.draws",
    "speedlab.cases.ehr.synthetic.history": "speedlab.cases.ehr.world.history",
    "speedlab.cases.ehr.synthetic.illnesses": "speedlab.cases.ehr.world.illnesses",
    "speedlab.cases.ehr.synthetic.measuring": "speedlab.cases.ehr.world.observations",
    "speedlab.cases.ehr.synthetic.names": "speedlab.cases.ehr.world.names",
    "speedlab.cases.ehr.synthetic.people": "speedlab.cases.ehr.world.people",
    "speedlab.cases.ehr.synthetic.stays": "speedlab.cases.ehr.world.admissions",
    "speedlab.cases.ehr.versions": "speedlab.cases.ehr.records.versions",
    "speedlab.cases.files": "speedlab.cases.shared.files",
    "speedlab.cases.folder": "speedlab.cases.shared.folder",
    "speedlab.cases.foundations.failing": "speedlab.cases.lessons.failing",
    "speedlab.cases.foundations.primes": "speedlab.cases.lessons.primes",
    "speedlab.cases.foundations.sharing": "speedlab.cases.lessons.sharing",
    "speedlab.cases.foundations.start_methods": "speedlab.cases.lessons.start_methods",
    "speedlab.cases.fraud.business": "speedlab.cases.fraud.risk.business",
    "speedlab.cases.fraud.canonical": "speedlab.cases.fraud.payments.canonical",
    "speedlab.cases.fraud.checking": "speedlab.cases.fraud.payments.check",
    "speedlab.cases.fraud.customers": "speedlab.cases.fraud.world.customers",
    "speedlab.cases.fraud.data": "speedlab.cases.fraud.world.generate",
    "speedlab.cases.fraud.geography": "speedlab.cases.fraud.world.geography",
    "speedlab.cases.fraud.lookalikes": "speedlab.cases.fraud.world.lookalikes",
    "speedlab.cases.fraud.obvious": "speedlab.cases.fraud.baseline",
    "speedlab.cases.fraud.portfolio": "speedlab.cases.fraud.risk.portfolio",
    "speedlab.cases.fraud.reading": "speedlab.cases.fraud.payments.read",
    "speedlab.cases.fraud.scenarios": "speedlab.cases.fraud.world.scenarios",
    "speedlab.cases.fraud.tail": "speedlab.cases.fraud.risk.tail",
    "speedlab.cases.inventory.data": "speedlab.cases.inventory.world.generate",
    "speedlab.cases.inventory.reading": "speedlab.cases.inventory.read",
    "speedlab.cases.inventory.searching": "speedlab.cases.inventory.search",
    "speedlab.cases.inventory.simulating": "speedlab.cases.inventory.simulate",
    "speedlab.cases.logistics.checking": "speedlab.cases.logistics.instances.check",
    "speedlab.cases.logistics.cvrplib": "speedlab.cases.logistics.instances.cvrplib",
    "speedlab.cases.logistics.data": "speedlab.cases.logistics.world.generate",
    "speedlab.cases.logistics.ground": "speedlab.cases.logistics.search.ground",
    "speedlab.cases.logistics.improving": "speedlab.cases.logistics.search.improve",
    "speedlab.cases.logistics.instance": "speedlab.cases.logistics.instances.instance",
    "speedlab.cases.logistics.moves": "speedlab.cases.logistics.search.moves",
    "speedlab.cases.logistics.obvious": "speedlab.cases.logistics.search.baseline",
    "speedlab.cases.logistics.oracle": "speedlab.cases.logistics.search.pyvrp_solver",
    "speedlab.cases.logistics.reading": "speedlab.cases.logistics.instances.read",
    "speedlab.cases.logistics.ruining": "speedlab.cases.logistics.search.ruin",
    "speedlab.cases.logistics.savings": "speedlab.cases.logistics.search.savings",
    "speedlab.cases.logistics.tours": "speedlab.cases.logistics.search.tours",
    "speedlab.cases.ml.data": "speedlab.cases.ml.world.generate",
    "speedlab.cases.ml.obvious": "speedlab.cases.ml.baseline",
    "speedlab.cases.scale_out.drills": "speedlab.cases.lessons.scale_out",
    "speedlab.chunks": "speedlab.core.chunks",
    "speedlab.clock": "speedlab.pool.inside.clock",
    "speedlab.cluster": "speedlab.pool.dask.workers",
    "speedlab.commands": "speedlab.cli.parser",
    "speedlab.comparing": "speedlab.measure.compare",
    "speedlab.comparison": "speedlab.measure.comparison",
    "speedlab.course.amdahl": "speedlab.course.explorers.cores",
    "speedlab.course.asking": "speedlab.course.quiz.ask",
    "speedlab.course.capstone.obstacles": "speedlab.pool.checks.obstacles",
    "speedlab.course.certifying": "speedlab.course.certificate.command",
    "speedlab.course.checking": "speedlab.course.quiz.check",
    "speedlab.course.cores": "speedlab.course.explorers.cores",
    "speedlab.course.description": "speedlab.course.lessons.description",
    "speedlab.course.evidence": "speedlab.course.quiz.rendezvous",
    "speedlab.course.explorer": "speedlab.course.widgets.explorer",
    "speedlab.course.failures": "speedlab.course.explorers.failures",
    "speedlab.course.fleet": "speedlab.course.explorers.cases",
    "speedlab.course.grades": "speedlab.course.certificate.grades",
    "speedlab.course.lab_pictures": "speedlab.course.lab.pictures",
    "speedlab.course.lab_view": "speedlab.course.lab.view",
    "speedlab.course.lesson": "speedlab.course.lessons.lesson",
    "speedlab.course.memo": "speedlab.course.capstone.memo",
    "speedlab.course.memo_form": "speedlab.course.capstone.memo_form",
    "speedlab.course.progress": "speedlab.course.lessons.progress",
    "speedlab.course.questions": "speedlab.course.quiz.questions",
    "speedlab.course.signing": "speedlab.course.certificate.sign",
    "speedlab.course.slider": "speedlab.course.widgets.slider",
    "speedlab.course.standing": "speedlab.course.certificate.standing",
    "speedlab.course.verifying": "speedlab.course.certificate.verify",
    "speedlab.course.ward": "speedlab.course.explorers.cases",
    "speedlab.course.week": "speedlab.course.explorers.cases",
    "speedlab.course.whatif": "speedlab.model.whatif",
    "speedlab.course.worth": "speedlab.course.explorers.cores",
    "speedlab.cpus": "speedlab.core.cpus",
    "speedlab.doctor": "speedlab.cli.doctor",
    "speedlab.engines": "speedlab.pool.backends",
    "speedlab.errors": "speedlab.core.errors",
    "speedlab.explaining": "speedlab.model.causes",
    "speedlab.far": "speedlab.pool.dask.remote_worker",
    "speedlab.handover": "speedlab.pool.envelopes",
    "speedlab.joining": "speedlab.pool.dask.connect",
    "speedlab.measuring": "speedlab.measure.pairs",
    "speedlab.memory": "speedlab.measure.memory",
    "speedlab.output": "speedlab.core.pipes",
    "speedlab.plotting": "speedlab.report.charts",
    "speedlab.pool.allocator": "speedlab.pool.inside.allocator",
    "speedlab.pool.capture": "speedlab.pool.checks.capture",
    "speedlab.pool.clock": "speedlab.pool.inside.clock",
    "speedlab.pool.processes": "speedlab.pool.local.processes",
    "speedlab.pool.start": "speedlab.pool.local.start",
    "speedlab.pool.worker": "speedlab.pool.inside.runner",
    "speedlab.predicting": "speedlab.model.replay",
    "speedlab.processes": "speedlab.pool.local.processes",
    "speedlab.profiling": "speedlab.model.loss_budget",
    "speedlab.progress": "speedlab.pool.progressbar",
    "speedlab.recording": "speedlab.measure.recorder",
    "speedlab.reporting": "speedlab.page.report",
    "speedlab.results": "speedlab.core.records",
    "speedlab.serial": "speedlab.pool.serial",
    "speedlab.starting": "speedlab.pool.local.start",
    "speedlab.telling": "speedlab.report.text",
    "speedlab.theory": "speedlab.core.laws",
    "speedlab.worker": "speedlab.pool.inside.runner",
}
"""Old path -> new path; "from speedlab import plotting" counts as speedlab.plotting."""


class Finder:
    """Finds a module under the name that it had before; asked last, so what exists comes first."""

    def __init__(self, moved: Mapping[str, str]) -> None:
        self.moved = moved

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to load what once had this name; None for any other."""
        if name in self.moved:
            return ModuleSpec(name, _Loader(self.moved[name]))  # type: ignore[arg-type]
        # A folder that is gone. Not the new folder: it would load its modules a second time.
        if any(old.startswith(f"{name}.") for old in self.moved):
            return ModuleSpec(name, None, is_package=True)
        return None


class _Loader:
    # Not an importlib.abc.Loader: to import that would load importlib.resources and more with it.
    def __init__(self, new: str) -> None:
        self.new = new

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python to make an empty module."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the module of the new name in the place of this empty one."""
        old = module.__name__
        text = f"{old} is now {self.new}; the old path goes in speedlab {GONE_IN}."
        # 2: the line of the import; Python leaves out the frames of the import system itself.
        warnings.warn(f"{text} Change the import.", FutureWarning, stacklevel=2)
        sys.modules[old] = import_module(self.new)


FINDER = Finder(MOVED)


def install() -> None:
    """Let the finder be asked after all others."""
    if FINDER not in sys.meta_path:
        sys.meta_path.append(FINDER)
