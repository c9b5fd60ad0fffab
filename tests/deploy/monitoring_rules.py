"""What alerts, dashboards, runbooks and the table of metrics must be, each rule a function that names what is wrong.

Those of STATIC read the files alone. Those of LIVE also ask a Prometheus that scrapes a whole stack (`live`).
"""
import glob
import itertools
import json
import os
import re

import yaml

import promql
from prometheus import BadQuery

OF_PROMETHEUS = {"up", "ALERTS"}
PANELS = {"stat", "timeseries", "table", "heatmap"}  # none that Grafana has deprecated
RUNBOOK_PARTS = ("Means", "At stake", "Look", "Do", "Escalate")
VARIABLES = {"__rate_interval": "1m", "__range": "5m", "job": ".+", "instance": ".+"}


class Shipped:
    """The files, read."""

    def __init__(self, root):
        def text(path):
            return open(f"{root}/{path}", encoding="utf-8").read()

        self.groups = yaml.safe_load(text("deploy/prometheus/alerts.yml"))["groups"]
        self.tests = [test for file in ("alerts_test.yml", "slow_alerts_test.yml") for test in yaml.safe_load(text(f"tests/deploy/{file}"))["tests"]]
        self.configs = [yaml.safe_load(text(f"deploy/{path}/prometheus.yml")) for path in ("prometheus", "kubernetes/components/monitoring")]
        self.boards = {os.path.basename(path): json.load(open(path, encoding="utf-8"))
                       for path in sorted(glob.glob(f"{root}/deploy/grafana/dashboards/*.json"))}
        self.runbooks = text("docs/runbooks.md")
        self.table = text("docs/monitoring.md")

    def rules(self):
        return [rule for group in self.groups for rule in group["rules"]]

    def alerts(self):
        return {rule["alert"]: rule for rule in self.rules() if "alert" in rule}

    def recorded(self):
        return {rule["record"] for rule in self.rules() if "record" in rule}

    def panels(self):
        for file, board in self.boards.items():
            for panel in board["panels"]:
                if panel["type"] != "row":
                    yield f"{file}, {panel['title']}", panel

    def panel_queries(self):
        for where, panel in self.panels():
            for target in panel["targets"]:
                yield where, with_variables(target["expr"])

    def annotation_queries(self):
        for file, board in self.boards.items():
            for annotation in board["annotations"]["list"]:
                yield f"{file}, annotation {annotation['name']}", annotation["expr"]

    def queries(self):
        """Every expression that is shipped."""
        named = ((rule.get("alert") or rule["record"], rule["expr"]) for rule in self.rules())
        return itertools.chain(named, self.panel_queries(), self.annotation_queries())

    def documented(self):
        """{metric: (type, labels, jobs)} of docs/monitoring.md."""
        rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w, ]*?) *\| ([\w, ]+) \|", self.table, re.M)
        return {name: (kind, set(re.findall(r"\w+", labels)), set(re.findall(r"\w+", jobs))) for name, kind, labels, jobs in rows}


def with_variables(expression):
    return re.sub(r"\$(\w+)", lambda name: VARIABLES[name[1]], expression)


def alerts_are_complete(shipped):
    for name, rule in shipped.alerts().items():
        if rule["labels"].get("severity") not in ("page", "ticket"):
            yield f"{name}: its severity is neither page nor ticket"
        for annotation in ("summary", "description"):
            if not rule["annotations"].get(annotation):
                yield f"{name} has no {annotation}"
        if rule["annotations"].get("runbook_url") != f"docs/runbooks.md#{name.lower()}":
            yield f"{name} does not lead to its runbook"


def alerts_have_runbooks(shipped):
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", shipped.runbooks, re.M | re.S))
    for name in set(shipped.alerts()) ^ set(sections):
        yield f"{name} is only in one of alerts.yml and runbooks.md"
    for name, section in sections.items():
        for part in RUNBOOK_PARTS:
            if f"**{part}" not in section:
                yield f"the runbook of {name} does not say: {part}"


def alerts_are_tried_both_ways(shipped):
    tried = [(case["alertname"], bool(case["exp_alerts"])) for test in shipped.tests for case in test["alert_rule_test"]]
    for name in shipped.alerts():
        for fires in (True, False):
            if (name, fires) not in tried:
                yield f"no test shows that {name} {'fires' if fires else 'stays silent'}"


def jobs_are_the_same_everywhere(shipped):
    for config in shipped.configs:
        jobs = {job["job_name"] for job in config["scrape_configs"]}
        if jobs != {"gateway", "crypto", "platform"}:
            yield f"a prometheus.yml has the jobs {jobs}"


def dashboards_are_well_made(shipped):
    if len(shipped.boards) != 6:
        yield f"there are {len(shipped.boards)} dashboards"
    for file, board in shipped.boards.items():
        if board["uid"] != "signet-" + file.removesuffix(".json"):
            yield f"{file}: its uid is not stable"
        if len({panel["id"] for panel in board["panels"]}) != len(board["panels"]):
            yield f"{file}: two panels have one id"
        cells = [(x, y) for panel in board["panels"] for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
                 for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])]
        if len(set(cells)) != len(cells) or max(x for x, _ in cells) > 23:
            yield f"{file}: panels lie on one another, or outside"
    for where, panel in shipped.panels():
        if panel["type"] not in PANELS:
            yield f"{where}: the type {panel['type']}"
        if not panel.get("description"):
            yield f"{where}: no description"
        if not panel["fieldConfig"]["defaults"].get("unit"):
            yield f"{where}: no unit"
        for source in [panel["datasource"]] + [target["datasource"] for target in panel["targets"]]:
            if source["uid"] != "${datasource}":
                yield f"{where}: only works with the data source {source['uid']}"


def metrics_exist_from_the_start(shipped, live):
    for where, query in shipped.queries():
        for name in promql.metrics(query) - live.at_start - shipped.recorded() - OF_PROMETHEUS:
            yield f"{where}: no service exports {name}"


def selectors_match_something(shipped, live):
    """Healthy alerts give nothing, whether they are right or misspelt: their selectors must give something."""
    series = [(f"test {test['name']}", re.sub(r',?(?:instance|currency|listener)="[^"]*"', "", entry["series"]).replace("{,", "{"))
              for test in shipped.tests for entry in test["input_series"] if 'job="node"' not in entry["series"]]  # a neighbour's
    seen = set()
    for where, query in itertools.chain(shipped.queries(), series):
        for name, matchers in promql.selectors(query):
            for selector in promql.parts(name, matchers):
                if selector in seen or name == "ALERTS":
                    continue
                seen.add(selector)
                if not live.prometheus.api("query", query=selector)["result"]:
                    yield f"{where}: nothing matches {selector}"


def panels_have_data(shipped, live):
    for where, query in shipped.panel_queries():
        try:
            values = live.prometheus.values(query)
        except BadQuery as error:
            yield f"{where}: {error}"
            continue
        if all(value != value for value in values):  # NaN, or nothing at all
            yield f"{where}: no data for {query}"


def annotations_evaluate(shipped, live):
    for where, query in shipped.annotation_queries():
        try:
            live.prometheus.values(query)
        except BadQuery as error:
            yield f"{where}: {error}"


def variables_have_values(shipped, live):
    for file, board in shipped.boards.items():
        for variable in board["templating"]["list"]:
            if variable["type"] == "datasource":
                continue
            query = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
            if not query or not live.prometheus.api(f"label/{query[2]}/values", **{"match[]": with_variables(query[1])}):
                yield f"{file}: ${variable['name']} has no values"


def rules_are_loaded(shipped, live):
    loaded = [rule for group in live.prometheus.api("rules")["groups"] for rule in group["rules"]]
    if len(loaded) != len(shipped.rules()):
        yield f"{len(loaded)} of {len(shipped.rules())} rules were loaded"
    for rule in loaded:
        if rule["health"] != "ok":
            yield f"{rule['name']}: {rule.get('lastError')}"


def labels_name_nobody(shipped, live):
    known = {"__name__", "job", "instance", "le"}.union(*(labels for _, labels, _ in shipped.documented().values()))
    for series in live.prometheus.api("series", **{"match[]": '{__name__=~"signet_.*|grpc_.*|process_.*"}'}):
        for label, value in series.items():
            if label not in known:
                yield f"{series['__name__']} has a label that docs/monitoring.md does not know: {label}"
            if label not in ("__name__", "instance") and (value in live.names or re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{8})?", value)):
                yield f"{series['__name__']}: the label {label} names {value}"


def metrics_are_documented(shipped, live):
    documented = shipped.documented()
    for name in set(documented) ^ set(live.exported):
        yield f"{name} is only in one of docs/monitoring.md and /metrics"
    for name in set(documented) & set(live.exported):
        if documented[name] != live.exported[name]:
            yield f"{name}: documented as {documented[name]}, exported as {live.exported[name]}"


STATIC = (alerts_are_complete, alerts_have_runbooks, alerts_are_tried_both_ways, jobs_are_the_same_everywhere, dashboards_are_well_made)
LIVE = (metrics_exist_from_the_start, selectors_match_something, panels_have_data, annotations_evaluate, variables_have_values,
        rules_are_loaded, labels_name_nobody, metrics_are_documented)
