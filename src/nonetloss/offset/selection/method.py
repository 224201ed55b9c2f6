"""Declaration of `offset.selection`, and the function that reads what a study says of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.landscape.raster import Raster
from nonetloss.offset.selection.choice import Aim, UnitSelection, aim, select
from nonetloss.offset.selection.unit_case import UnitCase, units_of_raster, units_of_table
from nonetloss.offset.selection.wanted import (
    feature_weights,
    read_targets,
    read_weights,
    target_amounts,
)


def selection(
    units: pd.DataFrame | gpd.GeoDataFrame | None = None,
    *,
    features: Sequence[str],
    cost_raster: Raster | None = None,
    rasters: Sequence[Raster] = (),
    goals: pd.DataFrame | None = None,
    objective: Aim = "minimum-set",
    share: float | None = None,
    targets: Mapping[str, Any] | None = None,
    weights: Mapping[str, Any] | None = None,
    budget: float | None = None,
    boundary_penalty: float = 0.0,
    exposed_edge_factor: float = 0.5,
    edge_tolerance_m: float = 0.0,
    neighbors: int = 0,
    pieces: int | None = None,
    gap: float = 0.001,
    time_limit_s: float | None = None,
    explained: int = 20,
) -> UnitSelection:
    """Planning units that reach targets at least cost, or most within a budget, proven.

    Parameters
    ----------
    units : DataFrame or GeoDataFrame, optional
        One row per unit, see `units_of_table`.
    features : sequence of str
        Columns of `units`; or names of `rasters`, in their order.
    cost_raster : Raster, optional
        In place of `units`: every cell with a known cost is a unit.
    rasters : sequence of Raster
        Amount of each feature per cell.
    goals : DataFrame, optional
        Targets as a table, see `target_amounts`.
    objective, budget, weights
        See `aim`.
    share, targets
        Wanted of every feature as a share of its total; of single ones, see `read_targets`.
    boundary_penalty, exposed_edge_factor, neighbors, pieces, gap, time_limit_s, explained
        See `select`.
    edge_tolerance_m : float
        See `polygon_boundary`.

    Raises
    ------
    InputError, GeometryError
        `selection.*`, `planning.*`.
    InfeasibleError
        `minimum-set.unreachable`, `planning.conflict`: what cannot be reached, or the smallest set
        of demands that cannot hold together.
    NoSolutionError
        `minimum-set.time`.

    Notes
    -----
    **Mathematical formulation.** x_i binary, c cost, r amounts, t targets, w weights, B budget, p
    penalty, P_i perimeter with exposed edges by their factor, S_ij shared edges; least of

        minimum set     cx                  with  sum_i r_ij x_i >= t_j
        utility         -sum_j w_j sum_i r_ij x_i              and  cx <= B
        features        -sum_j w_j y_j      with  sum_i r_ij x_i >= t_j y_j, y binary, cx <= B
        shortfall       sum_j w_j y_j       with  sum_i r_ij x_i + t_j y_j >= t_j, cx <= B
        largest         y                   with  sum_i r_ij x_i + t_j y >= t_j, cx <= B

    plus p (sum_i P_i x_i - 2 sum_{i<j} S_ij x_i x_j); neighbors: sum_{j in N(i)} x_j >= k x_i;
    pieces: a flow from at most so many roots reaches every chosen unit.

    **In words.** Pay for units and for ragged edges; reach what was asked, or as much of it as the
    money allows.
    """
    shaped = boundary_penalty > 0 or neighbors > 0 or pieces is not None
    case = _case(units, features, cost_raster, rasters, edges=shaped, tolerance=edge_tolerance_m)
    wanted = target_amounts(case, share=share, targets=read_targets(targets or {}), goals=goals)
    worth = feature_weights(case, read_weights(weights or {}), goals)
    return select(
        case,
        aim(objective, wanted, budget=budget, weights=worth),
        boundary_penalty=boundary_penalty,
        exposed_edge_factor=exposed_edge_factor,
        neighbors=neighbors,
        pieces=pieces,
        gap=gap,
        time_limit_s=time_limit_s,
        explained=explained,
        crs="" if cost_raster is None else cost_raster.crs,
    )


def _case(
    units: pd.DataFrame | None,
    features: Sequence[str],
    cost_raster: Raster | None,
    rasters: Sequence[Raster],
    *,
    edges: bool,
    tolerance: float,
) -> UnitCase:
    if units is None:
        if cost_raster is None:
            raise InputError.because("selection.no-units", "–")
        return units_of_raster(cost_raster, features=features, rasters=rasters)
    if cost_raster is not None:
        raise InputError.because("selection.no-units", "units, cost_raster")
    return units_of_table(
        units, features=features, rasters=rasters, edges=edges, tolerance=tolerance
    )


def _text(es: str, en: str) -> Text:
    return Text(es=es, en=en)


METHOD = Method(
    id="offset.selection",
    question=_text(
        "¿Qué unidades de planificación cumplen las metas al menor costo, o más con el presupuesto "
        "que hay, y cuánto mejor podría ser cualquier otra elección?",
        "Which planning units reach the targets at least cost, or most within the budget there is, "
        "and how much better could any other choice be?",
    ),
    function="nonetloss.offset.selection.method:selection",
    inputs=(
        Port(
            "units",
            "table",
            _text(
                "Una fila por unidad: id, cost (vacío: no disponible), una columna por elemento y, "
                "si las hay, status (0 o 1 disponible, 2 obligada, 3 excluida), locked_in, "
                "locked_out. Con polígonos (capa vectorial) se calculan los bordes.",
                "One row per unit: id, cost (empty: not available), one column per feature and, "
                "where there are any, status (0 or 1 available, 2 locked in, 3 locked out), "
                "locked_in, locked_out. With polygons (a vector layer) edges are computed.",
            ),
            optional=True,
        ),
        Port(
            "cost_raster",
            "Raster",
            _text(
                "En lugar de units: cada celda con costo conocido es una unidad.",
                "In place of units: every cell with a known cost is a unit.",
            ),
            optional=True,
        ),
        Port(
            "rasters",
            "Raster",
            _text(
                "Cantidad de cada elemento por celda, en el orden de features; un polígono suma "
                "sus celdas según la parte que cubre.",
                "Amount of each feature per cell, in the order of features; a polygon sums its "
                "cells by the share that it covers.",
            ),
            optional=True,
            many=True,
        ),
        Port(
            "goals",
            "table",
            _text(
                "Metas: feature, target (cantidad) o share (0 a 1), weight.",
                "Targets: feature, target (an amount) or share (0 to 1), weight.",
            ),
            optional=True,
        ),
    ),
    outputs=(
        Port(
            "selection",
            "UnitSelection",
            _text(
                "Unidades elegidas, por qué, metas, costo, cota y brecha probadas.",
                "Chosen units, why, targets, cost, proven bound and gap.",
            ),
        ),
    ),
    parameters=(
        Parameter(
            "features",
            _text(
                "Elementos: columnas de units, o nombres de los rásteres en su orden.",
                "Features: columns of units, or names of the rasters in their order.",
            ),
            kind="list",
        ),
        Parameter(
            "objective",
            _text(
                "Qué se busca: todas las metas al menor costo (minimum-set); o, dentro del "
                "presupuesto, la mayor cantidad (maximum-utility), el mayor número de metas "
                "(maximum-features), el menor faltante en suma (minimum-shortfall) o el menor "
                "faltante de la peor (minimum-largest-shortfall).",
                "What is sought: all targets at least cost (minimum-set); or, within the budget, "
                "the largest amount (maximum-utility), most targets (maximum-features), the least "
                "shortfall in sum (minimum-shortfall) or that of the worst "
                "(minimum-largest-shortfall).",
            ),
            kind="choice",
            choices=(
                "minimum-set",
                "maximum-utility",
                "maximum-features",
                "minimum-shortfall",
                "minimum-largest-shortfall",
            ),
            default="minimum-set",
        ),
        Parameter(
            "share",
            _text(
                "Parte del total que se quiere de cada elemento del que no se dice otra cosa.",
                "Share of the total wanted of each feature of which nothing else is said.",
            ),
            low=0.0,
            high=1.0,
            optional=True,
        ),
        Parameter(
            "targets",
            _text(
                'Metas por elemento: un número es una cantidad, "17 %" una parte del total.',
                'Targets by feature: a number is an amount, "17 %" a share of the total.',
            ),
            kind="mapping",
            reader="nonetloss.offset.selection.wanted:read_targets",
            optional=True,
        ),
        Parameter(
            "weights",
            _text(
                "Peso de cada elemento; 1 si no se dice.",
                "Weight of each feature; 1 where nothing is said.",
            ),
            kind="mapping",
            reader="nonetloss.offset.selection.wanted:read_weights",
            optional=True,
        ),
        Parameter(
            "budget",
            _text("Presupuesto, en la unidad de los costos.", "Budget, in the unit of the costs."),
            low=0.0,
            optional=True,
        ),
        Parameter(
            "boundary_penalty",
            _text(
                "Costo por metro de borde de lo elegido; 0: el borde no cuenta.",
                "Cost per meter of outline of what is chosen; 0: outlines do not count.",
            ),
            default=0.0,
            low=0.0,
        ),
        Parameter(
            "exposed_edge_factor",
            _text(
                "Parte con que cuenta un borde que no toca ninguna unidad (costa, límite del "
                "área); Marxan usa 1.",
                "Share at which an edge that touches no unit counts (coast, limit of the area); "
                "Marxan uses 1.",
            ),
            default=0.5,
            low=0.0,
            high=1.0,
        ),
        Parameter(
            "edge_tolerance_m",
            _text(
                "Distancia hasta la que dos polígonos mal dibujados comparten borde; 0: exacto.",
                "Distance up to which two polygons that are drawn apart share an edge; 0: exact.",
            ),
            unit="m",
            default=0.0,
            low=0.0,
            high=1000.0,
        ),
        Parameter(
            "neighbors",
            _text(
                "Vecinas elegidas que necesita cada unidad elegida.",
                "Chosen neighbors that each chosen unit needs.",
            ),
            kind="integer",
            default=0,
            low=0,
            high=8,
        ),
        Parameter(
            "pieces",
            _text(
                "Número máximo de piezas contiguas; sin él, cualquiera.",
                "Largest number of connected pieces; without it, any.",
            ),
            kind="integer",
            low=1,
            high=1000,
            optional=True,
        ),
        Parameter(
            "gap",
            _text(
                "Brecha relativa probada con la que termina la búsqueda; 0: el óptimo.",
                "Proven relative gap at which the search stops; 0: the optimum.",
            ),
            default=0.001,
            low=0.0,
            high=1.0,
        ),
        Parameter(
            "time_limit_s",
            _text(
                "Tiempo de búsqueda; lo mejor hasta entonces, con su brecha.",
                "Time for the search; the best until then, with its gap.",
            ),
            unit="s",
            low=0.0,
            optional=True,
        ),
        Parameter(
            "explained",
            _text(
                "Hasta cuántas unidades elegidas se calcula su costo de reemplazo.",
                "Up to how many chosen units replacement costs are computed.",
            ),
            kind="integer",
            default=20,
            low=0,
            high=5000,
        ),
    ),
    references=(
        "Ball, Possingham & Watts 2009, Marxan and relatives",
        "Beyer et al. 2016, doi 10.1016/j.ecolmodel.2016.02.005",
        "Schuster et al. 2020, doi 10.7717/peerj.9258",
        "Cabeza & Moilanen 2006, doi 10.1016/j.biocon.2006.04.025",
        "Ferrier et al. 2000, doi 10.1016/S0006-3207(99)00149-4",
    ),
    validity=_text(
        "Elige entre unidades con costos y cantidades dadas; no lleva cuentas de pérdidas ni "
        "ganancias (para eso, offset.portfolio). La prueba vale para los números que se le dan. "
        "Más de unas 60 000 unidades y bordes pueden terminar con una brecha mayor que la pedida, "
        "que se dice.",
        "It chooses among units of given costs and amounts; it keeps no account of losses and "
        "gains (for that, offset.portfolio). The proof holds for the numbers that it is given. "
        "More than some 60,000 units and edges may end with a larger gap than asked for, which is "
        "told.",
    ),
    example=(
        "- {step: selection, method: offset.selection, parameters: {features: [palm_swamp, "
        'terra_firme], share: 0.17, targets: {palm_swamp: "30 %"}, pieces: 2}}'
    ),
)
