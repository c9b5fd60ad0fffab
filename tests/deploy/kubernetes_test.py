#!/usr/bin/env python3
"""The Kubernetes manifests, rendered as `kubectl apply -k` would, checked by rule (kubernetes_rules.py).

Each rule is first shown to find what it is for, in a copy of the documents that breaks it. Then the bootstrap's script runs
twice against a stand-in of the API server (api_server.py).
"""
import copy
import os
import shutil
import subprocess
import sys
import tempfile

import yaml

import api_server
import kubernetes_rules as rules

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OVERLAYS = ("dev", "production")


def kubectl():
    """One whose kustomize knows components: Debian 12's does not."""
    for candidate in (os.environ.get("SIGNET_KUBECTL"), shutil.which("kubectl")):
        if candidate and subprocess.run([candidate, "kustomize", f"{ROOT}/deploy/kubernetes/overlays/dev"], capture_output=True,
                                        check=False).returncode == 0:
            return candidate
    folder = f"{ROOT}/build/debian-13"
    subprocess.run([f"{ROOT}/tests/deploy/debian_13.sh", folder, "kubectl"], check=True)
    return f"{folder}/usr/bin/kubectl"


def render(program, overlay):
    command = [program, "kustomize", f"{ROOT}/deploy/kubernetes/overlays/{overlay}"]
    return list(yaml.safe_load_all(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def show_that_rules_find(overlays):
    """Each rule with a copy of the documents that breaks it."""
    broken = []
    for rule, overlay, mutate in rules.MUTATIONS:
        documents = copy.deepcopy(overlays[overlay])
        mutate(documents)
        if not rule(rules.Cluster(overlay, documents)):
            broken.append(f"{rule.__name__} does not find what {mutate.__doc__ or mutate.__name__} breaks")
    untested = {rule.__name__ for rule in rules.RULES} - {rule.__name__ for rule, _, _ in rules.MUTATIONS}
    return broken + [f"no document shows that {name} finds anything" for name in sorted(untested)]


def run_bootstrap_twice():
    """publish.sh pki, against an API server that starts empty: everything is made, then nothing more."""
    with tempfile.TemporaryDirectory() as folder:
        server = api_server.ApiServer(folder)
        try:
            wanted = rules.published_by_bootstrap(f"{ROOT}/deploy/kubernetes/overlays/dev/bootstrap.yaml")
            for turn in (1, 2):
                before = dict(server.objects)
                for step in ("pki", "device-ca"):
                    server.run_publish(f"{ROOT}/deploy/kubernetes/overlays/dev/publish.sh", step, os.environ["SIGNET_BIN_DIR"])
                if turn == 2 and server.objects != before:
                    return ["publish.sh changes what it made before"]
            missing = {name for name in wanted if not name.startswith("secrets/activation")} - set(server.objects)
            server.objects.pop("secrets/tls-gateway")
            server.run_publish(f"{ROOT}/deploy/kubernetes/overlays/dev/publish.sh", "pki", os.environ["SIGNET_BIN_DIR"])
            return ([f"publish.sh made no {name}" for name in sorted(missing)] + server.check_tls("tls-gateway") + server.check_tls("tls-operator"))
        finally:
            server.stop()


def main():
    program = kubectl()
    overlays = {overlay: render(program, overlay) for overlay in OVERLAYS}
    failures = show_that_rules_find(overlays)
    for overlay, documents in overlays.items():
        for rule in rules.RULES:
            failures += [f"{overlay}: {rule.__name__}: {error}" for error in rule(rules.Cluster(overlay, documents))]
    failures += run_bootstrap_twice()
    for failure in failures:
        print(f"FAIL: {failure}", file=sys.stderr)
    if failures:
        raise SystemExit(1)
    print(f"{sum(map(len, overlays.values()))} documents of {len(overlays)} overlays keep {len(rules.RULES)} rules")


if __name__ == "__main__":
    main()
