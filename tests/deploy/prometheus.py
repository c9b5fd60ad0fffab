"""A real Prometheus (Debian's package) on the loopback, with the shipped configuration and rules, for one test."""
import json
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml


def install(folder):
    """Unpacked, not installed: the package would start a service of its own."""
    if shutil.which("prometheus") and shutil.which("promtool"):
        return
    os.makedirs(folder, exist_ok=True)
    os.environ["PATH"] += f":{folder}/usr/bin"
    if shutil.which("prometheus") and shutil.which("promtool"):
        return
    update = "apt-get update -qq && " if os.geteuid() == 0 else ""
    command = f"{update}apt-get download -qq prometheus && dpkg-deb -x prometheus_*.deb ."
    result = subprocess.run(["bash", "-ec", command], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if result.returncode != 0:
        raise SystemExit(f"cannot fetch Debian's package prometheus; install it and try again\n{result.stdout}{result.stderr}")


def promtool(*arguments):
    """What it says is wrong, or nothing."""
    result = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=240, check=False)
    return "" if result.returncode == 0 else f"promtool {' '.join(arguments)}:\n{result.stdout}{result.stderr}"


class BadQuery(Exception):
    pass


class Prometheus:
    """Scrapes each second. The rules are evaluated each second, too, and alerts fire at once instead of after their `for`."""

    def __init__(self, folder, shipped_config, shipped_rules, targets):
        rules = yaml.safe_load(open(shipped_rules, encoding="utf-8"))
        for group in rules["groups"]:
            group["interval"] = "1s"
            for rule in group["rules"]:
                rule.pop("for", None)
        config = yaml.safe_load(open(shipped_config, encoding="utf-8"))
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [f"{folder}/alerts.yml"]
        for job in config["scrape_configs"]:
            job["static_configs"] = [{"targets": [targets[job["job_name"]]]}]
        for name, content in (("alerts.yml", rules), ("prometheus.yml", config)):
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                yaml.safe_dump(content, file)
        wrong = promtool("check", "config", f"{folder}/prometheus.yml")
        if wrong:
            raise SystemExit(wrong)
        self.log = f"{folder}/prometheus.log"
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", "--web.listen-address=127.0.0.1:0"],
            stdout=open(self.log, "w", encoding="utf-8"), stderr=subprocess.STDOUT)
        self.url = None

    def wait_until_ready(self, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            address = re.search(r'msg="Listening on" address=(\S+)', open(self.log, encoding="utf-8").read())
            self.url = f"http://{address[1]}" if address else None
            if self.url and self.is_ready():
                return
            time.sleep(0.1)
        raise SystemExit(f"Prometheus did not start:\n{open(self.log, encoding='utf-8').read()[-2000:]}")

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5):
                return True
        except urllib.error.URLError:
            return False

    def api(self, path, **parameters):
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters, doseq=True)}"
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return json.loads(answer.read())["data"]
        except urllib.error.HTTPError as error:
            raise BadQuery(error.read().decode()) from error

    def values(self, query):
        return [float(series["value"][1]) for series in self.api("query", query=query)["result"]]

    def wait_for(self, query, seconds=60):
        """Whether the query gives something above zero in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if any(value > 0 for value in self.values(query)):
                return True
            time.sleep(0.3)
        return False

    def firing(self):
        return {alert["labels"]["alertname"] for alert in self.api("alerts")["alerts"] if alert["state"] == "firing"}

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=10)
