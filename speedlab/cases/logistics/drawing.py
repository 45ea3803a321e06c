"""A map of routes: each vehicle in a colour, the depot as a square."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from speedlab.cases.logistics.instances.check import driven
from speedlab.cases.logistics.instances.instance import Instance, Routes
from speedlab.cases.logistics.metrics import gap
from speedlab.core.errors import BadInput
from speedlab.report import charts

# Okabe and Ito (2008), without the yellow, which is hard to see on white.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")


def route_map(instance: Instance, routes: Routes) -> charts.Chart:
    """Draw the routes of a depot and say how far its vehicles drive.

    Args:
        instance: The depot and its stops.
        routes: The stops of each route in order.

    Raises:
        BadInput: If the stops have no coordinates.
    """
    places = instance.places
    if places is None:
        raise BadInput(
            f"{instance.about.name} cannot be drawn.",
            "Its file gives distances, but no coordinates.",
            "Choose another depot.",
        )
    figure = charts.new_figure(7.5, 7.0)
    axes = figure.subplots()
    for turn, route in enumerate(_around(instance, routes)):
        way = places[[0, *route, 0]]
        colour = COLOURS[turn % len(COLOURS)]
        axes.plot(way[:, 0], way[:, 1], color=colour, linewidth=1.4, marker="o", markersize=3.5)
    axes.plot(*places[0], "s", color="black", markersize=11, markeredgecolor="white", zorder=3)
    axes.annotate("depot", places[0], (9, 9), textcoords="offset points", fontsize=11, zorder=4)
    axes.set_aspect("equal")
    unit = ", km" if instance.about.km else ""
    axes.set_xlabel(f"east{unit}")
    axes.set_ylabel(f"north{unit}")
    charts.tidy(axes)
    finding = _finding(instance, routes)
    figure.suptitle(finding, x=0.02, ha="left", fontsize=14, fontweight="bold")
    return charts.Chart(figure, f"{finding}. {_in_words(instance, routes)}")


def _around(instance: Instance, routes: Routes) -> Sequence[tuple[int, ...]]:
    """Return the routes by direction, so that neighbours get different colours."""
    assert instance.places is not None
    x, y = instance.places[0]
    centres = {route: instance.places[list(route)].mean(axis=0) for route in routes}
    return sorted(routes, key=lambda r: math.atan2(centres[r][1] - y, centres[r][0] - x))


def _finding(instance: Instance, routes: Routes) -> str:
    length, unit = driven(instance, routes), " km" if instance.about.km else ""
    count = f"{len(routes)} vehicle{'s' if len(routes) > 1 else ''}"
    said = f"{count} drive{'' if len(routes) > 1 else 's'} {length:,.0f}{unit}"
    if instance.about.best_known:
        said += f", {gap(length, instance.about.best_known):.1%} above the best known"
    return said


def _in_words(instance: Instance, routes: Routes) -> str:
    lengths = [driven(instance, [route]) for route in routes]
    loads = [sum(int(instance.demand[stop]) for stop in route) for route in routes]
    full = float(np.mean(loads)) / instance.about.capacity
    return (
        f"A map of {instance.about.name} with {instance.stops} stops. Routes have "
        f"{min(map(len, routes))} to {max(map(len, routes))} stops and are {min(lengths):,.0f} to "
        f"{max(lengths):,.0f} long; the vehicles are {full:.0%} full on average."
    )
