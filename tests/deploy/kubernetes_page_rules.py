"""Rules of kubernetes_test.py that hold the manifests against the pages and dashboards of this repository."""
import glob
import os
import re

import yaml

from kubernetes_cluster import BROUGHT, NAME, ROOT


def dashboards_are_published(cluster):
    there = {key for d in cluster.of("ConfigMap") if d["metadata"].get("labels", {}).get("grafana_dashboard") == "1" for key in d["data"]}
    wanted = {os.path.basename(path) for path in glob.glob(f"{ROOT}/deploy/grafana/dashboards/*.json")}
    return [f"the dashboard {name} is not both in deploy/grafana and a ConfigMap" for name in sorted(there ^ wanted)]


def values_to_set_are_documented(cluster):
    if cluster.overlay != "production":
        return []
    docs = open(f"{ROOT}/docs/kubernetes.md", encoding="utf-8").read()
    found = set(re.findall(r"[\w./-]*example\.com[\w./-]*|192\.0\.2\.\d+|/opt/vendor[\w/.]*|signet-production", yaml.safe_dump(cluster.documents, width=10000)))
    found = {re.sub(r"/signet/\w+$", "", value) for value in found}
    # Whatever is in the files to change; PIN and password are among BROUGHT.
    found |= {key for d in cluster.of("ConfigMap") for key in d["data"] if key.startswith("SIGNET_")}
    errors = [f"docs/kubernetes.md does not say what stands in for {value}" for value in sorted(found) if value not in docs]
    return errors + [f"docs/kubernetes.md does not say where {name} with {key} comes from" for name, keys in BROUGHT.items() for key in sorted(keys)
                     if not re.search(rf"\| `{name.split('/')[1]}` \|[^|]*`{re.escape(key)}`", docs)]


def _labelled(cluster, kind):
    """The names by label of what `kubectl get KIND` would show."""
    if kind in ("pod", "pods"):
        return {pod["metadata"]["labels"][NAME] for _, _, pod in cluster.pods()}
    metadata = [d["metadata"] for d in cluster.documents if d["kind"].lower() == kind]
    if kind == "job":
        metadata += [d["spec"]["jobTemplate"].get("metadata", {}) for d in cluster.of("CronJob")]
    return {m.get("labels", {}).get(NAME) for m in metadata}


def documented_labels_are_there(cluster):
    """What the pages tell the reader to select by label can be selected."""
    errors = []
    for path in glob.glob(f"{ROOT}/docs/*.md"):
        text = open(path, encoding="utf-8").read()
        asked = [(kind, name) for kinds, name in re.findall(rf"get ([a-z,]+) -l {NAME}=([a-z-]+)", text) for kind in kinds.split(",")]
        asked += [("pod", name) for name in re.findall(rf"logs -l {NAME}=([a-z-]+)", text)]
        errors += [f"{os.path.basename(path)} selects {kind}s by {name}, and there are none" for kind, name in asked if name not in _labelled(cluster, kind)]
    return errors


def nightly_check_has_its_time(cluster):
    """The CronJob verifies the ledger as the runbook does: ten seconds, the default, are for small ledgers."""
    runbook = re.search(r"signetctl (--timeout \d+ ledger verify)", open(f"{ROOT}/docs/runbooks.md", encoding="utf-8").read())[1]
    checks = [c.get("args", []) for d in cluster.of("CronJob") for c in d["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]]
    return [f"the nightly check runs {' '.join(args)}, and the runbook {runbook}" for args in checks if " ".join(args) != runbook]


RULES = [dashboards_are_published, values_to_set_are_documented, documented_labels_are_there, nightly_check_has_its_time]
