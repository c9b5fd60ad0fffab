"""The dev overlay's publish.sh against a stand-in of the API server (api_server.py): it makes what its role names, and may run again."""
import base64
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor

import yaml

import api_server

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEV = f"{ROOT}/deploy/kubernetes/overlays/dev"
STEPS = ("pki", "device-ca", "accounts")


def named_by_role():
    role = next(d for d in yaml.safe_load_all(open(f"{DEV}/bootstrap.yaml", encoding="utf-8")) if d["kind"] == "Role")
    return {f"{rule['resources'][0]}/{name}" for rule in role["rules"] if rule["apiGroups"] == [""] for name in rule.get("resourceNames", [])}


def _twice(run, server):
    for step in STEPS:
        run(step)
    made = dict(server.objects)
    for step in STEPS:
        run(step)
    errors = [] if server.objects == made else ["publish.sh changes what it made before"]
    errors += [f"{name} is made, and the role may not read it" for name in sorted(set(made) - named_by_role())]
    return errors + [f"{name} is in the role, and nobody makes it" for name in sorted(named_by_role() - set(made))]


def _half_done(run, server):
    """A certificate is gone, and the CA is made by another pod between this one's look and its own try."""
    server.objects.pop("secrets/tls-gateway")
    server.hidden_once.add("secrets/signet-ca")
    run("pki")
    return server.check_tls("tls-gateway") + server.check_tls("tls-operator") + server.check_tls("tls-auditor")


def _end(server):
    """The Role stays until the last Job is complete, and then goes."""
    jobs = ("bootstrap-pki", "bootstrap-hsm", "bootstrap-accounts")
    for job in jobs:
        server.objects[f"jobs/{job}"] = {"kind": "Job", "status": {"active": 1}}
    server.objects["roles/bootstrap"] = {"kind": "Role"}
    errors = []
    with ThreadPoolExecutor() as pool:
        ends = pool.submit(server.run_publish, f"{DEV}/publish.sh", "end", os.environ["SIGNET_BIN_DIR"])
        for job in jobs:
            server.wait_for_get(f"jobs/{job}")
            errors += [] if "roles/bootstrap" in server.objects else [f"the Role is removed before {job} is complete"]
            server.objects[f"jobs/{job}"]["status"] = {"succeeded": 1}
        ends.result()
    errors += ["the Role stays when every Job is complete"] if server.objects.pop("roles/bootstrap", None) else []
    for job in jobs:
        server.objects.pop(f"jobs/{job}")
    return errors


def published():
    """(what is wrong, the keys of each object that the Jobs publish)"""
    with tempfile.TemporaryDirectory() as folder:
        server = api_server.ApiServer(folder)

        def run(step):
            server.run_publish(f"{DEV}/publish.sh", step, os.environ["SIGNET_BIN_DIR"])
        try:
            errors = _twice(run, server) + _half_done(run, server) + _end(server)
            code = base64.b64decode(server.objects["secrets/activation-alice"]["data"]["code"])
            errors += [] if code == b"a code\n" else [f"the activation code came through as {code}"]
        finally:
            server.stop()
    return errors, {name: set(body.get("data", {})) | set(body.get("binaryData", {})) for name, body in server.objects.items()}
