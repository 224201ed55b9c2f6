"""A made-up run folder of a forest study, with the files and columns of real ones."""

import datetime
import json
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from nonetloss.io import geopackage, parquet, raster
from nonetloss.numerics.grid import Grid

DATE = datetime.date(2026, 11, 21)
CRS = "EPSG:32719"
X0, Y0 = 300_000.0, 8_600_000.0
GRID = Grid(X0, Y0 + 30_000, 500.0, 500.0, 60, 90)
PROJECT = box(X0 + 5_000, Y0 + 5_000, X0 + 20_000, Y0 + 20_000)
BELT = box(X0 + 1_000, Y0 + 1_000, X0 + 25_000, Y0 + 25_000).difference(PROJECT)


def text(es, en):
    return {"es": es, "en": en}


def both(name, es, en):
    return {f"{name}_es": es, f"{name}_en": en}


def titled(es, en):
    return both("title", es, en)


STOCK = {
    "strata_table": pd.DataFrame(
        [
            {"stratum": "firme", **titled("Tierra firme", "Terra firme"), "area_ha": 1000.0,
             "plots": 3, "estimator": "stratified", "tc_ha": 150.0, "se": 5.0, "low": 140.0,
             "high": 160.0, "tco2e_ha": 550.0},
            {"stratum": "swamp", **titled("Aguajal", "Palm swamp"), "area_ha": 200.0, "plots": 2,
             "estimator": "stratified", "tc_ha": 60.0, "se": 6.0, "low": 45.0, "high": 75.0,
             "tco2e_ha": 220.0},
        ]
    ),
    "plots": pd.DataFrame(
        {
            "plot": ["p1", "p2", "p3", "s1", "s2"],
            "stratum": ["firme"] * 3 + ["swamp"] * 2,
            "area_ha": 0.5, "stems": 120, "agb_mg_ha": 300.0, "agb_low": 280.0, "agb_high": 320.0,
            "bgb_mg_ha": 70.0, "tc_ha": [140.0, 150.0, 160.0, 50.0, 70.0],
        }
    ),
    "total": pd.DataFrame(
        [
            {"pool": "above_ground", **titled("Biomasa aérea", "Above ground"), "tc": 1.3e5,
             "tc_low": 1.2e5, "tc_high": 1.4e5, "tco2e": 4.8e5, "tco2e_low": 4.4e5,
             "tco2e_high": 5.1e5, "relative_half_width": 0.07},
            {"pool": "all", **titled("Aérea y raíces", "Above and below ground"), "tc": 1.62e5,
             "tc_low": 1.5e5, "tc_high": 1.7e5, "tco2e": 5.94e5, "tco2e_low": 5.5e5,
             "tco2e_high": 6.2e5, "relative_half_width": 0.06},
        ]
    ),
    "published": pd.DataFrame(
        [
            {"figure": "per-ha", **titled("Por hectárea", "Per hectare"), "published": 545.0,
             "computed": 545.004, "unit": "tCO2e/ha", **both("note", "Total entre superficie",
                                                            "Total over area")},
            {"figure": "total", **titled("Total", "Total"), "published": 79.4e6,
             "computed": np.nan, "unit": "tCO2e", **both("note", "De parcelas", "Of plots")},
        ]
    ),
    "errors": pd.DataFrame(
        [
            {"component": "sampling", **titled("Muestreo", "Sampling"), "share": 0.7},
            {"component": "site", **titled("Sitio", "Site"), "share": 0.0},
            {"component": "allometry", **titled("Ecuación", "Equation"), "share": 0.3},
        ]
    ),
    "density_levels": pd.DataFrame(
        {"level": ["species", "genus", "unknown"], "trees": [80, 20, 0], "share": [0.8, 0.2, 0.0]}
    ),
    "heights": pd.DataFrame(
        [{"source": "measured", **titled("Altura medida", "Measured height"), "trees": 100,
          "share": 1.0}]
    ),
    "sample_size": pd.DataFrame(
        {"target": [0.1, 0.1], "stratum": ["firme", "swamp"], "plots_now": [3, 2],
         "plots_needed": [7, 4], "plots_more": [4, 2]}
    ),
}  # fmt: skip
AREA = {
    "areas": pd.DataFrame(
        [
            {"class": "forest", **titled("Bosque", "Forest"), "mapped_ha": 90_000.0,
             "area_ha": 88_000.0, "standard_error_ha": 900.0, "low_ha": 86_000.0,
             "high_ha": 90_000.0},
            {"class": "lost", **titled("Perdido", "Lost"), "mapped_ha": 2_000.0,
             "area_ha": 3_100.0, "standard_error_ha": 400.0, "low_ha": 2_300.0,
             "high_ha": 3_900.0},
        ]
    ),
    "accuracy": pd.DataFrame(
        [
            {"measure": m, "class": c, **titled(c, c), "likely": v, "standard_error": 0.01,
             "low": v - 0.02, "high": v + 0.02, "units": 50}
            for m, c, v in (("overall", "", 0.96), ("user", "forest", 0.98), ("user", "lost", 0.8),
                            ("producer", "forest", 0.97), ("producer", "lost", 0.7))
        ]
    ),
    "matrix": pd.DataFrame(
        [("forest", "forest", 49), ("forest", "lost", 1), ("lost", "forest", 8),
         ("lost", "lost", 42)],
        columns=["map_class", "reference_class", "units"],
    ),
    "good_practice": pd.DataFrame(
        [
            {"recommendation": "probability-sample", **titled("Sorteadas", "Drawn"), "met": "yes",
             **both("evidence", "Puntos al azar", "Random points")},
            {"recommendation": "blind-labels", **titled("A ciegas", "Blind"), "met": "unknown",
             **both("evidence", "", "")},
        ]
    ),
}  # fmt: skip
COVER = {
    "dates": pd.DataFrame({"date": [1, 2, 3], "year": [2014.0, 2019.0, 2024.0],
                           "forest_ha": [1e5, 9.7e4, 9.3e4]}),
    "periods": pd.DataFrame(
        [("calibration", 2014.0, 2019.0, 3e3, 600.0, 0.6),
         ("confirmation", 2019.0, 2024.0, 4e3, 800.0, 0.82)],
        columns=["period", "from_year", "to_year", "lost_ha", "ha_per_year", "percent_per_year"],
    ),
}  # fmt: skip
RISK = {
    "classes": pd.DataFrame(
        {"class": np.arange(1, 31), "from_m": np.linspace(5000, 250, 30),
         "to_m": [np.inf, *np.linspace(5000, 250, 30)[:-1]],
         "pixels_calibration": [0 if c % 7 == 0 else 1000 for c in range(1, 31)],
         "frequency_calibration": np.linspace(1e-4, 0.3, 30),
         "pixels_historical": [0 if c % 7 == 0 else 1000 for c in range(1, 31)],
         "frequency_historical": np.linspace(2e-4, 0.5, 30)}
    ),
    "densities": pd.DataFrame({"fit": ["historical"], "region": [1001]}),
}  # fmt: skip
RISK_FACTS = {
    "threshold_m": 4625,
    **{
        f"{p}-{k}": v
        for p, start in (("calibration", 2014.0), ("confirmation", 2019.0), ("validity", 2024.0))
        for k, v in (
            ("start_year", start), ("years", 5.0), ("expected_ha", 3e3), ("total_ha", 3e3),
            ("adjustment", 1.25), ("iterations", 2), ("model", "benchmark"),
        )
    },
}  # fmt: skip
MEASURES = (
    "n", "actual_ha", "predicted_ha", "r_squared", "ols_slope", "ols_intercept_ha",
    "theil_sen_slope", "theil_sen_intercept_ha", "medae_ha", "medae_percent", "mae_ha", "rmse_ha",
    "wrmse_ha", "agreement_ha", "iou_percent", "difference_ha",
)  # fmt: skip


def assessment(accepted):
    rng = np.random.default_rng(5)
    rows, cells = [], []
    for model in ("benchmark", "spatial"):
        for evaluation in ("fit", "prediction"):
            rows.append(
                {"model": model, "evaluation": evaluation, "period": "x", "cell_ha": 1e4,
                 "decisive": True, **dict.fromkeys(MEASURES, 0.75)}
            )  # fmt: skip
            actual = rng.gamma(1.0, 50.0, 12)
            cells += [(model, evaluation, a, a * rng.uniform(0.5, 1.5)) for a in actual]
    verdict = pd.DataFrame(
        [
            {"model": "spatial", "cell_ha": size, "decisive": size == 1e4, "evaluation": e,
             "n": 12, "benchmark_medae_ha": 4.5, "alternative_medae_ha": 2.25 if accepted else 9.0,
             "closer": 9, "farther": 3, "chance": 0.14, "better": accepted, "qualifies": accepted}
            for size in (1e4, 2500.0)
            for e in ("fit", "prediction")
        ]
    )  # fmt: skip
    return {
        "measures": pd.DataFrame(rows),
        "cells": pd.DataFrame(cells, columns=["model", "evaluation", "actual_ha", "predicted_ha"]),
        "verdict": verdict,
    }


ALTERNATIVE = {
    "effects": pd.DataFrame(
        [
            {"fit": "historical", "driver": d, **titled(es, en), "unit": u, "lower": lo,
             "upper": hi, "odds_ratio": o}
            for d, es, en, u, bins in (
                ("edge", "Distancia al borde", "Distance to the edge", "m",
                 ((5000.0, np.inf, 0.01), (250.0, 5000.0, 12.0))),
                ("share", "Bosque cerca", "Forest nearby", "", ((0.0, 0.5, 4.0), (0.5, 1.0, 0.4))),
            )
            for lo, hi, o in bins
        ]
    ),
    "validation": pd.DataFrame(
        {"drivers": ["edge", "edge, share"], "bins_stiffness": 2.0, "cells_stiffness": 8.0,
         "per_pixel": [0.096, 0.094], "chosen": [False, True]}
    ),
}  # fmt: skip
ROAD = {
    "total": pd.DataFrame(
        [
            {"alternative": "bank", **titled("Por la margen", "Along the bank"), "km": 66.0,
             "without_ha": 3000.0, "with_ha": 3800.0, "low_ha": 500.0, "likely_ha": 800.0,
             "high_ha": 1000.0, "without_place_ha": 600.0}
        ]
    ),
    "table": pd.DataFrame(
        [("bank", "firme", 400.0, 600.0, 800.0), ("bank", "swamp", 100.0, 200.0, 200.0)],
        columns=["alternative", "ecosystem", "low_ha", "likely_ha", "high_ha"],
    ),
    "by_zone": pd.DataFrame(
        [
            ("bank", "project", 31.0, 31.9, 0.5, 0.9, 1.2),
            ("bank", "belt", 400.0, 490.0, 60.0, 90.0, 120.0),
        ],
        columns=["alternative", "zone", "without_ha", "with_ha", "low_ha", "likely_ha", "high_ha"],
    ),
    "carbon-table": pd.DataFrame(
        [{"alternative": "bank", "service": "carbon", **titled("Carbono", "Carbon"),
          "likely": 4.4e5, "mean": 4.2e5, "low": 3e5, "high": 5e5}]
    ),
}  # fmt: skip
BASELINE = {
    "by_year": pd.DataFrame(
        [(z, y, h, 500 * h, 400 * h, 600 * h)
         for z, h in (("project", 20.0), ("belt", 90.0)) for y in (2025, 2026, 2027)],
        columns=["zone", "year", "hectares", "tco2e", "tco2e_low", "tco2e_high"],
    ),
    "zones_table": pd.DataFrame(
        [("project", 22_500.0, 22_000.0, 1.1e7, 60.0, 30_000.0, 24_000.0, 36_000.0),
         ("belt", 35_000.0, 30_000.0, 1.5e7, 270.0, 135_000.0, 108_000.0, 162_000.0)],
        columns=["zone", "area_ha", "forest_ha", "stock_tco2e", "hectares", "tco2e", "tco2e_low",
                 "tco2e_high"],
    ),
    "history": pd.DataFrame(
        [("project", 2014.0, 2019.0, 4.0, 20.0, 5.0), ("project", 2019.0, 2024.0, 8.0, 20.0, 2.5)],
        columns=["zone", "from_year", "to_year", "ha_per_year", "baseline_ha_per_year", "ratio"],
    ),
    "factors_table": pd.DataFrame(
        [{"stratum": "firme", **titled("Tierra firme", "Terra firme"), "before_tco2e_ha": 550.0,
          "after_tco2e_ha": 80.0, "other_tco2e_ha": 30.0, "factor_tco2e_ha": 500.0,
          "low_tco2e_ha": 460.0, "high_tco2e_ha": 540.0}]
    ),
}  # fmt: skip
# 30,000 gross - 6,000 - 3,000 - 1,000 - 4,000 = 16,000.
STEPS = (
    ("gross", "Línea base", "Baseline of the steps", 30_000.0, ""),
    ("project", "Con el proyecto", "With the project", -6_000.0, "study"),
    ("leakage-belt", "Fuga en el cinturón", "Leakage in the belt", -3_000.0, "study"),
    ("leakage-market", "Fuga por el mercado", "Leakage through markets", 0.0, "study"),
    ("uncertainty", "Deducción", "Deduction", -1_000.0, "unverified"),
    ("buffer", "Reserva", "Buffer of the steps", -4_000.0, "unverified"),
    ("net", "Créditos netos", "Net credits of the steps", 16_000.0, ""),
)
STANDARDS = ("vm0048", "trees")


def credits():
    waterfall = [
        {"standard": s, **both("standard_title", f"Norma {s}", f"Rule {s}"), "step": k,
         **titled(es, en), "order": i, "tco2e": v, "low": v - 2_000.0, "high": v + 2_000.0,
         "parameter": f"{k}.share" if status else "", "value": 0.1 if status else np.nan,
         "source": "x", **both("source", "Texto sin leer", "Text not read"), "status": status}
        for s in STANDARDS
        for i, (k, es, en, v, status) in enumerate(STEPS)
    ]  # fmt: skip
    parts = ("gross", "project", "leakage", "uncertainty", "buffer")
    return {
        "waterfall": pd.DataFrame(waterfall),
        "vintages": pd.DataFrame(
            [
                {"standard": s, "year": y, **{f"{p}_tco2e": 1_000.0 for p in parts},
                 "net_tco2e": 5_333.0, "net_low": 4_000.0, "net_high": 6_500.0, "basis": "assumed"}
                for s in STANDARDS
                for y in (2025, 2026, 2027)
            ]
        ),
        "parameters": pd.DataFrame(
            [
                {"standard": s, "parameter": f"{k}.share", **titled(f"Parte: {es}", f"Share: {en}"),
                 "value": 0.1, "source": "x", **both("source", "Texto sin leer", "Text not read"),
                 "status": status}
                for s in STANDARDS
                for k, es, en, _, status in STEPS
                if status
            ]
        ),
        "comparison": pd.DataFrame(
            [
                {"standard": s, **titled(f"Norma {s}", f"Rule {s}"), "gross_tco2e": 3e4,
                 **{f"{p}_tco2e": 1e3 for p in parts[1:]}, "net_tco2e": 1.6e4, "net_low": 1.4e4,
                 "net_high": 1.8e4, "uncertainty_share": 0.05, "buffer_share": 0.2,
                 "kept_share": 16 / 30, "permanence": p, "eligible": "unknown",
                 **both("standing", "Sirve a uno", "One"), "standing_status": "unverified",
                 "status": "unverified"}
                for s, p in zip(STANDARDS, ("pass", ""), strict=True)
            ]
        ),
        "strategies": pd.DataFrame(
            [{"strategy": "none", **titled("Sin deducción", "No deduction"), "half_width": 0.2,
              "share": 0.0, "tco2e": 0.0, "source": "", **both("source", "", ""), "status": ""}]
        ),
    }  # fmt: skip


def permanence(longevity, fails):
    years = [2001, 2025, 2041]
    return {
        "scores": pd.DataFrame(
            [
                {"part": p, **both("part", es, en), "item": i, **titled(tes, ten), "answer": a,
                 "score": s, "fails": f, **both("evidence", "Papel", "Paper"),
                 "source": f"rule.{i}", "status": "unverified"}
                for p, es, en, i, tes, ten, a, s, f in (
                    ("management", "Gestión", "Management", "plan", "Plan de manejo",
                     "Management plan", "yes", 0.0, ""),
                    ("longevity", "Longevidad", "Longevity", "years", "Longevidad del proyecto",
                     "Longevity of the project", f"{longevity}", 21.0, "yes" if fails else ""),
                )
            ]
        ),
        "totals": pd.DataFrame(
            [
                {"part": "internal", **titled("Riesgo interno", "Internal risk"), "score": 21.0,
                 "limit": 35.0, "outcome": "fail" if fails else "pass",
                 "reason_es": "Longevidad del proyecto" if fails else "",
                 "reason_en": "Longevity of the project" if fails else "", "status": "unverified"},
                {"part": "buffer", **titled("Aporte", "Contribution"), "score": 21.0,
                 "limit": np.nan, "outcome": None, "status": "confirmed"},
            ]
        ),
        "clock": pd.DataFrame(
            {"year": years, "contract_years_left": [40.0, 16.0, 0.0],
             "longevity_years": [40.0, 16.0, 0.0], "longevity_if_renewed_years": [80.0, 56.0, 40.0],
             "minimum_years": 40.0, "score": [15.0, 21.0, 25.0],
             "outcome": ["pass", "fail", "fail"], "project_start": [False, True, False],
             "status": "unverified"}
        ),
    }  # fmt: skip


CCB = {
    "scorecard": pd.DataFrame(
        [
            {"criterion": c, **titled(f"Criterio {c}", f"Criterion {c}"), "kind": k, "met": m,
             **both("evidence", es, en), "link": link, "status": "confirmed"}
            for c, k, m, es, en, link in (
                ("G1", "required", "yes", "Acta", "Minutes", "https://example.org/x"),
                ("G2", "required", "yes", "", "", "https://example.org/y"),
                ("B2", "required", "yes", "", "", ""),
                ("CL1", "required", "waived", "VCS", "VCS", ""),
                ("CL2", "required", "waived", "VCS", "VCS", ""),
                ("G3", "required", "no", "", "", ""),
                ("GL3", "gold", "unknown", "", "", ""),
            )
        ]
    )
}  # fmt: skip


def money(name, value):
    return {f"{name}_usd": value, f"{name}_low_usd": value - 1e6, f"{name}_high_usd": value + 1e6}


CONCESSION = {
    "cashflow": pd.DataFrame(
        [
            {"price": p, "year": y, "credits_tco2e": 5e3, **money("revenue", p * 1e5),
             **money("income", 0.0), **money("cost", 2e6), **money("shared", 1e5),
             **money("net", p * 1e5 - 2e6), **money("cumulative", (y - 2024) * (p * 1e5 - 2e6))}
            for p in (5.0, 20.0, 40.0)
            for y in (2025, 2026, 2027)
        ]
    ),
    "distribution": pd.DataFrame(
        [
            {"price": p, **money("npv", p * 1e5 - 2e6), **money("holder_npv", p * 9e4 - 2e6),
             "probability_npv_positive": p / 50, "probability_low": p / 60,
             "probability_high": p / 45, "payback_year": 2027.0 if p > 20 else np.nan,
             "secured_share": 0.4}
            for p in (5.0, 20.0, 40.0)
        ]
    ),
    "breakeven": pd.DataFrame(
        [{"case": "project", **titled("Antes del reparto", "Before sharing"), "price_usd": 19.89,
          "price_low_usd": 15.9, "price_high_usd": 28.7, "share_without": 0.0}]
    ),
    "sharing": pd.DataFrame(
        [
            {"price": p, "party": "communities", **titled("Comunidades", "Communities"),
             "kind": "community", **money("total", 1e6), "npv_usd": 6e5, "share": 0.3}
            for p in (5.0, 40.0)
        ]
    ),
    "delays": pd.DataFrame(
        [(p, d, 1e6 - d * 2e5) for p in (5.0, 40.0) for d in (0, 2)],
        columns=["price", "delay_years", "npv_usd"],
    ),
    "obligations": pd.DataFrame(
        [
            {"id": i, **titled(es, en), "due": due, "status": s, "days_left": d}
            for i, es, en, due, s, d in (
                ("report", "Informe anual", "Annual report", "2024-03-31", "met", -900),
                ("report", "Informe anual", "Annual report", "2025-03-31", "met", -600),
                ("report", "Informe anual", "Annual report", "2026-03-31", "overdue", -235),
                ("report", "Informe anual", "Annual report", "2028-03-31", "later", 500),
                ("report", "Informe anual", "Annual report", "2029-03-31", "later", 860),
            )
        ]
    ),
    "clock": pd.DataFrame(
        [{"event": "study", **titled("Día del estudio", "Day of the study"), "date": "2026-11-21",
          "contract_end": "2041-07-01", "years_left": 14.6, "years_left_renewed": 54.6,
          "proven_years_left": 14.6, "enough": False}]
    ),
}  # fmt: skip
DIGEST = "a4b5" * 16
LEDGER = {
    "totals": pd.DataFrame(
        [(2025, 9_000, 6_000, 500, 100, 2_400), (2026, 9_000, 6_600, 0, 0, 2_400),
         (0, 18_000, 12_600, 500, 100, 4_800)],
        columns=["vintage", "issued", "tradable", "retired", "cancelled", "buffer"],
    ),
    "holdings": pd.DataFrame(
        [("acca", "ACCA", "holder", 2025, "Held", 6_000), ("acca", "ACCA", "holder", 2026, "Held",
          6_600), ("buyer", "Buyer", "holder", 2025, "Retired", 500)],
        columns=["account", "holder", "account_kind", "vintage", "status", "quantity"],
    ),
    "units": pd.DataFrame(
        [{"serialNumberBlock": "PLAN-2025-1-500", "vintageYear": 2025, "unitCount": 500,
          "unitStatus": "Retired", "unitOwner": "buyer", "unitRetirementBeneficiary": "Someone",
          "unitStatusReason": "Travel", "correspondingAdjustmentStatus": "Not Started"}]
    ),
    "events": pd.DataFrame(
        [
            {"number": n, "date": d, "kind": k, "actor": "study", "source": a, "target": b,
             "batch": "los-2025", "quantity": q, "beneficiary": who, "reason": why}
            for n, d, k, a, b, q, who, why in (
                (1, "2026-01-01", "begin", "", "", 0, "", ""),
                (2, "2026-09-27", "issue", "", "", 9_000, "", ""),
                (3, "2027-02-01", "transfer", "acca", "buyer", 500, "", ""),
                (4, "2027-03-01", "retire", "buyer", "", 500, "Someone", "Travel"),
            )
        ]
    ),
}  # fmt: skip
PATROLS = {
    "effort": pd.DataFrame(
        [
            {"period": p, "by": by, "group": g, "patrols": 4, "patrol_days": 9,
             "calendar_days": 8, "km": 120.0, "hours": 60.0, "swath_km2_merged": 40.0,
             "swath_km2_unmerged": 60.0}
            for p, by, g in (("all", "all", "all"), ("all", "type", "foot"), ("2025", "all", "all"),
                             ("2025", "type", "foot"))
        ]
    ),
    "encounters": pd.DataFrame(
        [("clearing", 3, 3, 0.05, 0.33, 0.025, 0.75)],
        columns=["category", "n", "rated", "per_hour", "per_day", "per_km", "per_patrol"],
    ),
    "coverage": pd.DataFrame(
        [
            {"measure": m, **titled(es, en), "unit": u, "window": w, "total": 1000.0,
             "covered": 470.0, "share": 0.47}
            for w in ("all", "recent")
            for m, es, en, u in (("area", "Superficie", "Area", "ha"),
                                 ("risk", "Pérdida esperada", "Expected loss", "ha"))
        ]
    ),
    "by_risk": pd.DataFrame(
        {"class": [1, 2, 3, 4, 5], "cells": 4, "area_ha": 1e3, "risk_ha": [50.0, 3, 2, 1, 0],
         "risk_share": [0.9, 0.05, 0.03, 0.02, 0.0], "effort_km": 24.0, "effort_share": 0.2,
         "visits": 3, "unvisited": 1, "loss_ha": 1.0, "loss_share": 0.2}
    ),
    "by_year": pd.DataFrame(
        [{"year": 2025, "patrols": 4.0, "patrol_days": 9.0, "km": 120.0, "hours": 60.0,
          "encounters": 3.0, "loss_reports": 2.0, "area_covered_share": 0.5,
          "risk_covered_share": 0.9, "loss_ha": np.nan, "loss_basis": ""}]
    ),
}  # fmt: skip
ALLOMETRY = {
    "coefficients": pd.DataFrame(
        {"term": ["intercept", "slope"], "estimate": [-2.76214, 0.975828],
         "standard_error": [0.02, 0.003], "checked": [np.nan, 0.976]}
    ),
    "measures": pd.DataFrame(
        [{"measure": "total-ratio", **titled("Razón de sumas", "Ratio of sums"),
          "equation": "chave-2014-4", "value": 0.99798}]
    ),
    "sites": pd.DataFrame({"site": ["a", "b", "c"], "bias": [0.1, -0.05, 0.2]}),
}  # fmt: skip
RISK_MAPS = ("calibration-hectares", "confirmation-hectares", "validity-hectares")


class Folder:
    """Writes the parts of steps as a run does."""

    def __init__(self, path):
        self.path, self.steps = path, []
        path.mkdir(parents=True, exist_ok=True)

    def add(self, name, method, tables=None, facts=None, rasters=None, features=None, inputs=None):
        inside = self.path / f"{len(self.steps) + 1:02d}-{name}"
        inside.mkdir()
        outputs = {k: {"value": v} for k, v in (facts or {}).items()}
        for part, table in (tables or {}).items():
            parquet.write(inside / f"{part}.parquet", table)
            outputs[part] = {"file": f"{inside.name}/{part}.parquet", "rows": len(table)}
        for part, values in (rasters or {}).items():
            raster.write_cog(inside / f"{part}.tif", values, grid=GRID, crs=CRS, unit="ha")
            outputs[part] = {"file": f"{inside.name}/{part}.tif", "unit": "ha"}
        for part, frame in (features or {}).items():
            geopackage.write(inside / f"{part}.gpkg", {part: frame}, styles={}, date=DATE)
            outputs[part] = {"file": f"{inside.name}/{part}.gpkg", "rows": len(frame)}
        self.steps.append(
            {
                "number": len(self.steps) + 1, "step": name, "method": method,
                "title": text(f"Paso {name}", f"Step {name}"),
                "question": text(f"¿Qué hace {name}?", f"What does {name} do?"),
                "validity": text("Vale aquí.", "Holds here."),
                "references": ["Autora 2014, doi 10.1/y"], "inputs": inputs or {},
                "parameters": {}, "outputs": outputs,
            }
        )  # fmt: skip

    def finish(self, kind="forest-carbon"):
        (self.path / "run.json").write_text(
            json.dumps(record(self.steps, kind), ensure_ascii=False), "utf-8"
        )
        return self.path


def record(steps, kind):
    layers = (
        ("rivers", "river", "Ríos", "Rivers"),
        ("land", "conservation-concession", "Concesión", "Concession"),
        ("towns", "town", "Pueblos", "Towns"),
    )
    return {
        "schema": 1,
        "study": {
            "name": "specimen", "title": text("Carbono de prueba", "Test carbon"),
            "question": text("¿Cuánto <carbono>?", "How much <carbon>?"), "context": [],
            "unknowns": [text("No se sabe el suelo.", "The soil is not known.")
                         | {"critical": False}],
            "project": {"name": text("Concesión", "Concession"), "kind": kind,
                        "right_of_way_m": None, "right_of_way_source": None, "note": None},
            "decision": None,
        },
        "rules": {"name": "pe", "title": text("Perú", "Peru"), "date": "2026-11-21", "layers": [],
                  "citations": [], "parameters": []},
        "crs": CRS, "grid": {}, "cell_size_m": 500.0, "decision_date": "2026-11-21", "seed": 7,
        "draws": 200,
        "layers": [
            {"name": n, "title": text(es, en), "kind": k, "role": "context", "setback_m": 0.0,
             "hidden": False, "ground": None, "source": n, "schematic": True, "count": 1}
            for n, k, es, en in layers
        ],
        "ecosystems": [{"name": "firme", "title": text("Tierra firme", "Terra firme"),
                        "value": None}],
        "sources": [
            {"name": n, "title": text(f"Datos: {es}", f"Data: {en}"),
             "origin": text("Dibujo", "Drawn"), "licence": "CC0", "date": "2026-11-01",
             "sha256": "0" * 64, "url": "", "schematic": True, "note": None}
            for n, _, es, en in layers
        ],
        "steps": steps, "findings": [], "versions": {"nonetloss": "0.1.0"}, "digests": {},
    }  # fmt: skip


def surroundings(path):
    """Layers and zones, as every step's map draws them."""

    def frame(shapes, labels):
        return gpd.GeoDataFrame({"label": labels}, geometry=shapes, crs=CRS)

    river = LineString([(X0, Y0 + 4_000), (X0 + 40_000, Y0 + 22_000)])
    geopackage.write(
        path / "layers.gpkg",
        {"rivers": frame([river], ["Río de prueba"]), "land": frame([PROJECT], ["Prueba"]),
         "towns": frame([Point(X0 + 30_000, Y0 + 9_000)], ["Pueblo"])},
        styles={}, date=DATE,
    )  # fmt: skip
    zones = gpd.GeoDataFrame({"zone": ["project", "belt"]}, geometry=[PROJECT, BELT], crs=CRS)
    geopackage.write(path / "zones.gpkg", {"zones": zones}, styles={}, date=DATE)


def hectares():
    """Expected loss in hectares per cell of 25 ha: more to the east, none at the west end."""
    values = np.tile(np.linspace(-0.5, 6.0, GRID.columns).clip(0), (GRID.rows, 1))
    values[:5] = np.nan
    return values.astype(np.float32)


def write_forest_run(path, *, accepted=True, permanent=False):
    folder = Folder(path)
    surroundings(path)
    maps = dict.fromkeys(RISK_MAPS, hectares())
    codes = np.full(GRID.shape, 5, dtype=np.uint8)
    codes[:, 70:] = 1
    codes[:, 65:70] = 8
    cells = gpd.GeoDataFrame(
        {"cell": ["a", "b"], "effort_km": [12.0, 0.0]},
        geometry=[box(X0, Y0, X0 + 9e3, Y0 + 9e3), box(X0 + 9e3, Y0, X0 + 18e3, Y0 + 9e3)],
        crs=CRS,
    )
    folder.add("allometry", "forest.allometry", ALLOMETRY, {"trees": 4004})
    folder.add("stock", "forest.stock", STOCK)
    folder.add("area", "forest.area", AREA, {"confidence": 0.9})
    folder.add("cover", "forest.cover", COVER, rasters={"codes": codes})
    folder.add("risk", "forest.risk", RISK, RISK_FACTS, maps)
    folder.add("alternative", "forest.alternative", ALTERNATIVE, {"validity-years": 6.0}, maps)
    folder.add(
        "assessment", "forest.assessment", assessment(accepted),
        {"accepted": ["spatial"] if accepted else []},
    )  # fmt: skip
    folder.add("road", "forest.road-risk", ROAD, {"years": 6.0}, {"differences-bank": hectares()})
    folder.add("baseline", "forest.baseline", BASELINE)
    if not permanent:
        folder.add(
            "today", "forest.permanence", permanence(16, fails=True),
            {"percent": 21.0, "buffer_share": 0.21, "failed": ["longevity.years"]},
        )  # fmt: skip
    folder.add(
        "renewed", "forest.permanence", permanence(56, fails=False),
        {"percent": 12.5, "buffer_share": 0.125, "failed": []},
    )  # fmt: skip
    folder.add("credits", "forest.credits", credits(), inputs={"permanence": ["renewed"]})
    folder.add("ccb", "forest.ccb", CCB, {"label": ""})
    folder.add(
        "concession", "forest.concession", CONCESSION,
        {"longevity_fails": True, "years_left": 16.0},
    )  # fmt: skip
    folder.add("ledger", "ledger.credits", LEDGER, {"head": DIGEST})
    folder.add(
        "patrols", "monitoring.patrols", PATROLS,
        {"enforced_share": 0.47, "enforced_basis": "stock", "recent_years": 1.0,
         "last_loss_report": "2026-10-18"},
        features={"cells": cells},
    )  # fmt: skip
    return folder.finish()


@pytest.fixture(scope="module")
def forest_run(tmp_path_factory):
    return write_forest_run(tmp_path_factory.mktemp("forest") / "run")


@pytest.fixture
def new_folder(tmp_path):
    return Folder(tmp_path / "run")


@pytest.fixture(scope="session")
def specimen():
    """What the run is made of, for tests that make another one."""
    return SimpleNamespace(
        write=write_forest_run,
        stock=STOCK,
        risk=RISK,
        facts=RISK_FACTS,
        road=ROAD,
        digest=DIGEST,
        assessment=assessment,
        alternative=ALTERNATIVE,
    )
