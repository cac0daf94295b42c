"""Every kind of fault is named by file, key path and reason: one thing is changed in a good file."""

from __future__ import annotations

import json
import random
import tomllib
from datetime import date

import pytest

from casework.programmes.loader import check
from tests.support.runs import rounds

WAY_OUT = (
    'moves = [\n  { to = "done", label = "Done", roles = ["caseworker", "coordinator"], '
    'reason_required = true, checks = ["allocated"] },\n]'
)

FAULTS = {
    "unknown key": ('version = "1"\nd', 'version = "1"\nverzion = "1"\nd', "verzion", "unknown key"),
    "unknown key inside": ("many = true\n", "mani = true\n", "person_role[1].mani", "unknown key"),
    "missing key": ('name = "Safer Homes"\n', "", "name", "missing key"),
    "missing key inside": ("window_months = 12\n", "", "repeat.window_months", "missing key"),
    "missing word": ('worker = "surveyor"\n', "", "words.worker", "missing key"),
    "word of the wrong type": ('worker = "surveyor"', "worker = 1", "words.worker", "should be text"),
    "text for a number": ("days = 10", 'days = "ten"', "clock.survey.days", "whole number"),
    "truth for a number": ("days = 10", "days = true", "clock.survey.days", "whole number"),
    "number for a truth": ("many = true", "many = 1", "person_role[1].many", "true or false"),
    "number for text": ('title = "The home"', "title = 7", "section[1].title", "should be text"),
    "text for a date": (
        "valid_from = 2019-04-01",
        'valid_from = "2019-04-01"',
        "list.support_type.codes[5].valid_from",
        "should be a date",
    ),
    "blank text": ('title = "The home"', 'title = " "', "section[1].title", "blank"),
    "table for a list": (
        'roles = ["caseworker", "coordinator"]',
        "roles = {}",
        "stage[1].moves[0].roles",
        "list",
    ),
    "nought days": ("days = 10", "days = 0", "clock.survey.days", "1 or more"),
    "a number under nought": ("warn_days = 3", "warn_days = -3", "clock.survey.warn_days", "0 or more"),
    "an id with capitals": ('id = "known"', 'id = "Known"', "risk_tool[0].items[2].id", "lower-case"),
    "a list id with capitals": ("[list.reason_broad]", "[list.Reason]", "list.Reason", "lower-case"),
    "reserved id": ('id = "safer_homes"', 'id = "board"', "id", "no programme"),
    "reference without number": ("-{number:04d}", "", "reference_pattern", "{number}"),
    "reference of something else": ("{number:04d}", "{ward}", "reference_pattern", "may hold"),
    "unknown role of a mover": (
        'roles = ["caseworker", ',
        'roles = ["king", ',
        "stage[1].moves[0].roles[0]",
        "king",
    ),
    "nobody may move": (
        'roles = ["caseworker", "coordinator"]',
        "roles = []",
        "stage[1].moves[0].roles",
        "nobody can move",
    ),
    "unknown check": ('checks = ["allocated"]', 'checks = ["tidy"]', "stage[1].moves[0].checks[0]", "tidy"),
    "duplicate code": ('id = "alarm"', 'id = "locks"', "list.support_type.codes[2].id", "already used"),
    "duplicate label": (
        'label = "Alarm"',
        'label = "Locks"',
        "list.support_type.codes[2].label",
        "already used",
    ),
    "duplicate person role": ('id = "perpetrator"', 'id = "subject"', "person_role[1].id", "already used"),
    "duplicate field": ('id = "landlord_agrees"', 'id = "reason"', "field[1].id", "already used"),
    "field of a reserved id": ('id = "landlord_agrees"', 'id = "age"', "field[1].id", "something else"),
    "duplicate section": ('id = "equality"', 'id = "home"', "section[2].id", "already used"),
    "duplicate stage": ('id = "done"\n', 'id = "survey"\n', "stage[2].id", "already used"),
    "duplicate risk item": ('id = "alone"', 'id = "again"', "risk_tool[0].items[1].id", "already used"),
    "duplicate report table": (
        'id = "interventions"',
        'id = "reason"',
        "report[0].tables[1].id",
        "already used",
    ),
    "duplicate import column": (
        'name = "postcode"',
        'name = "surname"',
        "import.file[0].columns[4].name",
        "already",
    ),
    "field asked twice": (
        'fields = ["gender"',
        'fields = ["ward", "gender"',
        "section[2].fields[0]",
        "already asked",
    ),
    "field asked nowhere": ('"landlord_agrees", ', "", "field[1].id", "asked in no section"),
    "unknown list": ('list = "reason"\ncounted', 'list = "raisin"\ncounted', "field[0].list", "raisin"),
    "coded field without a list": ('list = "reason"\ncounted', "counted", "field[0].list", "names its list"),
    "text with a list": (
        'kind = "code"\nlist = "reason"',
        'kind = "text"\nlist = "reason"',
        "field[0].list",
        "no list",
    ),
    "counted free text": (
        'kind = "code"\nlist = "reason"\ncounted',
        'kind = "long_text"\ncounted',
        "field[0].counted",
        "sealed",
    ),
    "unknown kind of field": ('kind = "code"\nlist = "reason"', 'kind = "essay"', "field[0].kind", "essay"),
    "unknown field": ('fields = ["gender"', 'fields = ["jender"', "section[2].fields[0]", "jender"),
    "unknown role of a section": (
        'title = "The home"\nabout = "subject"',
        'title = "The home"\nabout = "object"',
        "section[1].about",
        "object",
    ),
    "required but not asked": (
        'required = ["reason"]',
        'required = ["season"]',
        "section[0].required[0]",
        "season",
    ),
    "shown by an unknown field": (
        '{ field = "tenure"',
        '{ field = "tenor"',
        "field[1].show_when.field",
        "tenor",
    ),
    "shown by a field not asked": ('"ward", "tenure"', '"ward"', "section[1].fields[2]", "not asked about"),
    "shown by an unknown code": (
        'codes = ["council_tenant"',
        'codes = ["serf"',
        "field[1].show_when.codes[0]",
        "serf",
    ),
    "shown by words": ('{ field = "tenure"', '{ field = "landlord"', "field[1].show_when.field", "no codes"),
    "validity that ends before it begins": (
        "valid_from = 2019-04-01",
        "valid_from = 2019-04-01, valid_to = 2018-04-01",
        "list.support_type.codes[5].valid_from",
        "is after",
    ),
    "map to an unknown list": (
        "maps.reason_broad",
        "maps.reason_brood",
        "list.reason.maps.reason_brood",
        "no list",
    ),
    "map to an unknown code": (
        'person = ["domestic_abuse"',
        'persona = ["domestic_abuse"',
        "list.reason.maps.reason_broad.persona",
        "no code",
    ),
    "map from an unknown code": (
        '["burglary", "repeat_burglary"]',
        '["burglary", "burglar"]',
        "list.reason.maps.reason_broad.burglary[1]",
        "burglar",
    ),
    "code in two rows": (
        '["domestic_abuse", "harassment"]',
        '["domestic_abuse", "burglary"]',
        "list.reason.maps.reason_broad.person[1]",
        "another row",
    ),
    "list that extends nothing": (
        'title = "Who asked"',
        'title = "Who asked"\nextends = "nobody"',
        "list.source.extends",
        "nobody",
    ),
    "list without codes": (
        "[list.source]",
        '[list.empty]\ntitle = "E"\n\n[list.source]',
        "list.empty.codes",
        "code",
    ),
    "move to nowhere": ('to = "done"', 'to = "dune"', "stage[1].moves[0].to", "dune"),
    "stage nobody can reach": ('to = "declined"', 'to = "done"', "stage[3].id", "no move leads"),
    "stage nobody can leave": (
        WAY_OUT,
        "",
        "stage[1].moves",
        "leave",
    ),
    "no stage of a kind": ('kind = "declined"', 'kind = "closed"', "stage", "'declined'"),
    "unknown kind of stage": ('kind = "declined"', 'kind = "lost"', "stage[3].kind", "lost"),
    "first stage that screens nothing": (
        'kind = "screening"',
        'kind = "open"',
        "stage[0].kind",
        "first stage",
    ),
    "bands that leave scores out": (
        'label = "Standard", least = 0',
        'label = "Standard", least = 1',
        "risk_tool[0].bands[0].least",
        "begins at 0",
    ),
    "bands that overlap": (
        'label = "Urgent", least = 2',
        'label = "Urgent", least = 0',
        "risk_tool[0].bands[1].least",
        "overlaps",
    ),
    "band out of reach": (
        'label = "Urgent", least = 2',
        'label = "Urgent", least = 4',
        "risk_tool[0].bands[1].least",
        "highest is 3",
    ),
    "tool about nobody": (
        'version = "1"\nabout = "subject"',
        'version = "1"\nabout = "object"',
        "risk_tool[0].about",
        "object",
    ),
    "unknown shared letter": (
        'letter = ["acknowledgement"',
        'letter = ["valentine"',
        "use.letter[0]",
        "valentine",
    ),
    "unknown shared tool": ("[use]\n", '[use]\nrisk_tool = ["dice"]\n', "use.risk_tool[0]", "dice"),
    "clock that stops when it starts": (
        'stops = "first_contact"',
        'stops = "accepted"',
        "clock.survey.stops",
        "starts",
    ),
    "clock of an unknown event": (
        'starts = "accepted"',
        'starts = "easter"',
        "clock.survey.starts",
        "easter",
    ),
    "clock that warns too early": ("warn_days = 3", "warn_days = 11", "clock.survey.warn_days", "before"),
    "pair without a second side": ('side = "harming"', 'side = "other"', "repeat.on", "harming"),
    "unknown column list": (
        'kind = "code", list = "reason", target',
        'kind = "code", list = "raisin", target',
        "import.file[0].columns[5].list",
        "raisin",
    ),
    "column into nothing": (
        "answer.referral.reason",
        "answer.subject.reason",
        "import.file[0].columns[5].target",
        "no section asks",
    ),
    "column into an unknown place": (
        "address.subject.postcode",
        "addres.subject.postcode",
        "import.file[0].columns[4].target",
        "begins with none",
    ),
    "column into an unknown role": (
        "person.subject.surname",
        "person.object.surname",
        "import.file[0].columns[3].target",
        "object",
    ),
    "column into an unknown part": (
        "person.subject.surname",
        "person.subject.shoe_size",
        "import.file[0].columns[3].target",
        "shoe_size",
    ),
    "column of the wrong kind": (
        'kind = "date", target = "referral.date_received"',
        'kind = "text", target = "referral.date_received"',
        "import.file[0].columns[1].kind",
        "'date'",
    ),
    "entry without a date": (
        'target = "entry.date"',
        'target = "entry.id"',
        "import.file[1].columns",
        "entry.date",
    ),
    "referral column in a file of entries": (
        'target = "entry.date"',
        'target = "referral.date_received"',
        "import.file[1].columns[1].target",
        "does not belong",
    ),
    "two columns into one": (
        "address.subject.postcode",
        "person.subject.surname",
        "import.file[0].columns",
        "2 columns fill",
    ),
    "report of an unknown list": (
        'map_to = "reason_broad"',
        'map_to = "reason_brood"',
        "report[0].tables[1].map_to",
        "reason_brood",
    ),
    "report of a field not counted": (
        'list = "reason"\ncounted = true',
        'list = "reason"',
        "report[0].tables[1].field",
        "not counted",
    ),
    "report of a field not asked": (
        'field = "reason"\nabout = "referral"',
        'field = "reason"\nabout = "subject"',
        "report[0].tables[1].field",
        "no section asks",
    ),
    "report of unknown entries": (
        'of = "entries"\nkind = "support"',
        'of = "entries"\nkind = "sport"',
        "report[0].tables[0].kind",
        "sport",
    ),
    "report row that cannot be": (
        'map_to = "reason_broad"',
        'map_to = "reason_broad"\nalways = ["robbery"]',
        "report[0].tables[1].always[0]",
        "robbery",
    ),
    "code without a row": (
        'person = ["domestic_abuse", "harassment"]',
        'person = ["domestic_abuse"]',
        "report[0].tables[1].map_to",
        "harassment",
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_named_with_its_key_path_and_reason(kind, safer_homes, save):
    old, new, key_path, reason = FAULTS[kind]
    assert old in safer_homes
    if kind == "pair without a second side":
        safer_homes = safer_homes.replace('on = "subject"', 'on = "pair"')
    path = save(safer_homes.replace(old, new, 1))

    faults = check([path])

    assert any(fault.key_path == key_path and reason in fault.reason for fault in faults), faults
    assert {fault.file for fault in faults} == {str(path)}


LETTER = '\n[[letter]]\nid = "bye"\ntitle = "Bye"\nrecipient = "subject"\nbody = "Dear {recipient_name}"\n'
BLOCK = (
    '\n[[block]]\nact = "mediation"\nreason = "No"\nflags = ["weapons"]\n'
    'when = [{ about = "referral", field = "reason", codes = ["domestic_abuse"] }]\n'
)
PANEL = (
    '\n[panel]\nname = "P"\nfrequency = "Monthly"\nminutes_per_case = 10\noutcomes = "reason"\n'
    'core = ["police"]\nquorum = [["police", "fire"]]\nqueue_stages = ["survey"]\nhead_fields = ["reason"]\n'
    'alert = ["fire"]\n'
    'decisions = [{ id = "burglary", to = "survey" }, { id = "harassment", heard = false, then = "defer" }]\n'
)
AGES = (
    '\n[[report.tables]]\nid = "age"\ntitle = "Age"\nrow_heading = "Age"\ncounts = "requests"\nof = "ages"\n'
    'about = "subject"\nbands = [\n  { id = "child", label = "Child", least = 0, most = 17 },\n'
    '  { id = "adult", label = "Adult", least = 18 },\n]\n'
)
SHARED_FILE = '\n[[import.file]]\nname = "more.csv"\nholds = "referrals"\ncolumns_of = "requests.csv"\n'
MARKED = (
    '\n[[report]]\nid = "two"\ntitle = "Two"\ntables_of = "year_end"\n'
    'columns = [{ id = "all", label = "All" }]\n'
)

PUT_TO = (
    '\n[[put_to]]\nprogramme = "asb_support"\ndestination = "community_safety"\nactivity = "home_visit"\n'
)

ADDITIONS = {
    "unknown recipient": (
        LETTER,
        'recipient = "subject"',
        'recipient = "queen"',
        "letter[0].recipient",
        "queen",
    ),
    "unknown placeholder": (LETTER, "{recipient_name}", "{nickname}", "letter[0].body", "nickname"),
    "open brace": (LETTER, "{recipient_name}", "{recipient_name", "letter[0].body", "brace"),
    "letter twice": (LETTER, 'id = "bye"', 'id = "acknowledgement"', "use.letter[0]", "defined here too"),
    "block of an act that cannot be logged": (
        BLOCK + '\n[list.activity_kind]\ntitle = "Activity"\ncodes = [{ id = "visit", label = "Visit" }]\n',
        "",
        "",
        "block[0].act",
        "mediation_session",
    ),
    "block of an unknown act": (BLOCK, "mediation", "meditation", "block[0].act", "meditation"),
    "block by an unknown flag": (BLOCK, '["weapons"]', '["bunting"]', "block[0].flags[0]", "bunting"),
    "block by an unknown code": (
        BLOCK,
        'codes = ["domestic_abuse"]',
        'codes = ["x"]',
        "block[0].when[0].codes[0]",
        "x",
    ),
    "block by a field not asked": (BLOCK, '"referral"', '"subject"', "block[0].when[0].field", "not asked"),
    "block about nobody": (BLOCK, '"referral"', '"object"', "block[0].when[0].about", "object"),
    "block that never stops": (
        BLOCK,
        BLOCK.partition('"No"\n')[2],
        "",
        "block[0]",
        "stops nothing",
    ),
    "core agency unknown": (PANEL, 'core = ["police"]', 'core = ["scouts"]', "panel.core[0]", "scouts"),
    "quorum unknown": (PANEL, '"fire"', '"scouts"', "panel.quorum[0][1]", "scouts"),
    "outcomes unknown": (PANEL, '"reason"', '"verdicts"', "panel.outcomes", "verdicts"),
    "refusal to a stage outside the queue": (
        PANEL,
        'queue_stages = ["survey"]',
        'queue_stages = ["survey"]\nrefusal_to = "done"',
        "panel.refusal_to",
        "queue_stages",
    ),
    "put by an unknown activity": (
        PUT_TO,
        '"home_visit"',
        '"parachuting"',
        "put_to[0].activity",
        "parachuting",
    ),
    "put to itself": (PUT_TO, '"asb_support"', '"safer_homes"', "put_to[0].programme", "itself"),
    "queue of an unknown stage": (PANEL, '["survey"]', '["parade"]', "panel.queue_stages[0]", "parade"),
    "head of an unknown field": (
        PANEL,
        'head_fields = ["reason"]',
        'head_fields = ["mood"]',
        "panel.head_fields[0]",
        "mood",
    ),
    "alert to unknown agency": (PANEL, 'alert = ["fire"]', 'alert = ["scouts"]', "panel.alert[0]", "scouts"),
    "decision on no outcome": (PANEL, 'id = "burglary"', 'id = "flood"', "panel.decisions[0].id", "flood"),
    "decision twice": (PANEL, 'id = "harassment"', 'id = "burglary"', "panel.decisions[1].id", "burglary"),
    "decision to no stage": (PANEL, 'to = "survey"', 'to = "moon"', "panel.decisions[0].to", "moon"),
    "decision closing without a reason": (
        PANEL,
        'to = "survey"',
        'to = "done"',
        "panel.decisions[0].closure_reason",
        "closes",
    ),
    "age gap": (AGES, "least = 18", "least = 19", "report[0].tables[2].bands[1].least", "18 to 18"),
    "age overlap": (AGES, "least = 18", "least = 17", "report[0].tables[2].bands[1].least", "overlaps"),
    "no age for the youngest": (
        AGES,
        "least = 0",
        "least = 1",
        "report[0].tables[2].bands[0].least",
        "0 to 0",
    ),
    "no age for the oldest": (
        AGES,
        "least = 18",
        "least = 18, most = 99",
        "report[0].tables[2].bands[1].most",
        "oldest",
    ),
    "band upside down": (AGES, "most = 17", "most = -1", "report[0].tables[2].bands[0].most", "0 or more"),
    "ages of nobody": (AGES, 'about = "subject"', 'about = "object"', "report[0].tables[2].about", "object"),
    "ages not counted": (
        AGES,
        'about = "subject"',
        'about = "perpetrator"',
        "report[0].tables[2].about",
        "not counted",
    ),
    "columns of no file": (
        SHARED_FILE,
        '"requests.csv"',
        '"rest.csv"',
        "import.file[2].columns_of",
        "rest.csv",
    ),
    "file twice": (SHARED_FILE, '"more.csv"', '"requests.csv"', "import.file[2].name", "already used"),
    "tables of no report": (MARKED, '"year_end"', '"year_and"', "report[1].tables_of", "year_and"),
    "two defaults": (
        '\n[[lawful_basis]]\nid = "b"\nlabel = "B"\n',
        'label = "B"',
        'label = "B"\ndefault = true',
        "lawful_basis[1].default",
        "only one",
    ),
    "headline of nothing": (
        MARKED + 'headlines = [{ id = "h", label = "H", measure = "marked", field = "reason" }]\n',
        'field = "reason"',
        'field = "season"',
        "report[1].headlines[0].field",
        "season",
    ),
}


@pytest.mark.parametrize(
    "text", [LETTER, BLOCK, PANEL, PUT_TO, AGES, SHARED_FILE, MARKED], ids=lambda text: text.split()[0]
)
def test_the_additions_are_faultless_in_themselves(text, safer_homes, save):
    assert check([save(safer_homes + text)]) == []


@pytest.mark.parametrize("kind", ADDITIONS)
def test_a_fault_in_an_addition_is_named(kind, safer_homes, save):
    text, old, new, key_path, reason = ADDITIONS[kind]
    assert old in text

    faults = check([save(safer_homes + text.replace(old, new, 1))])

    assert any(fault.key_path == key_path and reason in fault.reason for fault in faults), faults


def places(node, path=()):
    """Every place of a document."""
    for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def toml(value):
    """A value as TOML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(inner) for inner in value) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


@pytest.mark.parametrize("seed", range(rounds(60, long=1500)))
def test_whatever_stands_in_a_file_is_a_fault_or_a_programme_and_never_a_crash(seed, safer_homes, save):
    chance = random.Random(seed)
    document = tomllib.loads(safer_homes + LETTER + BLOCK + PANEL + AGES + SHARED_FILE + MARKED)
    for _ in range(chance.choice([1, 1, 2, 5])):
        *way, last = chance.choice(list(places(document)))
        node = document
        for key in way:
            node = node[key]
        if chance.random() < 0.3:
            del node[last]
        else:
            node[last] = chance.choice([7, -1, True, "x", "", "subject", [], [7], ["x"], [{}], {}, {"x": 1}])

    path = save("".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in document.items()))

    assert all(fault.file and fault.key_path and fault.reason for fault in check([path]))
