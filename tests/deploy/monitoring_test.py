#!/usr/bin/env python3
"""Alerts and dashboards against the real thing: a whole stack that pays, is attacked, loses its database and its gateway, scraped by a
real Prometheus. Alerts fire when they must and are silent until then; every panel has data; every rule of monitoring_rules.py holds,
and each is shown to find the fault that it is for.
"""
import concurrent.futures
import copy
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import monitoring_rules
from monitoring_rules import Shipped
from prometheus import Prometheus, install, promtool

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ["SIGNET_BIN_DIR"]
JOBS = ("gateway", "crypto", "platform")
ALERTS = f"{ROOT}/deploy/prometheus/alerts.yml"


def run(*command, wanted=0, **options):
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)
    if result.returncode != wanted:
        raise SystemExit(f"{' '.join(command)} ended with {result.returncode}, not {wanted}\n{result.stdout}{result.stderr}")
    return result.stdout


class Stack:
    def __init__(self, folder):
        self.folder = folder

    def up(self):
        run(f"{ROOT}/tools/dev/stack.sh", "up", self.folder)
        self.env = dict(line.split("=", 1) for line in open(f"{self.folder}/stack.env", encoding="utf-8").read().split())
        self.admin = {job: self.env[f"{job.upper()}_ADMIN"] for job in JOBS}

    def wipe(self):
        subprocess.run([f"{ROOT}/tools/dev/stack.sh", "wipe", self.folder], capture_output=True, timeout=120, check=False)

    def metrics(self, job):
        with urllib.request.urlopen(f"http://{self.admin[job]}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def pay(self, amount, wanted=0):
        return run(f"{self.folder}/alice", "--quiet", "pay", amount, "EUR", "--to", "corner-coffee", wanted=wanted)

    def attack(self, attack):
        run(f"{BIN}/signet-attacker", attack, "--device", f"{self.folder}/devices/alice", "--gateway", self.env["GATEWAY"],
            "--server-ca", f"{self.folder}/pki/ca.pem")

    def call_what_is_forbidden(self):
        """With the crypto service's certificate, what operators may ask."""
        certificate = {f"SIGNET_TLS_{key}": f"{self.folder}/crypto/{file}" for key, file in
                       (("CERTIFICATE", "tls.pem"), ("KEY", "tls.key"), ("ROOTS", "ca.pem"))}
        run(f"{BIN}/signetctl", "status", wanted=4, env={**os.environ, **certificate, "SIGNET_PLATFORM": self.env["PLATFORM"]})

    def end_gateway(self):
        os.kill(int(open(f"{self.folder}/run/gateway.pid", encoding="utf-8").read()), signal.SIGTERM)

    def stop_postgres(self):
        run(f"{ROOT}/tools/dev/postgres.sh", "down", f"{self.folder}/postgres")


class Live:
    """What the running system says: its metrics before the first payment, and its Prometheus."""

    def __init__(self, stack):
        self.exported, self.at_start, self.names, self.prometheus = {}, set(), {"alice", "coffee", "corner-coffee"}, None
        # What has a currency exists once an account of it was seen, within a quarter of a minute.
        end = time.monotonic() + 30
        while "signet_ledger_imbalance{" not in stack.metrics("platform") and time.monotonic() < end:
            time.sleep(0.5)
        for job in JOBS:
            self.read(job, stack.metrics(job))

    def read(self, job, text):
        kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M))
        for sample, labels in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.M):
            self.at_start.add(sample)
            name = sample if sample in kinds else re.sub(r"_(bucket|sum|count)$", "", sample)
            _, known, jobs = self.exported.setdefault(name, (kinds[name], set(), set()))
            known.update(set(re.findall(r'(\w+)="', labels)) - {"le"})
            jobs.add(job)


class Checks:
    def __init__(self):
        self.failures = 0

    def fail(self, what):
        self.failures += 1
        print(f"FAIL: {what}", file=sys.stderr)

    def rule(self, rule, *arguments):
        for finding in rule(*arguments):
            self.fail(f"{rule.__name__}: {finding}")

    def fires(self, prometheus, when, wanted):
        """All of these fire, and nothing else does."""
        end = time.monotonic() + 60
        while not wanted <= prometheus.firing() and time.monotonic() < end:
            time.sleep(0.3)
        for name in sorted(wanted - prometheus.firing()):
            self.fail(f"{when}, {name} does not fire")
        for name in sorted(prometheus.firing() - wanted):
            self.fail(f"{when}, {name} fires")


def replace_in_alert(name, old, new):
    def change(shipped):
        rule = shipped.alerts()[name]
        assert old in rule["expr"], (name, old)
        rule["expr"] = rule["expr"].replace(old, new)
    return change


def change_panel(board, title, change):
    def apply(shipped):
        change(next(panel for panel in shipped.boards[board]["panels"] if panel["title"] == title))
    return apply


def forget_tests_of(name):
    def change(shipped):
        shipped.tests = [test for test in shipped.tests if test["name"] != name]
    return change


def replace_text(attribute, old, new):
    def change(shipped):
        text = getattr(shipped, attribute)
        assert old in text, old
        setattr(shipped, attribute, text.replace(old, new))
    return change


# A fault, and the rule that must find it.
FAULTS = (
    ("alerts_are_complete", lambda shipped: shipped.alerts()["HsmDown"]["labels"].pop("severity")),
    ("alerts_are_complete", lambda shipped: shipped.alerts()["HsmDown"]["annotations"].update(runbook_url="docs/runbooks.md")),
    ("alerts_have_runbooks", replace_text("runbooks", "## HsmDown\n", "")),
    ("alerts_have_runbooks", replace_text("runbooks", "**Escalate**", "Escalate")),
    ("alerts_are_tried_both_ways", forget_tests_of("HsmDown: one of two")),
    ("jobs_are_the_same_everywhere", lambda shipped: shipped.configs[1]["scrape_configs"].pop()),
    ("dashboards_are_well_made", change_panel("overview.json", "Payments", lambda panel: panel["gridPos"].update(x=1))),
    ("dashboards_are_well_made", change_panel("overview.json", "CPU", lambda panel: panel.update(type="graph"))),
    ("dashboards_are_well_made", change_panel("postgres.json", "Run again", lambda panel: panel.update(description=""))),
    ("dashboards_are_well_made", change_panel("security.json", "Replays", lambda panel: panel["fieldConfig"]["defaults"].pop("unit"))),
    ("metrics_exist_from_the_start", replace_in_alert("HsmDown", "signet_hsm_up", "signet_hsm_ok")),
    ("metrics_exist_from_the_start", change_panel("overview.json", "Open payments", lambda panel: panel["targets"][0].update(expr="max(signet_open)"))),
    ("selectors_match_something", replace_in_alert("MessagesForged", "bad_tag", "bad_tags")),
    ("selectors_match_something", replace_in_alert("NoPayments", 'outcome="confirmed"', 'outcome="paid"')),
    ("selectors_match_something", lambda shipped: shipped.tests[0]["input_series"][0].update(series='signet_hsm_up{job="hsm",instance="a"}')),
    ("panels_have_data", change_panel("security.json", "Replays", lambda panel: panel["targets"][0].update(expr="sum(rate(signet_hsm_up[)"))),
    ("panels_have_data", change_panel("security.json", "Replays", lambda panel: panel["targets"][0].update(expr='signet_hsm_up{job="gateway"}'))),
    ("annotations_evaluate", lambda shipped: shipped.boards["overview.json"]["annotations"]["list"][0].update(expr="ALERTS{")),
    ("variables_have_values", lambda shipped: shipped.boards["postgres.json"]["templating"]["list"][1]["query"].update(query="label_values(signet_db, instance)")),
    ("rules_are_loaded", lambda shipped: shipped.groups.pop()),
    ("labels_name_nobody", replace_text("table", "| gauge | version |", "| gauge |  |")),
    ("metrics_are_documented", replace_text("table", "| `signet_hsm_up` | gauge |", "| `signet_hsm_up` | counter |")),
    ("metrics_are_documented", replace_text("table", "| `signet_serving` |", "| `signet_served` |")),
)


def find_faults(checks, shipped, live):
    for name, fault in FAULTS:
        faulty = copy.deepcopy(shipped)
        fault(faulty)
        rule = getattr(monitoring_rules, name)
        arguments = (faulty,) if rule in monitoring_rules.STATIC else (faulty, live)
        if not list(rule(*arguments)):
            checks.fail(f"{name} does not find the fault it is for (number {FAULTS.index((name, fault))})")


def check_running_system(checks, shipped, stack, live):
    prometheus = live.prometheus
    for job in JOBS:
        if not prometheus.wait_for(f'count_over_time(up{{job="{job}"}}[1m]) > 2 and up{{job="{job}"}} == 1'):
            checks.fail(f"{job} is not scraped")

    for amount in ("1.00", "2.00", "3.00"):
        stack.pay(amount)
    stack.pay("99999.00", wanted=3)
    run(f"{stack.folder}/signetctl", "--quiet", "ledger", "verify")
    for moved in ('signet_payments_total{outcome="confirmed"} == 3', 'signet_payments_total{outcome="declined",reason="limit_exceeded"} == 1',
                  "signet_ledger_verified_timestamp_seconds", 'signet_devices{state="active"} == 2',
                  'increase(signet_payment_value_minor_units_total{currency="EUR"}[1m])', "signet:device_calls:rate5m"):
        if not prometheus.wait_for(moved):
            checks.fail(f"payments do not show in {moved}")
    checks.fires(prometheus, "when all is well", set())

    for _ in range(6):
        stack.attack("replay")
    stack.attack("tamper")
    for _ in range(12):
        stack.call_what_is_forbidden()
    attacked = {"MessagesReplayed", "MessagesForged", "CallsDenied"}
    checks.fires(prometheus, "under attack", attacked)
    for rule in monitoring_rules.LIVE:
        checks.rule(rule, shipped, live)
    find_faults(checks, shipped, live)

    stack.stop_postgres()
    for _ in range(7):
        stack.pay("1.00", wanted=5)
    lost = attacked | {"DatabaseDown", "ErrorBudgetBurnsFast", "ErrorBudgetBurnsSlowly"}
    checks.fires(prometheus, "without a database", lost)
    stack.end_gateway()
    checks.fires(prometheus, "without a gateway", lost | {"ServiceDown", "ReplicaDown"})


def main():
    install(f"{ROOT}/build/prometheus")
    shipped, checks = Shipped(ROOT), Checks()
    for rule in monitoring_rules.STATIC:
        checks.rule(rule, shipped)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor() as pool:
        os.chmod(folder, 0o711)
        tools = [pool.submit(promtool, "check", "rules", ALERTS)]
        tools += [pool.submit(promtool, "test", "rules", f"{ROOT}/tests/deploy/{file}") for file in ("alerts_test.yml", "slow_alerts_test.yml")]
        stack = Stack(f"{folder}/stack")
        prometheus = None
        try:
            stack.up()
            live = Live(stack)
            prometheus = live.prometheus = Prometheus(folder, f"{ROOT}/deploy/prometheus/prometheus.yml", ALERTS, stack.admin)
            prometheus.wait_until_ready()
            check_running_system(checks, shipped, stack, live)
        finally:
            if prometheus:
                prometheus.stop()
            stack.wipe()
        for tool in tools:
            if tool.result():
                checks.fail(tool.result())
    if checks.failures:
        raise SystemExit(f"{checks.failures} checks failed")
    print(f"{len(shipped.alerts())} alerts, {sum(1 for _ in shipped.panels())} panels: every check passed, {len(FAULTS)} faults were found")


if __name__ == "__main__":
    main()
