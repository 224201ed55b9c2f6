"""Two projects, a bank and an earlier road in one basin, by hand."""

import dataclasses
import datetime as dt
import inspect
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from shapely import box

from nonetloss.core.errors import InputError
from nonetloss.core.language import LANGUAGES
from nonetloss.ledger.cumulative import accumulate
from nonetloss.ledger.cumulative_method import METHOD, cumulative_accounts
from nonetloss.ledger.hierarchy import balance
from nonetloss.ledger.journal import balance_of, verify
from nonetloss.ledger.records import Entry
from nonetloss.ledger.text_form import parse_text, write_text

COLUMNS = ["project", "zone", "ecosystem", "entry", "amount_qha", "date", "parcel", "bank"]
ROWS = [
    ("old-road", "north", "forest", "loss", 30.0, "1998-01-01", "", ""),
    ("dam", "north", "forest", "loss", 100.0, "2020-05-01", "", ""),
    ("dam", "north", "forest", "gain", 110.0, "2020-06-01", "p1", ""),
    ("mine", "north", "forest", "loss", 20.0, "2022-01-01", "", ""),
    ("mine", "north", "forest", "gain", 12.0, "2022-03-01", "", "trust"),
    ("trust", "north", "forest", "bank", 15.0, "2021-01-01", "p2", "trust"),
    ("mine", "south", "forest", "loss", 5.0, "2022-01-01", "", ""),
    ("mine", "south", "forest", "gain", 6.0, "2022-01-01", "p3", ""),
]


def table(*rows, **columns):
    return pd.DataFrame(list(rows or ROWS), columns=COLUMNS).assign(**columns)


def test_the_balance_by_hand():
    made = accumulate(table(), since=dt.date(2010, 1, 1))
    told = [c for c in made.balance.columns if "_title_" not in c]
    assert made.balance[told].to_dict("records") == [
        {
            "zone": "north", "ecosystem": "forest", "loss": 30.0 + 100 + 20,
            "earlier_loss": 30.0, "gain": 110.0 + 12, "net": 122.0 - 150,
            "banked": 15.0 - 12,
        },
        {
            "zone": "south", "ecosystem": "forest", "loss": 5.0, "earlier_loss": 0.0,
            "gain": 6.0, "net": 1.0, "banked": 0.0,
        },
    ]  # fmt: skip
    assert not made.holds
    by = made.projects.set_index(["project", "zone"])["net"].to_dict()
    assert by == {
        ("dam", "north"): 10.0,
        ("mine", "north"): -8.0,
        ("mine", "south"): 1.0,
        ("old-road", "north"): -30.0,
    }
    banks = made.banks[[c for c in made.banks.columns if "_title_" not in c]]
    assert banks.to_dict("records") == [
        {"bank": "trust", "zone": "north", "ecosystem": "forest", "deposited_qha": 15.0,
         "drawn_qha": 12.0, "left_qha": 3.0}
    ]  # fmt: skip
    assert [f.code for f in made.findings] == ["cumulative.net-loss", "cumulative.unplaced"]
    assert made.accounts["earlier"].sum() == 1


def test_the_books_say_the_same():
    made = accumulate(table())
    assert verify(made.journal, head=made.journal.head) == ()
    assert parse_text(write_text(made.journal)) == made.journal

    def held(account):
        return balance_of(made.journal, account, unit="quality_hectare") / 1e6

    assert held("basin:zone:north:forest:old-road:owed") == 30
    assert held("basin:zone:north:forest:dam:owed") == 0
    assert held("basin:zone:north:forest:dam:credit") == 10
    assert held("basin:zone:north:forest:mine:owed") == 8
    assert held("basin:bank:trust:north:forest") == 3
    assert held("basin:land:p1:available") == 0
    assert held("basin:land:p2:grown") == -15


def test_a_basin_in_balance_may_hide_a_project_that_is_not():
    rows = [
        ("dam", "north", "forest", "loss", 10.0, "2020-01-01", "", ""),
        ("dam", "north", "forest", "gain", 30.0, "2020-01-01", "p1", ""),
        ("mine", "north", "forest", "loss", 15.0, "2021-01-01", "", ""),
    ]
    made = accumulate(table(*rows))
    assert made.holds
    (finding,) = made.findings
    assert (finding.code, finding.subject) == ("cumulative.project-short", "mine")
    assert "15.00" in finding.render("es")


DOUBLE = [
    ("dam", "north", "forest", "gain", 80.0, "2020-01-01", "p1", ""),
    ("mine", "north", "forest", "gain", 60.0, "2021-01-01", "p1", ""),
]


def test_an_offset_claimed_twice_is_refused_by_name():
    with pytest.raises(InputError) as caught:
        accumulate(table(*DOUBLE))
    (finding,) = caught.value.findings
    assert finding.code == "cumulative.double-claim"
    assert finding.subject == "p1"
    assert finding.data["projects"] == "dam, mine"
    # 80 is the most that anybody said of it.
    assert (finding.data["claimed"], finding.data["whole"]) == ("140.00", "80.00")


@pytest.mark.parametrize(
    ("sharing", "whole", "counted"),
    [
        ("first", 80.0, [80, 0]),
        ("first", 100.0, [80, 20]),
        ("proportional", 80.0, [80 * 80 / 140, 80 * 60 / 140]),
        ("refuse", 140.0, [80, 60]),
    ],
)
def test_it_can_be_shared_explicitly(sharing, whole, counted):
    made = accumulate(table(*DOUBLE, parcel_gain_qha=whole), sharing=sharing)
    assert made.accounts["counted_qha"].tolist() == pytest.approx(counted, abs=1e-6)
    assert made.claims["status"].tolist() == ["shared" if sharing == "refuse" else "divided"]
    assert verify(made.journal) == ()
    if sharing != "refuse":
        assert f"cumulative.divided-{sharing}" in [f.code for f in made.findings]
        assert all(made.findings[0].render(language) for language in LANGUAGES)


def test_a_bank_cannot_sell_what_a_project_counts():
    rows = [
        ("dam", "north", "forest", "gain", 80.0, "2020-01-01", "p1", ""),
        ("trust", "north", "forest", "bank", 80.0, "2020-01-01", "p1", "trust"),
    ]
    with pytest.raises(InputError, match="counted once"):
        accumulate(table(*rows))


def test_one_project_cannot_count_one_parcel_twice():
    rows = [
        ("dam", "north", "forest", "gain", 80.0, "2020-01-01", "p1", ""),
        ("dam", "north", "marsh", "gain", 80.0, "2020-01-01", "p1", ""),
    ]
    with pytest.raises(InputError) as caught:
        accumulate(table(*rows), sharing="first")
    assert caught.value.findings[0].code == "cumulative.over-claim"
    assert accumulate(table(*rows, parcel_gain_qha=160.0)).claims["status"].tolist() == ["single"]


def test_parcels_that_overlap_under_two_names():
    rows = [
        ("dam", "north", "forest", "gain", 80.0, "2020-01-01", "p1", ""),
        ("mine", "north", "forest", "gain", 80.0, "2021-01-01", "p2", ""),
    ]
    shapes = {"p1": box(0, 0, 200, 100), "p2": box(100, 0, 300, 100)}
    with pytest.raises(InputError, match=r"p1 \+ p2"):
        accumulate(table(*rows), shapes=shapes)
    # The middle gains 40 once: the dam was first.
    made = accumulate(table(*rows), shapes=shapes, sharing="first")
    assert made.balance["gain"].tolist() == [80 + 40]
    assert made.claims["land"].tolist() == ["p1", "p1 + p2", "p2"]
    in_table = accumulate(table(*rows, geometry=list(shapes.values())), sharing="first")
    assert in_table.journal.head == made.journal.head


def test_parcels_that_nobody_placed_are_told():
    def told(made):
        return [f.subject for f in made.findings if f.code == "cumulative.unplaced"]

    shapes = {"p1": box(0, 0, 1, 1), "p2": box(2, 0, 3, 1)}
    assert told(accumulate(table(), shapes=shapes)) == ["p3"]
    assert told(accumulate(table(), shapes=shapes | {"p3": box(4, 0, 5, 1)})) == []


def test_two_outlines_of_one_parcel_are_refused():
    geometry = [box(0, 0, 1, 1), box(0, 0, 1, 2)]
    with pytest.raises(InputError) as caught:
        accumulate(table(*DOUBLE, geometry=geometry))
    assert caught.value.findings[0].code == "cumulative.moved"


def test_draws_find_their_deposit_on_their_day():
    deposit = ("trust", "north", "forest", "bank", 15.0, "2021-01-01", "p2", "trust")
    draw = ("mine", "north", "forest", "gain", 12.0, "2021-01-01", "", "trust")
    assert accumulate(table(draw, deposit)).banks["left_qha"].tolist() == [3.0]
    for wrong in (
        (*draw[:5], "2020-12-31", *draw[6:]),
        (*draw[:4], 15.1, *draw[5:]),
        ("mine", "south", *draw[2:]),
        (*draw[:2], "marsh", *draw[3:]),
    ):
        with pytest.raises(InputError) as caught:
            accumulate(table(wrong, deposit))
        (finding,) = caught.value.findings
        assert finding.code == "cumulative.overdrawn"
        assert all(finding.render(language) for language in LANGUAGES)


def test_an_unknown_bank_is_named_with_the_nearest():
    rows = [
        ("trust", "north", "forest", "bank", 15.0, "2021-01-01", "p2", "trust"),
        ("mine", "north", "forest", "gain", 12.0, "2021-01-01", "", "trst"),
    ]
    with pytest.raises(InputError, match="Did you mean trust"):
        accumulate(table(*rows))


def test_rows_after_the_day_do_not_count_yet():
    made = accumulate(table(), as_of=dt.date(2020, 12, 31))
    assert made.projects["project"].tolist() == ["dam", "old-road"]
    assert made.findings[-1].code == "cumulative.later"
    assert made.findings[-1].data["count"] == 5


def test_no_rows_are_no_accounts():
    made = accumulate(table().iloc[:0])
    assert made.holds
    assert len(made.balance) == len(made.accounts) == len(made.journal.records) == 0


GOOD = ROWS[2]
BAD = {
    "cumulative.blank": ("", *GOOD[1:]),
    "cumulative.entry": (*GOOD[:3], "profit", *GOOD[4:]),
    "cumulative.amount": (*GOOD[:4], -1.0, *GOOD[5:]),
    "cumulative.date": (*GOOD[:5], "spring 2020", *GOOD[6:]),
    "cumulative.origin": (*GOOD[:6], "", ""),
}


@pytest.mark.parametrize("code", sorted(BAD))
def test_bad_rows_are_refused(code):
    with pytest.raises(InputError) as caught:
        accumulate(table(BAD[code]))
    (finding,) = caught.value.findings
    assert finding.code == code
    assert all(finding.render(language) for language in LANGUAGES)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(InputError) as caught:
        accumulate(table(*BAD.values(), ROWS[0], ROWS[0]))
    assert {f.code for f in caught.value.findings} == {*BAD, "cumulative.twice"}


@pytest.mark.parametrize("amount", [np.nan, np.inf, "much", None])
def test_amounts_that_are_not_known_are_refused(amount):
    with pytest.raises(InputError) as caught:
        accumulate(table((*GOOD[:4], amount, *GOOD[5:])))
    assert caught.value.findings[0].code == "cumulative.amount"


@pytest.mark.parametrize("entry", ["loss", "bank"])
def test_losses_have_no_origin_and_deposits_two(entry):
    with pytest.raises(InputError) as caught:
        accumulate(table((*GOOD[:3], entry, *GOOD[4:])))
    assert caught.value.findings[0].code == "cumulative.origin"


def test_two_minds_on_one_parcel_and_names_alike():
    with pytest.raises(InputError) as caught:
        accumulate(table(*DOUBLE, parcel_gain_qha=[140.0, 150.0]))
    assert caught.value.findings[0].code == "cumulative.whole"
    with pytest.raises(InputError) as caught:
        accumulate(table(GOOD, ("dam", "north!", *GOOD[2:]), ("dam", "north?", *GOOD[2:])))
    assert caught.value.findings[0].code == "cumulative.alike"


def test_a_column_that_is_missing_is_named():
    with pytest.raises(InputError, match="zone"):
        accumulate(table().drop(columns="zone"))


def test_sharing_by_another_name_is_refused():
    with pytest.raises(InputError) as caught:
        accumulate(table(), sharing="last")
    assert caught.value.findings[0].code == "cumulative.sharing"


def test_dates_of_any_kind():
    stamps = table(date=[pd.Timestamp(r[5]) for r in ROWS])
    assert accumulate(stamps).journal.head == accumulate(table()).journal.head
    with pytest.raises(InputError):
        accumulate(table(date=pd.NaT))


@dataclass(frozen=True)
class Portfolio:
    chosen: tuple
    table: pd.DataFrame
    allocation: pd.DataFrame
    assets: tuple = ("forest", "marsh")
    shares: pd.DataFrame = field(default_factory=pd.DataFrame)
    offset_likely: np.ndarray = field(default_factory=lambda: np.array([37.5, 21.5]))


@dataclass(frozen=True)
class Monitoring:
    served: pd.DataFrame


PLAN = Portfolio(
    ("x1", "x2"),
    pd.DataFrame(
        {"parcel": ["x1", "x2", "x3"], "ecosystem": ["forest", "marsh", "marsh"],
         "gain_qha": [50.0, 9.0, 4.0], "zone": ["", "south", ""]}
    ),
    pd.DataFrame(
        {"loss": ["forest", "marsh"], "gain": ["forest"] * 2, "credited_qha": [30.0, 10.0]}
    ),
)  # fmt: skip


def struck():
    lost = np.array([[40.0, 8.0, 0.0]])
    zero = np.zeros((1, 3))
    return balance(
        lost, before_draws=lost[..., None], avoided_likely=zero, avoided_draws=zero[..., None],
        minimized_likely=zero, minimized_draws=zero[..., None], offset_likely=np.zeros(3),
        offset_draws=np.zeros((3, 1)), assets=("forest", "marsh", "lake"), components=("direct",),
    )  # fmt: skip


def plan(**options):
    given = {
        "balance": struck(),
        "portfolio": PLAN,
        "decision_date": dt.date(2026, 11, 21),
        "project": "road",
        "zone": "north",
    }
    return cumulative_accounts(table(), **(given | options))


def test_this_studys_plan_enters_as_it_was_allotted():
    made = plan()
    mine = made.accounts[made.accounts["project"] == "road"]
    assert mine[["zone", "ecosystem", "entry", "parcel", "amount_qha"]].to_numpy().tolist() == [
        ["north", "forest", "gain", "x1", 50 * 30 / 40],
        ["north", "forest", "loss", "", 40.0],
        ["north", "marsh", "gain", "x1", 50 * 10 / 40],
        ["north", "marsh", "loss", "", 8.0],
        ["south", "marsh", "gain", "x2", 9.0],
    ]
    assert set(mine["date"]) == {"2026-11-21"}
    assert verify(made.journal) == ()


def test_what_was_delivered_takes_the_place_of_what_was_promised():
    told = [("x1", "forest", 15.0, 0.0), ("x1", "marsh", 5.0, 0.0), ("x2", "marsh", 0.0, -1.0)]
    seen = Monitoring(pd.DataFrame(told, columns=["site", "asset", "kept_qha", "harm_qha"]))
    made = plan(monitoring=seen)
    mine = made.accounts.query("project == 'road' and entry == 'gain'")
    assert mine["amount_qha"].tolist() == [15.0, 5.0]
    lost = made.accounts.query("project == 'road' and entry == 'loss'")
    assert lost["amount_qha"].tolist() == [40.0, 8.0]
    # x2 is worth less than without the offset: a row of its own, taken off the gain there.
    harm = made.accounts.query("entry == 'harm'")
    assert harm[["zone", "ecosystem", "parcel", "counted_qha"]].to_numpy().tolist() == [
        ["south", "marsh", "x2", 1.0]
    ]
    mine = made.projects.query("project == 'road'").set_index(["zone", "ecosystem"])
    assert mine["gain"].to_dict() == {
        ("north", "forest"): 15.0,
        ("north", "marsh"): 5.0,
        ("south", "marsh"): -1.0,
    }
    assert mine["loss"].to_dict()["south", "marsh"] == 0.0
    assert [f.subject for f in made.findings if f.code == "cumulative.harm"] == ["x2"]
    # Nothing was gained in the south: the journal has the harm as owed there.
    assert verify(made.journal) == ()
    place = "basin:zone:south:marsh:road"
    assert balance_of(made.journal, f"{place}:owed", unit="quality_hectare") == 1_000_000


def test_harm_is_taken_off_the_credit_first():
    told = [("x1", "forest", 15.0, 0.0), ("x3", "forest", 0.0, -4.0)]
    seen = Monitoring(pd.DataFrame(told, columns=["site", "asset", "kept_qha", "harm_qha"]))
    made = plan(monitoring=seen)
    mine = made.projects.query("project == 'road' and ecosystem == 'forest'").iloc[0]
    assert (mine["loss"], mine["gain"], mine["net"]) == (40.0, 11.0, -29.0)
    place = "basin:zone:north:forest:road"
    held = {
        name: balance_of(made.journal, f"{place}:{name}", unit="quality_hectare") / 1e6
        for name in ("owed", "credit", "harmed", "lost")
    }
    assert held == {"owed": 29.0, "credit": 0.0, "harmed": 4.0, "lost": -40.0}
    assert verify(made.journal) == ()


def test_tables_and_books_call_things_by_their_titles():
    made = plan(titles={"road": {"es": "Carretera", "en": "Road"}, "north": "Norte"})
    mine = made.accounts[made.accounts["project"] == "road"]
    assert set(mine["project_title_es"]) == {"Carretera"}
    assert set(mine["project_title_en"]) == {"Road"}
    assert set(mine["zone_title_es"]) == {"Norte", "south"}
    assert any(
        r.narration.es == "Pérdida: Carretera, forest, Norte"
        for r in made.journal.records
        if isinstance(r, Entry)
    )
    with pytest.raises(InputError) as caught:
        plan(titles={"road": 3})
    assert caught.value.findings[0].code == "cumulative.title"


def test_gains_enter_in_the_measure_of_the_balance():
    # The plan counted discounted years: 75 and 43 in the balance are 37.5 and 21.5 of its gains.
    counted = dataclasses.replace(PLAN, offset_likely=np.array([75.0, 43.0]))
    mine = plan(portfolio=counted).accounts.query("project == 'road' and entry == 'gain'")
    assert mine["amount_qha"].tolist() == [75.0, 25.0, 18.0]


def test_without_a_name_the_plan_does_not_enter():
    made = plan(project=None, zone=None)
    assert "road" not in set(made.accounts["project"])


@pytest.mark.parametrize("lacking", ["balance", "decision_date", "zone", "project"])
def test_a_plan_needs_its_parts(lacking):
    with pytest.raises(InputError, match=lacking.partition("_")[2] or lacking):
        plan(**{lacking: None})


def test_a_parcel_of_this_study_on_land_that_another_claims():
    @dataclass(frozen=True)
    class Land:
        name: str
        geometry: object
        title: object = "somewhere"

    places = [
        Land("x1", box(0, 0, 1, 1)),
        Land("p1", box(0, 0, 1, 1)),
        Land("else", box(0, 0, 1, 1)),
    ]
    with pytest.raises(InputError, match=r"p1 \+ x1"):
        plan(parcels=places)


def test_days_are_iso():
    assert plan(since="2010-01-01").balance["earlier_loss"].max() == 30.0
    with pytest.raises(InputError) as caught:
        plan(as_of="next year")
    assert caught.value.findings[0].code == "cumulative.day"


def test_the_declaration_names_every_argument():
    declared = {p.name for p in (*METHOD.inputs, *METHOD.parameters)}
    assert declared == set(inspect.signature(cumulative_accounts).parameters)
    assert METHOD.resolve() is cumulative_accounts
