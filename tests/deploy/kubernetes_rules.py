"""What the manifests must keep, one rule a function: it takes a Cluster and returns what is wrong. kubernetes_mutations.py breaks each."""
import functools
import glob
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
# What the operator brings to production, by docs/kubernetes.md, with its keys.
BROUGHT = {"secrets/hsm-pin": {"pin"}, "secrets/database": {"pgpass", "ca.pem"}, "secrets/signet-services-ca": {"tls.crt", "tls.key"}}
VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
ADMIN = 9464


class Cluster:
    """published: the keys of each secrets/NAME and configmaps/NAME that is there without being among the documents."""
    def __init__(self, overlay, documents, published):
        self.overlay, self.documents = overlay, documents
        self.keys = dict(published)
        for kind, prefix in (("Secret", "secrets/"), ("ConfigMap", "configmaps/")):
            self.keys |= {prefix + d["metadata"]["name"]: set(d.get("data", {})) | set(d.get("binaryData", {})) for d in self.of(kind)}
        self.keys |= {"secrets/" + d["spec"]["secretName"]: {"tls.crt", "tls.key", "ca.crt"} for d in self.of("Certificate")}

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
        if spec.get("hostNetwork") or spec.get("hostPID") or spec.get("hostIPC"):
            errors.append(f"{name} uses the host")
        errors += [f"{name}'s volume {v['name']} is of a kind that is not allowed" for v in spec.get("volumes", []) if not set(v) - {"name"} <= VOLUMES]
        if spec.get("automountServiceAccountToken") is not False and pod["metadata"]["labels"][NAME] != "bootstrap":
            errors.append(f"{name} gets a service account's token")
    for name, _, _, c, _ in cluster.containers():
        # Equal, so that nothing said for the pod is taken back.
        if c.get("securityContext") != {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}:
            errors.append(f"{name}/{c['name']} is not confined")
        errors += [f"{name}/{c['name']} has a port of the host" for p in c.get("ports", []) if "hostPort" in p]
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


@functools.cache
def _pinned_images():
    """Those of docker-compose.yml: every version is pinned in .env alone."""
    env = dict(line.split("=", 1) for line in open(f"{ROOT}/.env", encoding="utf-8").read().splitlines() if not line.startswith("#"))
    return {env["POSTGRES_IMAGE"], env["PROMETHEUS_IMAGE"]} | {f"{image}:{env['SIGNET_VERSION']}" for image in PROGRAMS}


def images_are_pinned(cluster):
    return [f"{name}/{c['name']}: {c['image']} is none of .env's" for name, _, _, c, _ in cluster.containers()
            if c["image"].removeprefix("registry.example.com/") not in _pinned_images()]


def _volume_reference(volume):
    for source in [volume, *volume.get("projected", {}).get("sources", [])]:
        if "secret" in source:
            yield "secrets/" + (source["secret"].get("secretName") or source["secret"]["name"])
        if "configMap" in source:
            yield "configmaps/" + source["configMap"]["name"]
        if "persistentVolumeClaim" in source:
            yield "claims/" + source["persistentVolumeClaim"]["claimName"]


def references_resolve(cluster):
    there = set(cluster.keys) | {"claims/" + d["metadata"]["name"] for d in cluster.of("PersistentVolumeClaim")}
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


def _key_paths(volume, keys):
    """The files that a volume of Secrets and ConfigMaps holds, or None where it is of another kind."""
    paths = set()
    for source in volume.get("projected", {}).get("sources", [volume]):
        content = source.get("secret") or source.get("configMap")
        if content is None:
            return None
        (reference,) = _volume_reference({k: v for k, v in source.items() if k != "projected"})
        items = {i["key"]: i["path"] for i in content.get("items", [])}
        missing = set(items) - keys.get(reference, set())
        paths |= {items[key] for key in set(items) - missing} if items else keys.get(reference, set())
    return paths


def paths_are_mounted(cluster):
    """Whatever file an option, a variable or a command names is in a volume of that container, under a key that is there."""
    errors = []
    for name, _, pod, c, _ in cluster.containers():
        texts = [str(e.get("value", "")) for e in c.get("env", [])] + c.get("command", []) + c.get("args", [])
        for source in c.get("envFrom", []):
            texts += (cluster.config_map(source["configMapRef"]["name"]) or {"data": {}})["data"].values()
        volumes = {v["name"]: v for v in pod["spec"].get("volumes", [])}
        for path in sorted(set(re.findall(r"/(?:etc|run|var/lib|usr/lib)/signet/[\w./-]+", " ".join(texts)))):
            mounts = [m for m in c.get("volumeMounts", []) if path == m["mountPath"] or path.startswith(m["mountPath"] + "/")]
            files = _key_paths(volumes.get(mounts[0]["name"], {}), cluster.keys) if mounts else set()
            if files is not None and path not in (f"{mounts[0]['mountPath']}/{file}" for file in files):
                errors.append(f"{name}/{c['name']} is told of {path}, which nothing puts there")
    return errors


def one_volume_is_on_one_node(cluster):
    """Pods that share a ReadWriteOnce claim and wait for each other are put on one node, or they would wait for ever."""
    users, errors = {}, []
    for name, _, pod in cluster.pods():
        for volume in pod["spec"].get("volumes", []):
            if "persistentVolumeClaim" in volume:
                users.setdefault(volume["persistentVolumeClaim"]["claimName"], []).append((name, pod))
    for claim, pods in users.items():
        labels = [pod["metadata"]["labels"][NAME] for _, pod in pods]
        beside = [term["labelSelector"]["matchLabels"][NAME] for _, pod in pods
                  for term in pod["spec"].get("affinity", {}).get("podAffinity", {}).get("requiredDuringSchedulingIgnoredDuringExecution", [])
                  if term["topologyKey"] == "kubernetes.io/hostname"]
        if len(pods) > 1 and len([label for label in beside if label in labels]) < len(pods) - 1:
            errors.append(f"{[name for name, _ in pods]} may take {claim} to different nodes")
    return errors


def admin_ports_stay_inside(cluster):
    """The admin port is in no Service but those for Prometheus, which name replicas that are not ready, too."""
    errors, metrics = [], set()
    for service in cluster.of("Service"):
        spec, name = service["spec"], service["metadata"]["name"]
        if ADMIN not in [p["port"] for p in spec["ports"]]:
            continue
        metrics.add(name)
        if not name.endswith("-metrics") or spec.get("clusterIP") != "None" or not spec.get("publishNotReadyAddresses") or len(spec["ports"]) != 1:
            errors.append(f"the Service {name} leads to an admin port")
    asked = {n for d in cluster.of("ConfigMap") for job in yaml.safe_load(d["data"].get("prometheus.yml", "{}")).get("scrape_configs", [])
             for sd in job["dns_sd_configs"] for n in sd["names"] if sd["port"] == ADMIN}
    if asked != metrics or asked != {f"{name}-metrics" for name in SERVICES}:
        errors.append(f"Prometheus asks {sorted(asked)}, the Services are {sorted(metrics)}")
    return errors


def dashboards_are_published(cluster):
    there = {key for d in cluster.of("ConfigMap") if d["metadata"].get("labels", {}).get("grafana_dashboard") == "1" for key in d["data"]}
    wanted = {os.path.basename(path) for path in glob.glob(f"{ROOT}/deploy/grafana/dashboards/*.json")}
    return [f"the dashboard {name} is not both in deploy/grafana and a ConfigMap" for name in sorted(there ^ wanted)]


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


RULES = [security_context_is_restricted, namespace_enforces_restricted, every_service_account_is_its_own, long_running_containers_are_probed,
         resources_are_bounded, services_survive_disruption, images_are_pinned, references_resolve, paths_are_mounted, one_volume_is_on_one_node,
         admin_ports_stay_inside, dashboards_are_published, ports_match, environment_names_options, selectors_match, names_are_unique,
         jobs_may_run_again, network_policies_are_the_arrows, values_to_set_are_documented,
         documented_labels_are_there]
