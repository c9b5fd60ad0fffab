#!/usr/bin/env python3
"""Alerts and dashboards against the real thing: a whole stack that pays, scraped by a real Prometheus.

Every query of every dashboard gets data, every alert's expression evaluates, every metric that they name exists before the
first payment, every alert has its runbook, and no label names an account, a device or a payment.
"""
import glob
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STACK_SH = f"{ROOT}/tools/dev/stack.sh"
BIN = os.environ["SIGNET_BIN_DIR"]
ALERTS = f"{ROOT}/deploy/prometheus/alerts.yml"
FUNCTIONS = {"sum", "rate", "increase", "max", "min", "by", "count", "time", "abs", "absent", "and", "or", "clamp_min", "vector",
             "histogram_quantile", "changes", "le", "without", "on"}
failures = []


def check(condition, what):
    if not condition:
        failures.append(what)
        print(f"FAIL: {what}", file=sys.stderr)


def run(*command, wanted=0, **options):
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    if wanted is not None and result.returncode != wanted:
        raise SystemExit(f"{' '.join(command)} ended with {result.returncode}, not {wanted}\n{result.stdout}{result.stderr}")
    return result.stdout


def install_prometheus():
    if subprocess.run(["which", "prometheus", "promtool"], capture_output=True).returncode == 0:
        return
    if os.geteuid() != 0:
        raise SystemExit("this test needs Debian's package prometheus; install it")
    # Unpacked, not installed: the package would start a service of its own.
    folder = f"{ROOT}/build/prometheus"
    os.makedirs(folder, exist_ok=True)
    run("bash", "-c", "apt-get update -qq; apt-get download -qq prometheus && dpkg-deb -x prometheus_*.deb .", cwd=folder)
    os.environ["PATH"] += f":{folder}/usr/bin"


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


class Prometheus:
    """One that scrapes the stack once a second, with the shipped rules."""

    def __init__(self, folder, targets):
        shipped = yaml.safe_load(open(f"{ROOT}/deploy/prometheus/prometheus.yml", encoding="utf-8"))
        shipped["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        shipped["rule_files"] = [ALERTS]
        for job in shipped["scrape_configs"]:
            job["static_configs"] = [{"targets": [targets[job["job_name"]]]}]
        config = f"{folder}/prometheus.yml"
        with open(config, "w", encoding="utf-8") as file:
            yaml.safe_dump(shipped, file)
        run("promtool", "check", "config", config)
        port = run(sys.executable, "-c", "import socket; s=socket.socket(); s.bind(('127.0.0.1',0)); print(s.getsockname()[1])").strip()
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"],
            stdout=open(f"{folder}/prometheus.log", "w", encoding="utf-8"), stderr=subprocess.STDOUT)

    def api(self, path, **parameters):
        return json.loads(get(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"))["data"]

    def values(self, query):
        return [float(series["value"][1]) for series in self.api("query", query=query)["result"]]

    def wait_for(self, query, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if any(value > 0 for value in self.values(query)):
                    return True
            except OSError:
                pass
            time.sleep(0.5)
        return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)


def names_of(expression):
    """The metrics that an expression names."""
    expression = re.sub(r"\{[^}]*\}", "", re.sub(r'"[^"]*"', "", expression))
    expression = re.sub(r"\b(by|without|on)\s*\([^)]*\)", "", expression)
    words = re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.sub(r"\[[^\]]*\]", "", expression))
    return {word for word in words if word not in FUNCTIONS and len(word) > 1 and not re.fullmatch(r"e|d+", word)}


def dashboards():
    for path in sorted(glob.glob(f"{ROOT}/deploy/grafana/dashboards/*.json")):
        yield os.path.basename(path), json.load(open(path, encoding="utf-8"))


def panel_queries(board):
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", "30s").replace("$job", ".*")


def rules():
    return [rule for group in yaml.safe_load(open(ALERTS, encoding="utf-8"))["groups"] for rule in group["rules"]]


def check_runbooks():
    headings = set(re.findall(r"^## (\w+)$", open(f"{ROOT}/docs/runbooks.md", encoding="utf-8").read(), re.M))
    alerts = {rule["alert"]: rule for rule in rules() if "alert" in rule}
    check(set(alerts) == headings, f"runbooks and alerts differ: {set(alerts) ^ headings}")
    tested = [test["name"] for test in yaml.safe_load(open(f"{ROOT}/tests/deploy/alerts_test.yml", encoding="utf-8"))["tests"]]
    for name, rule in alerts.items():
        check(rule["labels"].get("severity") in ("page", "ticket"), f"{name} has no severity")
        check(rule["annotations"].get("runbook") == f"docs/runbooks.md#{name.lower()}", f"{name} names another runbook")
        check({"summary", "description"} <= set(rule["annotations"]), f"{name} lacks a summary or a description")
        check({f"{name} fires", f"{name} is silent"} <= set(tested), f"{name} is not tested both ways")


def check_names(targets):
    """Before anything was paid. What has a currency exists once an account of it was seen: within a quarter of a minute."""
    end = time.monotonic() + 30
    text = ""
    while "signet_ledger_imbalance{" not in text and time.monotonic() < end:
        text = "".join(get(f"http://{address}/metrics") for address in targets.values())
    there = set(re.findall(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)", text, re.M))
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    for rule in rules():
        missing = names_of(rule["expr"]) - there - recorded - {"up", "ALERTS"}
        check(not missing, f"{rule.get('alert') or rule['record']}: no service exports {missing}")
    for file, board in dashboards():
        for title, query in panel_queries(board):
            missing = names_of(query) - there - recorded - {"up", "ALERTS"}
            check(not missing, f"{file}, {title}: no service exports {missing}")


def make_traffic(stack):
    alice, env = f"{stack}/alice", dict(os.environ)
    for amount in ("1.00", "2.00", "3.00"):
        run(alice, "--quiet", "pay", amount, "EUR", "--to", "corner-coffee")
    run(alice, "--quiet", "pay", "99999.00", "EUR", "--to", "corner-coffee", wanted=3)
    addresses = dict(line.split("=", 1) for line in open(f"{stack}/stack.env", encoding="utf-8").read().split() if "=" in line)
    run(f"{BIN}/signet-attacker", "replay", "--device", f"{stack}/devices/alice", "--gateway", addresses["GATEWAY"], "--server-ca",
        f"{stack}/pki/ca.pem", wanted=None)
    # The crypto service's certificate may not ask what operators may.
    env.update({f"SIGNET_TLS_{key}": f"{stack}/crypto/{file}" for key, file in
                (("CERTIFICATE", "tls.pem"), ("KEY", "tls.key"), ("ROOTS", "ca.pem"))})
    run(f"{BIN}/signetctl", "status", wanted=4, env={**env, "SIGNET_PLATFORM": addresses["PLATFORM"]})
    run(f"{stack}/signetctl", "--quiet", "ledger", "verify")


def check_queries(prometheus):
    boards = list(dashboards())
    check(len(boards) >= 6, "fewer than six dashboards")
    check(len({board["uid"] for _, board in boards}) == len(boards), "two dashboards share a uid")
    for file, board in boards:
        for title, query in panel_queries(board):
            try:
                values = prometheus.values(query)
            except urllib.error.HTTPError as error:
                check(False, f"{file}, {title}: {error.read().decode()}")
                continue
            check(values and not all(value != value for value in values), f"{file}, {title}: no data for {query}")
        for variable in board["templating"]["list"]:
            metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]).groups()
            check(prometheus.api(f"label/{label}/values", **{"match[]": metric}), f"{file}: ${variable['name']} has no values")


def check_rules(prometheus):
    loaded = [rule for group in prometheus.api("rules")["groups"] for rule in group["rules"]]
    check(len(loaded) == len(rules()), "not every rule was loaded")
    for rule in loaded:
        check(rule["health"] == "ok", f"{rule['name']}: {rule.get('lastError')}")
        if rule["type"] == "alerting" and rule["state"] == "firing":
            check(rule["labels"]["severity"] != "page", f"{rule['name']} pages although all is well")


def check_labels(prometheus):
    for series in prometheus.api("series", **{"match[]": '{__name__=~"signet_.*|grpc_.*"}'}):
        for label, value in series.items():
            names_one = label not in ("instance", "__name__") and (
                value in ("alice", "corner-coffee", "coffee") or re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{8})?", value))
            check(not names_one, f"{series['__name__']}: the label {label} names {value}")


def main():
    install_prometheus()
    run("promtool", "check", "rules", ALERTS)
    run("promtool", "test", "rules", f"{ROOT}/tests/deploy/alerts_test.yml")
    check_runbooks()
    with tempfile.TemporaryDirectory() as folder:
        stack = f"{folder}/stack"
        os.chmod(folder, 0o711)
        prometheus = None
        try:
            run(STACK_SH, "up", stack)
            addresses = dict(line.split("=", 1) for line in open(f"{stack}/stack.env", encoding="utf-8").read().split() if "=" in line)
            targets = {job: addresses[f"{job.upper()}_ADMIN"] for job in ("gateway", "crypto", "platform")}
            check_names(targets)
            prometheus = Prometheus(folder, targets)
            for job in targets:
                check(prometheus.wait_for(f'up{{job="{job}"}}'), f"{job} is not scraped")
            time.sleep(3)  # two scrapes before the first payment, so that rates see it
            make_traffic(stack)
            for moved in ('increase(signet_payments_total{outcome="confirmed"}[1m])', 'increase(signet_payments_total{outcome="declined"}[1m])',
                          "increase(signet_authz_denied_total[1m])", 'increase(signet_idempotent_replays_total[1m])',
                          "signet_ledger_verified_timestamp_seconds", "signet_devices{state=\"active\"}"):
                check(prometheus.wait_for(moved), f"nothing moved {moved}")
            check_queries(prometheus)
            check_rules(prometheus)
            check_labels(prometheus)
            run(f"{ROOT}/tools/dev/postgres.sh", "down", f"{stack}/postgres")
            check(prometheus.wait_for('increase(signet_db_retries_total{reason="connection_lost"}[1m])'), "a lost database shows nowhere")
        finally:
            if prometheus:
                prometheus.stop()
            subprocess.run([STACK_SH, "wipe", stack], check=False)
    if failures:
        raise SystemExit(f"{len(failures)} checks failed")
    print("alerts and dashboards: every check passed")


if __name__ == "__main__":
    main()
