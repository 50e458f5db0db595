"""Reference scorer of the CSMM specification: control statuses in, scorecard out, in exact fractions.

    python3 reference.py           writes vectors.json from inputs.json, after checking the properties of every vector
    python3 reference.py --check   the same, but only compares with the vectors.json that is there

Uses only the standard library. Implements the specification and the catalogue, and shares no code with another implementation, so that it can
disagree with one.
"""

import json
import random
import sys
from collections import namedtuple
from fnmatch import fnmatchcase
from fractions import Fraction
from math import floor
from pathlib import Path

HERE = Path(__file__).parent
SEVERITY_POINTS = {"critical": 4, "high": 3, "medium": 2, "low": 1}
LEVEL_NAMES = {1: "Exposed", 2: "Guarded", 3: "Hardened", 4: "Verified", 5: "Autonomous"}
LEVEL_WEIGHTS = {1: 35, 2: 25, 3: 20, 4: 12, 5: 8}
PILLAR_WEIGHTS = {"iam": 30, "networking": 20, "storage": 20, "compute": 15, "monitoring": 15}
STATUSES = ("PASSED", "FAILED", "NOT_APPLICABLE", "NO_DATA")

CONTROLS = json.loads((HERE / "controls.json").read_text())
IDS = [control["id"] for control in CONTROLS]
CELLS = [(pillar, level) for pillar in PILLAR_WEIGHTS for level in LEVEL_WEIGHTS]

# Severity points of one pillar and level. `earned` is an integer for an account, a fraction for an organization.
Cell = namedtuple("Cell", "earned possible critical_failed")


# --- From statuses to cells


def points(control):
    return SEVERITY_POINTS[control["severity"]]


def status_of(statuses, control):
    return statuses.get(control["id"], "NO_DATA")


def controls_by_cell():
    by_cell = {cell: [] for cell in CELLS}
    for control in CONTROLS:
        by_cell[control["pillar"], control["level"]].append(control)
    return by_cell


CONTROLS_BY_CELL = controls_by_cell()
FULL_POINTS = {cell: sum(map(points, controls)) for cell, controls in CONTROLS_BY_CELL.items()}


def account_cell(controls, statuses):
    earned = possible = 0
    critical_failed = False
    for control in controls:
        status = status_of(statuses, control)
        if status == "NOT_APPLICABLE":
            continue
        possible += points(control)
        if status == "PASSED":
            earned += points(control)
        if status == "FAILED" and control["severity"] == "critical":
            critical_failed = True
    return Cell(earned, possible, critical_failed)


def account_cells(statuses):
    return {cell: account_cell(controls, statuses) for cell, controls in CONTROLS_BY_CELL.items()}


def organization_cells(weighted_cells):
    """Cells of an organization from (weight, cells) per account: the mean share where not empty, on the catalogue's full points."""
    cells = {}
    for key in CELLS:
        filled = [(weight, cells_of[key]) for weight, cells_of in weighted_cells if cells_of[key].possible > 0]
        if not filled:
            cells[key] = Cell(Fraction(0), 0, False)
            continue
        total = sum(weight * Fraction(cell.earned, cell.possible) for weight, cell in filled)
        mean = total / sum(weight for weight, _ in filled)
        cells[key] = Cell(mean * FULL_POINTS[key], FULL_POINTS[key], any(cell.critical_failed for _, cell in filled))
    return cells


def weakest_statuses(accounts):
    """One status per control: a control passes only where it passes in every account that it applies to."""
    weakest = {}
    for control in CONTROLS:
        seen = {status_of(statuses, control) for statuses in accounts}
        weakest[control["id"]] = next(s for s in ("FAILED", "NO_DATA", "PASSED", "NOT_APPLICABLE") if s in seen)
    return weakest


def coverage(weighted_statuses):
    known = possible = Fraction(0)
    for weight, statuses in weighted_statuses:
        for control in CONTROLS:
            status = status_of(statuses, control)
            possible += 0 if status == "NOT_APPLICABLE" else weight * points(control)
            known += weight * points(control) if status in ("PASSED", "FAILED") else 0
    return 100 * known / possible if possible else Fraction(0)


# --- From cells to scores


def percent(earned, possible):
    return 100 * Fraction(earned) / possible if possible else None


def passes_gate(earned, possible):
    """At least 80 %; nothing to earn passes vacuously."""
    return 5 * earned >= 4 * possible


def achieved(cell, strict):
    return passes_gate(cell.earned, cell.possible) and not (strict and cell.critical_failed)


def unlocked_cells(cells, strict):
    unlocked = set()
    for pillar in PILLAR_WEIGHTS:
        for level in LEVEL_WEIGHTS:
            unlocked.add((pillar, level))
            if not achieved(cells[pillar, level], strict):
                break
    return unlocked


def pillar_score(cells, pillar, unlocked):
    """Weighted mean over the non-empty cells, a locked one counting 0; None when all are empty."""
    total = weights = Fraction(0)
    for level, weight in LEVEL_WEIGHTS.items():
        cell = cells[pillar, level]
        if cell.possible == 0:
            continue
        weights += weight
        if (pillar, level) in unlocked:
            total += weight * percent(cell.earned, cell.possible)
    return total / weights if weights else None


def overall_score(cells, unlocked):
    total = weights = Fraction(0)
    for pillar, weight in PILLAR_WEIGHTS.items():
        score = pillar_score(cells, pillar, unlocked)
        if score is not None:
            total += weight * score
            weights += weight
    return total / weights if weights else None


def row_points(cells, unlocked, level):
    earned = sum(cells[pillar, level].earned for pillar in PILLAR_WEIGHTS if (pillar, level) in unlocked)
    return earned, sum(cells[pillar, level].possible for pillar in PILLAR_WEIGHTS)


def row_locked(unlocked, level):
    return all((pillar, level) not in unlocked for pillar in PILLAR_WEIGHTS)


def row_achieved(cells, unlocked, level, strict):
    if strict and any(cells[pillar, level].critical_failed for pillar in PILLAR_WEIGHTS):
        return False
    return not row_locked(unlocked, level) and passes_gate(*row_points(cells, unlocked, level))


def headline_level(cells, unlocked, strict):
    level = 1
    while level < 5 and row_achieved(cells, unlocked, level, strict):
        level += 1
    return level


# --- The scorecard, exact


def nothing_applies(cells):
    return all(cell.possible == 0 for cell in cells.values())


def headline(cells, strict=False):
    """Nothing to score has no level and no number: None, not 0 and not level 5."""
    if nothing_applies(cells):
        return {"overall": None, "level": None}
    unlocked = unlocked_cells(cells, strict)
    return {"overall": overall_score(cells, unlocked), "level": headline_level(cells, unlocked, strict)}


def row_card(cells, unlocked, level):
    locked = row_locked(unlocked, level)
    score = None if locked else percent(*row_points(cells, unlocked, level))
    return {"level": level, "name": LEVEL_NAMES[level], "score": score, "locked": locked}


def cell_card(cell, level, unlocked):
    return {
        "level": level,
        "score": percent(cell.earned, cell.possible),
        "earned": cell.earned,
        "possible": cell.possible,
        "achieved": achieved(cell, strict=False),
        "unlocked": unlocked,
    }


def pillar_card(cells, pillar, unlocked):
    return {
        "score": pillar_score(cells, pillar, unlocked),
        "level": max(level for level in LEVEL_WEIGHTS if (pillar, level) in unlocked),
        "levels": [cell_card(cells[pillar, level], level, (pillar, level) in unlocked) for level in LEVEL_WEIGHTS],
    }


def scorecard(cells, covered, weakest=None):
    unlocked = unlocked_cells(cells, strict=False)
    standard = headline(cells)
    card = {
        "overall": standard["overall"],
        "potential": overall_score(cells, set(CELLS)),
        "coverage": covered,
        "level": standard["level"],
        "levelName": LEVEL_NAMES.get(standard["level"]),
        "strict": headline(cells, strict=True),
    }
    if weakest is not None:
        card["weakestLink"] = headline(account_cells(weakest))
    card["levels"] = [row_card(cells, unlocked, level) for level in LEVEL_WEIGHTS]
    card["pillars"] = {pillar: pillar_card(cells, pillar, unlocked) for pillar in PILLAR_WEIGHTS}
    return card


def checked(statuses):
    for control_id, status in statuses.items():
        if control_id not in IDS:
            raise ValueError(f"unknown control {control_id}")
        if status not in STATUSES:
            raise ValueError(f"unknown status {status} of {control_id}; allowed: {', '.join(STATUSES)}")
    return statuses


def exact_weight(weight):
    """The decimal number as written: 0.1 is one tenth, not the binary fraction nearest to it."""
    exact = Fraction(str(weight))
    if exact <= 0:
        raise ValueError(f"weight {weight} is not positive")
    return exact


def score(vector_input):
    """Exact scorecard of {"statuses": {id: status}} or {"accounts": {id: {"weight", "statuses"}}}."""
    if "statuses" in vector_input:
        statuses = checked(vector_input["statuses"])
        return scorecard(account_cells(statuses), coverage([(1, statuses)]))
    weighted = [(exact_weight(a["weight"]), checked(a["statuses"])) for a in vector_input["accounts"].values()]
    if not weighted:
        raise ValueError("an organization has at least one account")
    cells = organization_cells([(weight, account_cells(statuses)) for weight, statuses in weighted])
    return scorecard(cells, coverage(weighted), weakest_statuses([statuses for _, statuses in weighted]))


def displayed(value):
    """The card as published: every fraction with one decimal, rounded down."""
    if isinstance(value, dict):
        return {key: displayed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [displayed(item) for item in value]
    return floor(value * 10) / 10 if isinstance(value, Fraction) else value


# --- The inputs' shorthand


def random_statuses(spec):
    """Mixed statuses; `passed` holds a percentage per level, which each pillar's luck bends. Draws only random(), whose sequence is stable."""
    draw = random.Random(spec["seed"]).random
    luck = {pillar: 2 * draw() for pillar in PILLAR_WEIGHTS}
    statuses = {}
    for control in CONTROLS:
        missed = luck[control["pillar"]] * (100 - spec["passed"][control["level"] - 1]) / 100
        which = draw()
        other = ("FAILED", "FAILED", "NO_DATA", "NOT_APPLICABLE")[floor(4 * draw())]
        statuses[control["id"]] = other if which < missed else "PASSED"
    return statuses


def expanded_statuses(spec):
    """Statuses from {pattern: status}, where a later pattern wins and a control that none matches stays unnamed, or from a seed."""
    if "random" in spec:
        return random_statuses(spec["random"])
    statuses = {}
    for pattern, status in spec["statuses"].items():
        matching = [control_id for control_id in IDS if fnmatchcase(control_id, pattern)]
        if not matching:
            raise ValueError(f"no control matches {pattern}")
        statuses.update({control_id: status for control_id in matching})
    return {control_id: statuses[control_id] for control_id in IDS if control_id in statuses}


def expanded(case):
    if "accounts" not in case:
        return {"statuses": expanded_statuses(case)}
    accounts = {key: {"weight": a["weight"], "statuses": expanded_statuses(a)} for key, a in case["accounts"].items()}
    return {"accounts": accounts}


# --- Properties, checked on every vector's exact numbers


def require(condition, property_name):
    if not condition:
        raise AssertionError(property_name)


def require_headlines(card):
    """A card has every headline number or, if no pillar has a score, none of them."""
    headlines = [card["strict"], *([card["weakestLink"]] if "weakestLink" in card else [])]
    numbers = [card["overall"], card["potential"], card["level"], card["levelName"]]
    numbers += [each[key] for each in headlines for key in ("overall", "level")]
    require(0 <= card["coverage"] <= 100, "coverage lies between 0 and 100")
    if all(pillar["score"] is None for pillar in card["pillars"].values()):
        require(numbers == [None] * len(numbers), "nothing to score has no level and no number")
        require(card["coverage"] == 0, "nothing to score has a coverage of 0")
        return
    require(None not in numbers, "a card with a pillar score has every headline number")
    for value in (card["overall"], card["potential"], *(each["overall"] for each in headlines)):
        require(0 <= value <= 100, "headline numbers lie between 0 and 100")
    require(card["strict"]["overall"] <= card["overall"] <= card["potential"], "strict <= standard <= potential")
    require(1 <= card["strict"]["level"] <= card["level"] <= 5, "1 <= strict level <= level <= 5")


def require_bounds(card):
    require_headlines(card)
    for row in card["levels"]:
        require(row["score"] is None or 0 <= row["score"] <= 100, "row scores lie between 0 and 100")
        require(not (row["locked"] and row["score"] is not None), "a locked row has no score")
    for pillar in card["pillars"].values():
        require(pillar["score"] is None or 0 <= pillar["score"] <= 100, "pillar scores lie between 0 and 100")
        for cell in pillar["levels"]:
            require(0 <= cell["earned"] <= cell["possible"], "a cell earns between nothing and all of its points")
            require(cell["unlocked"] == (cell["level"] <= pillar["level"]), "a pillar's level is its highest unlocked one")


def lowered(before, after):
    """True when any number or gate of the card fell; a score that appears is progress, one that vanishes is not."""
    if isinstance(before, dict):
        return any(lowered(before[key], after[key]) for key in before if key not in ("locked", "levelName", "name")) or (
            after.get("locked", False) and not before.get("locked", False)
        )
    if isinstance(before, list):
        return any(map(lowered, before, after))
    if before is None:
        return False
    return after is None or after < before


def fixes(vector_input):
    """Every input that differs in one control, PASSED where it was FAILED or NO_DATA."""
    if "statuses" in vector_input:
        for control in CONTROLS:
            if status_of(vector_input["statuses"], control) in ("FAILED", "NO_DATA"):
                yield {"statuses": {**vector_input["statuses"], control["id"]: "PASSED"}}
        return
    for key, account in vector_input["accounts"].items():
        for fixed in fixes({"statuses": account["statuses"]}):
            yield {"accounts": {**vector_input["accounts"], key: {"weight": account["weight"], **fixed}}}


def backwards(value):
    return {key: backwards(item) for key, item in reversed(value.items())} if isinstance(value, dict) else value


def require_same_as_organization_of_one(vector_input, card):
    """All but the rows, whose pooling uses the catalogue's full points for an organization and the account's own for an account."""
    alone = score({"accounts": {"111111111111": {"weight": 7, **vector_input}}})
    for key in ("overall", "potential", "coverage"):
        require(alone[key] == card[key], f"an organization of one account has its {key}")
    require(alone["strict"]["overall"] == card["strict"]["overall"], "an organization of one account has its strict score")
    require(alone["weakestLink"] == {key: card[key] for key in ("overall", "level")}, "the weakest link of one account is that account")
    for pillar, expected in card["pillars"].items():
        require(alone["pillars"][pillar]["score"] == expected["score"], "an organization of one account has its pillar scores")
        require(alone["pillars"][pillar]["level"] == expected["level"], "an organization of one account has its pillar levels")


def require_properties(vector_input):
    card = score(vector_input)
    require_bounds(card)
    require(score(backwards(vector_input)) == card, "the order of accounts and controls does not matter")
    if "statuses" in vector_input:
        require_same_as_organization_of_one(vector_input, card)
    for fixed in fixes(vector_input):
        require(not lowered(card, score(fixed)), "fixing one control lowers nothing")


# --- Writing


def written(vectors):
    """JSON with a line per part of a scorecard, so that a diff shows which number moved."""
    blocks = []
    for vector in vectors:
        parts = [f'    "{key}": {json.dumps(value)}' for key, value in vector["scorecard"].items() if key not in ("levels", "pillars")]
        rows = ",\n".join(f"      {json.dumps(row)}" for row in vector["scorecard"]["levels"])
        pillars = ",\n".join(f'      "{key}": {json.dumps(pillar)}' for key, pillar in vector["scorecard"]["pillars"].items())
        parts += [f'    "levels": [\n{rows}\n    ]', f'    "pillars": {{\n{pillars}\n    }}']
        head = f'  "name": {json.dumps(vector["name"])},\n  "input": {json.dumps(vector["input"])},\n'
        blocks.append("{\n" + head + '  "scorecard": {\n' + ",\n".join(parts) + "\n  }\n}")
    return "[\n" + ",\n".join(blocks) + "\n]\n"


def main():
    cases = json.loads((HERE / "inputs.json").read_text())
    require(len({case["name"] for case in cases}) == len(cases), "every vector has its own name")
    vectors = []
    for case in cases:
        vector_input = expanded(case)
        try:
            require_properties(vector_input)
        except AssertionError as broken:
            sys.exit(f"{case['name']}: does not hold: {broken}")
        vectors.append({"name": case["name"], "input": vector_input, "scorecard": displayed(score(vector_input))})
    text = written(vectors)
    target = HERE / "vectors.json"
    if "--check" in sys.argv[1:]:
        if not target.exists() or target.read_text() != text:
            sys.exit("vectors.json differs from what inputs.json gives: run python3 reference.py")
    else:
        target.write_text(text)
    print(f"{len(vectors)} vectors; properties hold on each")


if __name__ == "__main__":
    main()
