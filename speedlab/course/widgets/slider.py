"""A slider that has a name, can be worked by keyboard, and says its value."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

# An ipywidgets slider has no name for a screen reader; the browser's own control has.
VIEW = """
function render({ model, el }) {
  const label = document.createElement("label");
  const words = document.createElement("span");
  const range = document.createElement("input");
  const shown = document.createElement("output");
  range.type = "range";
  label.className = "speedlab-slider";
  range.dataset.lmSuppressShortcuts = "true";  // arrow keys are ours, not JupyterLab's
  label.append(words, range, shown);
  const show = () => {
    words.textContent = model.get("label");
    for (const name of ["min", "max", "step"]) range[name] = model.get(name);
    range.value = model.get("value");
    shown.textContent = model.get("value") + model.get("unit");
    range.setAttribute("aria-valuetext", shown.textContent);
  };
  range.addEventListener("input", () => { shown.textContent = range.value + model.get("unit"); });
  range.addEventListener("change", () => {
    model.set("value", Number(range.value));
    model.save_changes();
  });
  model.on("change", show);
  show();
  el.append(label);
}
export default { render };
"""
STYLE = """
.speedlab-slider { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px;
  font-size: 16px; color: var(--jp-ui-font-color1, inherit); margin: 4px 0; }
.speedlab-slider > span { min-width: 9.5em; }
.speedlab-slider > input { width: 18em; max-width: 100%; height: 1.6em;
  accent-color: var(--jp-brand-color1, #0072b2); }
.speedlab-slider > output { min-width: 4em; font-weight: 600; }
"""
PARTS = {" %": 100, " ‰": 1000, " cents": 100}
"""How many of a unit make one whole; of any other unit it is one."""


class Slider(anywidget.AnyWidget):
    """A labelled slider over whole numbers.

    Args:
        label: Its name, shown before it.
        value: Where it stands.
        min: The least value.
        max: The greatest.
        step: What one press of an arrow key moves.
        unit: Shown after the value.
    """

    _esm = VIEW
    _css = STYLE
    label = traitlets.Unicode().tag(sync=True)
    value = traitlets.Int().tag(sync=True)
    min = traitlets.Int(0).tag(sync=True)
    max = traitlets.Int(100).tag(sync=True)
    step = traitlets.Int(1).tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)

    @property
    def number(self) -> float:
        """The value in wholes: 75 % are 0.75, and 110 cents 1.1."""
        return self.value / PARTS[self.unit] if self.unit in PARTS else self.value

    @traitlets.validate("value")
    def _within(self, proposal: Any) -> int:
        return max(self.min, min(self.max, int(proposal["value"])))
