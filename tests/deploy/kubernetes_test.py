#!/usr/bin/env python3
"""The Kubernetes manifests, rendered as `kubectl apply -k` would, checked by rule (kubernetes_*_rules.py).

Each rule is shown to find what it is for, in a copy of the documents that breaks it (kubernetes_mutations.py). The bootstrap's
script runs against a stand-in of the API server (kubernetes_bootstrap.py), which tells what the pods will find.
"""
import copy
import glob
import os
import shutil
import subprocess
import sys
import tempfile

import yaml

import kubernetes_bootstrap
import kubernetes_network_rules as network
import kubernetes_page_rules as page
import kubernetes_pod_rules as pod
import kubernetes_reference_rules as reference
from kubernetes_cluster import BROUGHT, Cluster
from kubernetes_mutations import MUTATIONS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RULES = [*pod.RULES, *reference.RULES, *network.RULES, *page.RULES]
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


def show_that_rules_find(overlays, published):
    """Each rule with a copy of the documents that breaks it."""
    broken = []
    for rule, overlay, mutate in MUTATIONS:
        documents = copy.deepcopy(overlays[overlay])
        mutate(documents)
        if not rule(Cluster(overlay, documents, published[overlay])):
            broken.append(f"{rule.__name__} does not find what {mutate.__doc__} breaks")
    untested = {rule.__name__ for rule in RULES} - {rule.__name__ for rule, _, _ in MUTATIONS}
    return broken + [f"no document shows that {name} finds anything" for name in sorted(untested)]


def _add_components(program, resource, components):
    """What is wrong with an overlay of somebody's own that adds these components, and says nothing of a namespace."""
    with tempfile.TemporaryDirectory(dir=f"{ROOT}/build") as folder:
        with open(f"{folder}/kustomization.yaml", "w", encoding="utf-8") as file:
            yaml.safe_dump({"resources": [f"../../deploy/kubernetes/{resource}"],
                            "components": [f"../../deploy/kubernetes/components/{name}" for name in components]}, file)
        run = subprocess.run([program, "kustomize", folder], capture_output=True, text=True, check=False)
    if run.returncode:
        return [f"{resource} with {components}: {run.stderr}"]
    cluster = Cluster(resource, list(yaml.safe_load_all(run.stdout)), {})
    return [f"{resource} with {components}: {error}" for error in reference.names_are_unique(cluster)]


def render_with_every_component(program):
    """Each component fits each overlay, which gets those that it has not; and each the base, alone, where nothing of another helps it."""
    components = sorted(os.path.basename(folder) for folder in glob.glob(f"{ROOT}/deploy/kubernetes/components/*"))
    os.makedirs(f"{ROOT}/build", exist_ok=True)
    errors = [error for name in components for error in _add_components(program, "base", [name])]
    for overlay in OVERLAYS:
        with open(f"{ROOT}/deploy/kubernetes/overlays/{overlay}/kustomization.yaml", encoding="utf-8") as file:
            has = {os.path.basename(path) for path in yaml.safe_load(file)["components"]}
        errors += _add_components(program, f"overlays/{overlay}", [name for name in components if name not in has])
    return errors


def main():
    program = kubectl()
    overlays = {overlay: render(program, overlay) for overlay in OVERLAYS}
    failures, made = kubernetes_bootstrap.published()
    published = {"dev": made, "production": BROUGHT}
    failures += render_with_every_component(program) + show_that_rules_find(overlays, published)
    for overlay, documents in overlays.items():
        cluster = Cluster(overlay, documents, published[overlay])
        failures += [f"{overlay}: {rule.__name__}: {error}" for rule in RULES for error in rule(cluster)]
    for failure in failures:
        print(f"FAIL: {failure}", file=sys.stderr)
    if failures:
        raise SystemExit(1)
    print(f"{sum(map(len, overlays.values()))} documents of {len(overlays)} overlays keep {len(RULES)} rules")


if __name__ == "__main__":
    main()
