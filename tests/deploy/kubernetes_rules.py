"""What the manifests must keep, one rule a function: it takes a Cluster and returns what is wrong. MUTATIONS names for each a document
that breaks it."""
import functools
import os
import re
import subprocess

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = "app.kubernetes.io/name"
SERVICES = ("gateway", "crypto", "platform")
PROGRAMS = {"signet/gateway": "signet-gateway", "signet/crypto": "signet-crypto", "signet/platform": "signet-platform",
            "signet/agent": "signet-agent", "signet/terminal": "signet", "signet/operator": "signetctl"}
# The arrows of the architecture: who opens connections to whom, and where. None: outside of the namespace.
ARROWS = {
    (None, "gateway", 7443), (None, "gateway", 7444), ("gateway", "crypto", 7445), ("crypto", "platform", 7446), ("operator", "platform", 7446),
    ("prometheus", "gateway", 9464), ("prometheus", "crypto", 9464), ("prometheus", "platform", 9464), ("any", "prometheus", 9090),
}
OVERLAY_ARROWS = {
    "dev": {("platform", "postgres", 5432), ("platform-migration", "postgres", 5432), ("bootstrap", "platform", 7446),
            ("device", "gateway", 7443), ("device", "gateway", 7444), *(("bootstrap", None, port) for port in (443, 6443, 8443, 16443))},
    "production": {("platform", None, 5432), ("crypto", None, 1792)},
}
# What the operator brings to production, by docs/kubernetes.md.
BROUGHT = {"production": {"secrets/hsm-pin", "secrets/database", "secrets/signet-services-ca"}, "dev": set()}


def published_by_bootstrap(path):
    """The Secrets and ConfigMaps that the bootstrap's role names, which are those it makes."""
    role = next(d for d in yaml.safe_load_all(open(path, encoding="utf-8")) if d["kind"] == "Role")
    return {f"{rule['resources'][0]}/{name}" for rule in role["rules"] for name in rule.get("resourceNames", [])}


class Cluster:
    def __init__(self, overlay, documents):
        self.overlay, self.documents = overlay, documents

    def of(self, *kinds):
        return [d for d in self.documents if d["kind"] in kinds]

    def pods(self):
        """(name, kind, pod template)"""
        for d in self.of("Deployment", "StatefulSet", "Job"):
            yield d["metadata"]["name"], d["kind"], d["spec"]["template"]
        for d in self.of("CronJob"):
            yield d["metadata"]["name"], d["kind"], d["spec"]["jobTemplate"]["spec"]["template"]

    def containers(self):
        """(pod's name, kind, pod template, container, whether it runs for as long as the pod)"""
        for name, kind, pod in self.pods():
            for c in pod["spec"].get("initContainers", []):
                yield name, kind, pod, c, c.get("restartPolicy") == "Always"
            for c in pod["spec"]["containers"]:
                yield name, kind, pod, c, kind in ("Deployment", "StatefulSet")

    def config_map(self, name):
        return next((d for d in self.of("ConfigMap") if d["metadata"]["name"] == name), None)


def security_context_is_restricted(cluster):
    errors = []
    for name, _, pod in cluster.pods():
        context, spec = pod["spec"].get("securityContext", {}), pod["spec"]
        if not context.get("runAsNonRoot") or not context.get("runAsUser") or context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            errors.append(f"{name} may run as root, or without seccomp")
        if spec.get("hostNetwork") or spec.get("hostPID") or spec.get("hostIPC") or any("hostPath" in v for v in spec.get("volumes", [])):
            errors.append(f"{name} uses the host")
        if spec.get("automountServiceAccountToken") is not False and pod["metadata"]["labels"][NAME] != "bootstrap":
            errors.append(f"{name} gets a service account's token")
    for name, _, _, c, _ in cluster.containers():
        context = c.get("securityContext", {})
        if context.get("allowPrivilegeEscalation") is not False or context.get("readOnlyRootFilesystem") is not True or \
                context.get("capabilities") != {"drop": ["ALL"]}:
            errors.append(f"{name}/{c['name']} is not confined")
    return errors


def namespace_enforces_restricted(cluster):
    labels = [d["metadata"].get("labels", {}) for d in cluster.of("Namespace")]
    return [] if [x.get("pod-security.kubernetes.io/enforce") for x in labels] == ["restricted"] else ["the namespace does not enforce it"]


def every_service_account_is_its_own(cluster):
    accounts = {d["metadata"]["name"] for d in cluster.of("ServiceAccount")}
    users = {}
    errors = []
    for name, kind, pod in cluster.pods():
        account = pod["spec"].get("serviceAccountName")
        if account not in accounts:
            errors.append(f"{name} runs as {account}, which is not here")
        if kind == "Deployment":
            users.setdefault(account, []).append(name)
    return errors + [f"{names} share {account}" for account, names in users.items() if len(names) > 1]


def long_running_containers_are_probed(cluster):
    errors = []
    for name, _, _, c, runs in cluster.containers():
        if not runs:
            continue
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if probe not in c and not (probe == "readinessProbe" and c.get("restartPolicy")):
                errors.append(f"{name}/{c['name']} has no {probe}")
            port = c.get(probe, {}).get("httpGet", {}).get("port")
            if port and port not in [p["name"] for p in c.get("ports", [])]:
                errors.append(f"{name}/{c['name']}: {probe} asks a port {port} that it has not")
    for d in cluster.of("Deployment"):
        c = d["spec"]["template"]["spec"]["containers"][0]
        paths = [c.get(p, {}).get("httpGet", {}).get("path") for p in ("livenessProbe", "readinessProbe")]
        if d["metadata"]["name"] in SERVICES and paths != ["/livez", "/readyz"]:
            errors.append(f"{d['metadata']['name']} is asked {paths}")
    return errors


def resources_are_bounded(cluster):
    return [f"{name}/{c['name']} has no requests, or no limit of memory" for name, _, _, c, _ in cluster.containers()
            if not {"cpu", "memory"} <= set(c.get("resources", {}).get("requests", {})) or "memory" not in c["resources"].get("limits", {})]


def services_survive_disruption(cluster):
    errors = []
    budgets = {d["spec"]["selector"]["matchLabels"].get(NAME) for d in cluster.of("PodDisruptionBudget")}
    for d in cluster.of("Deployment"):
        name, spec = d["metadata"]["name"], d["spec"]
        if name not in SERVICES:
            continue
        if name not in budgets:
            errors.append(f"{name} has no PodDisruptionBudget")
        pod = spec["template"]["spec"]
        sleep = int(pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["", "0"])[1])
        if not sleep or pod.get("terminationGracePeriodSeconds", 30) < sleep + 20:
            errors.append(f"{name} has no time to drain")
        if not pod.get("topologySpreadConstraints"):
            errors.append(f"{name} may run on one node alone")
        if spec["strategy"]["type"] == "RollingUpdate" and spec["strategy"]["rollingUpdate"]["maxUnavailable"] != 0:
            errors.append(f"{name} is fewer while it is replaced")
    return errors


def images_are_pinned(cluster):
    return [f"{name}/{c['name']}: {c['image']}" for name, _, _, c, _ in cluster.containers()
            if "@sha256:" not in c["image"] and not re.search(r":[0-9v][^/:]*$", c["image"])]


def _volume_reference(volume):
    for source in [volume, *volume.get("projected", {}).get("sources", [])]:
        if "secret" in source:
            yield "secrets/" + (source["secret"].get("secretName") or source["secret"]["name"])
        if "configMap" in source:
            yield "configmaps/" + source["configMap"]["name"]
        if "persistentVolumeClaim" in source:
            yield "claims/" + source["persistentVolumeClaim"]["claimName"]


def references_resolve(cluster):
    there = set(BROUGHT[cluster.overlay])
    kinds = {"Secret": "secrets/", "ConfigMap": "configmaps/", "PersistentVolumeClaim": "claims/"}
    there |= {kinds[d["kind"]] + d["metadata"]["name"] for d in cluster.of(*kinds)}
    there |= {"secrets/" + d["spec"]["secretName"] for d in cluster.of("Certificate")}
    for role in cluster.of("Role"):
        there |= {f"{rule['resources'][0]}/{name}" for rule in role["rules"] for name in rule.get("resourceNames", [])}
    errors = []
    for name, _, pod in cluster.pods():
        for volume in pod["spec"].get("volumes", []):
            errors += [f"{name} mounts {x}, which nobody makes" for x in _volume_reference(volume) if x not in there]
    for name, _, pod, c, _ in cluster.containers():
        wanted = {"configmaps/" + e["configMapRef"]["name"] for e in c.get("envFrom", [])}
        errors += [f"{name}/{c['name']} reads {x}, which nobody makes" for x in wanted - there]
        claims = {t["metadata"]["name"] for d in cluster.of("StatefulSet") if d["metadata"]["name"] == name
                  for t in d["spec"].get("volumeClaimTemplates", [])}
        volumes = {v["name"] for v in pod["spec"].get("volumes", [])} | claims
        errors += [f"{name}/{c['name']} mounts {m['name']}, which is no volume" for m in c.get("volumeMounts", []) if m["name"] not in volumes]
    return errors


def ports_match(cluster):
    errors = []
    for service in cluster.of("Service"):
        name, selector = service["metadata"]["name"], service["spec"]["selector"]
        pods = [pod for _, kind, pod in cluster.pods() if kind in ("Deployment", "StatefulSet") and selector.items() <= pod["metadata"]["labels"].items()]
        if len(pods) != 1:
            errors.append(f"the Service {name} selects {len(pods)} kinds of pods")
            continue
        ports = {p["name"]: p["containerPort"] for c in pods[0]["spec"]["containers"] for p in c.get("ports", [])}
        for port in service["spec"]["ports"]:
            if ports.get(port["targetPort"]) != port["port"]:
                errors.append(f"the Service {name} leads {port['port']} to {port['targetPort']}, which is {ports.get(port['targetPort'])}")
    for name, _, _, c, runs in cluster.containers():
        listens = {int(e["value"].rsplit(":", 1)[1]) for e in c.get("env", []) if e["name"].startswith("SIGNET_") and e["name"].endswith("LISTEN")}
        ports = {p["containerPort"] for p in c.get("ports", [])}
        if runs and c["image"].split(":")[0].endswith(tuple(PROGRAMS)) and listens != ports:
            errors.append(f"{name}/{c['name']} listens on {listens} and says {ports}")
    services = {d["metadata"]["name"]: {p["port"] for p in d["spec"]["ports"]} for d in cluster.of("Service")}
    for name, _, _, c, _ in cluster.containers():
        for e in c.get("env", []):
            called = re.fullmatch(r"dns:///([a-z-]+):(\d+)", str(e.get("value", "")))
            if called and int(called[2]) not in services.get(called[1], set()):
                errors.append(f"{name}/{c['name']} calls {called[0]}, which no Service has")
    return errors


@functools.cache
def _options(program):
    text = subprocess.run([f"{os.environ['SIGNET_BIN_DIR']}/{program}", "--describe-options"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"`(SIGNET_[A-Z0-9_]+)`", text))


def environment_names_options(cluster):
    errors = []
    for name, _, _, c, _ in cluster.containers():
        program = next((p for image, p in PROGRAMS.items() if c["image"].split(":")[0].endswith(image)), None)
        if program is None:
            continue
        given = {e["name"] for e in c.get("env", []) if e["name"].startswith("SIGNET_")}
        for source in c.get("envFrom", []):
            given |= set((cluster.config_map(source["configMapRef"]["name"]) or {"data": {}})["data"])
        errors += [f"{name}/{c['name']}: {x} is no option of {program}" for x in sorted(given - _options(program))]
        errors += [f"{name}/{c['name']}: {e['name']} must be a string" for e in c.get("env", []) if not isinstance(e.get("value", ""), str)]
    return errors


def selectors_match(cluster):
    errors = []
    for d in cluster.of("Deployment", "StatefulSet"):
        if not d["spec"]["selector"]["matchLabels"].items() <= d["spec"]["template"]["metadata"]["labels"].items():
            errors.append(f"{d['metadata']['name']} does not select its own pods")
    for d in cluster.of("HorizontalPodAutoscaler"):
        target = d["spec"]["scaleTargetRef"]["name"]
        found = [x for x in cluster.of("Deployment") if x["metadata"]["name"] == target]
        if not found or "replicas" in found[0]["spec"]:
            errors.append(f"the autoscaler of {target} has no Deployment, or one that fixes its replicas")
    return errors


def names_are_unique(cluster):
    seen, errors = set(), []
    for d in cluster.documents:
        key = (d["apiVersion"], d["kind"], d["metadata"]["name"])
        if key in seen:
            errors.append(f"{key} is there twice")
        seen.add(key)
        if d["kind"] != "Namespace" and d["metadata"].get("namespace") != "signet":
            errors.append(f"{key} is not in the namespace signet")
    return errors


def jobs_may_run_again(cluster):
    errors = []
    for d in cluster.of("Job"):
        spec, name = d["spec"], d["metadata"]["name"]
        if not spec.get("ttlSecondsAfterFinished") or spec.get("backoffLimit", 6) < 10 or spec["template"]["spec"]["restartPolicy"] != "OnFailure":
            errors.append(f"{name} does not try again, or stays in the way of the next one")
    return errors


def _peers(rule, side):
    if side not in rule:
        return [None]
    peers = []
    for peer in rule[side]:
        if "podSelector" in peer:
            peers.append(peer["podSelector"].get("matchLabels", {}).get(NAME, "any"))
        elif "ipBlock" in peer:
            peers.append(None)
        else:
            peers.append("elsewhere")
    return peers


def network_policies_are_the_arrows(cluster):
    """Both ends of each arrow inside of the namespace, and nothing else."""
    out, into, errors, denied = set(), set(), [], False
    for d in cluster.of("NetworkPolicy"):
        spec, name = d["spec"], d["metadata"]["name"]
        pod = spec["podSelector"].get("matchLabels", {}).get(NAME)
        if name == "default-deny":
            denied = pod is None and spec["policyTypes"] == ["Ingress", "Egress"] and "ingress" not in spec and "egress" not in spec
            continue
        if name == "dns":
            if [p["port"] for r in spec["egress"] for p in r["ports"]] != [53, 53] or "ingress" in spec:
                errors.append("dns lets more through than DNS")
            continue
        for rule in spec.get("egress", []):
            out |= {(pod, peer, port["port"]) for peer in _peers(rule, "to") for port in rule["ports"]}
        for rule in spec.get("ingress", []):
            into |= {(peer, pod, port["port"]) for peer in _peers(rule, "from") for port in rule["ports"]}
    if not denied:
        errors.append("not everything is denied by default")
    wanted = ARROWS | OVERLAY_ARROWS[cluster.overlay]
    # From outside, and from anybody, there is no rule at the other end; devices fall under the gateway's rule for all.
    wanted_out = {a for a in wanted if a[0] not in (None, "any")}
    wanted_into = {a for a in wanted if a[1] is not None and a[0] != "device"}
    errors += [f"egress {a}" for a in sorted(out ^ wanted_out, key=str)]
    errors += [f"ingress {a}" for a in sorted(into ^ wanted_into, key=str)]
    return errors


def values_to_set_are_documented(cluster):
    if cluster.overlay != "production":
        return []
    docs = open(f"{ROOT}/docs/kubernetes.md", encoding="utf-8").read()
    found = set(re.findall(r"[\w./-]*example\.com[\w./-]*|192\.0\.2\.\d+|/opt/vendor[\w/.]*|signet-production", yaml.safe_dump(cluster.documents, width=10000)))
    found = {re.sub(r"/signet/\w+$", "", value) for value in found}
    errors = [f"docs/kubernetes.md does not say what stands in for {value}" for value in sorted(found) if value not in docs]
    return errors + [f"docs/kubernetes.md does not say where {x} comes from" for x in sorted(BROUGHT["production"]) if x.split("/")[1] not in docs]


RULES = [security_context_is_restricted, namespace_enforces_restricted, every_service_account_is_its_own, long_running_containers_are_probed,
         resources_are_bounded, services_survive_disruption, images_are_pinned, references_resolve, ports_match, environment_names_options,
         selectors_match, names_are_unique, jobs_may_run_again, network_policies_are_the_arrows, values_to_set_are_documented]


def _find(documents, kind, name):
    return next(d for d in documents if d["kind"] == kind and d["metadata"]["name"] == name)


def _pod(documents, name="gateway", kind="Deployment"):
    return _find(documents, kind, name)["spec"]["template"]


def _mutation(change, what):
    change.__doc__ = what
    return change


def _change(what, act):
    return _mutation(act, what)


MUTATIONS = [
    (security_context_is_restricted, "dev", _change("a writable root", lambda d: _pod(d)["spec"]["containers"][0]["securityContext"].update(readOnlyRootFilesystem=False))),
    (security_context_is_restricted, "dev", _change("a token in the gateway", lambda d: _pod(d)["spec"].pop("automountServiceAccountToken"))),
    (namespace_enforces_restricted, "dev", _change("a baseline namespace", lambda d: _find(d, "Namespace", "signet")["metadata"]["labels"].update({"pod-security.kubernetes.io/enforce": "baseline"}))),
    (every_service_account_is_its_own, "production", _change("a shared account", lambda d: _pod(d)["spec"].update(serviceAccountName="crypto"))),
    (long_running_containers_are_probed, "dev", _change("no liveness", lambda d: _pod(d, "crypto")["spec"]["containers"][0].pop("livenessProbe"))),
    (long_running_containers_are_probed, "dev", _change("readiness by /livez", lambda d: _pod(d)["spec"]["containers"][0]["readinessProbe"]["httpGet"].update(path="/livez"))),
    (resources_are_bounded, "dev", _change("no limit", lambda d: _pod(d)["spec"]["containers"][0]["resources"].pop("limits"))),
    (services_survive_disruption, "production", _change("no budget", lambda d: d.remove(_find(d, "PodDisruptionBudget", "platform")))),
    (services_survive_disruption, "production", _change("a short grace", lambda d: _pod(d)["spec"].update(terminationGracePeriodSeconds=10))),
    (images_are_pinned, "dev", _change("latest", lambda d: _pod(d)["spec"]["containers"][0].update(image="signet/gateway:latest"))),
    (images_are_pinned, "dev", _change("no tag", lambda d: _pod(d)["spec"]["containers"][0].update(image="signet/gateway"))),
    (references_resolve, "dev", _change("another Secret", lambda d: _pod(d)["spec"]["volumes"][0]["secret"].update(secretName="tls-nobody"))),
    (references_resolve, "production", _change("a ConfigMap that is gone", lambda d: d.remove(next(x for x in d if x["kind"] == "ConfigMap" and x["metadata"]["name"].startswith("hsm"))))),
    (ports_match, "dev", _change("another port", lambda d: _find(d, "Service", "crypto")["spec"]["ports"][0].update(port=7447))),
    (ports_match, "dev", _change("another listener", lambda d: _pod(d)["spec"]["containers"][0]["env"][0].update(value="0.0.0.0:9999"))),
    (environment_names_options, "dev", _change("an option that is none", lambda d: _pod(d)["spec"]["containers"][0]["env"].append({"name": "SIGNET_NO_SUCH", "value": "1"}))),
    (selectors_match, "dev", _change("another label", lambda d: _pod(d)["metadata"]["labels"].update({NAME: "gate"}))),
    (selectors_match, "production", _change("fixed replicas", lambda d: _find(d, "Deployment", "crypto")["spec"].update(replicas=2))),
    (names_are_unique, "dev", _change("a document twice", lambda d: d.append(_find(d, "Service", "crypto")))),
    (jobs_may_run_again, "dev", _change("a Job that stays", lambda d: _find(d, "Job", "bootstrap-pki")["spec"].pop("ttlSecondsAfterFinished"))),
    (network_policies_are_the_arrows, "dev", _change("gateway to platform", lambda d: _find(d, "NetworkPolicy", "gateway-to-crypto")["spec"]["egress"][0]["to"].append({"podSelector": {"matchLabels": {NAME: "platform"}}}))),
    (network_policies_are_the_arrows, "production", _change("no default", lambda d: d.remove(_find(d, "NetworkPolicy", "default-deny")))),
    (values_to_set_are_documented, "production", _change("a value that nobody explains", lambda d: _find(d, "Service", "gateway")["metadata"].update(annotations={"x": "lb.unheard-of.example.com"}))),
]
